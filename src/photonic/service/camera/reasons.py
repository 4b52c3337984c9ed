"""Turns what the supervisor and the camera process report into reasons for the state of the connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.model.reason import DETAIL, Reason, ReasonCode, failure_reason, reason
from photonic.worker.supervision.recovery import LAST_RUNG

if TYPE_CHECKING:
    from photonic.errors import CameraError
    from photonic.worker.link.messages import PreviewChanged

STARTING = reason(ReasonCode.CAMERA_STARTING, "the camera is being opened")
DISCONNECTED = reason(ReasonCode.DISCONNECTED, "the camera is disconnected: connect it first (POST /connect)")


def outage_reason(failure: CameraError, rung: int) -> Reason:
    """Why the camera is not open; ``rung``: of the recovery ladder; the last rung asks for a power cycle."""
    if rung != LAST_RUNG:
        return failure_reason(failure.kind, failure.reason)
    # Recovery has appended what the user has to do; the code already says that.
    detail = failure.reason.rpartition("; ")[0] or failure.reason
    return Reason(ReasonCode.POWER_CYCLE_NEEDED, failure.reason, {DETAIL: detail})


def refusal_reason(preview: PreviewChanged) -> Reason | None:
    """Why the open camera refuses live view; ``None`` if it does not."""
    if preview.blocked is None or preview.reason is None:
        return None
    return failure_reason(preview.blocked, preview.reason)
