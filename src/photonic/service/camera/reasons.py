"""The reasons for the state of a camera's connection, from what its supervisor and its camera process report."""

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
    """Why the camera is not open; ``rung``: of the recovery ladder, whose last one asks for a power cycle."""
    if rung != LAST_RUNG:
        return failure_reason(failure.kind, failure.reason)
    # Recovery has appended what a person has to do, and the code says that already.
    detail = failure.reason.rpartition("; ")[0] or failure.reason
    return Reason(ReasonCode.POWER_CYCLE_NEEDED, failure.reason, {DETAIL: detail})


def refusal_reason(preview: PreviewChanged) -> Reason | None:
    """Why the open camera refuses live view; ``None`` when it does not."""
    if preview.blocked is None or preview.reason is None:
        return None
    return failure_reason(preview.blocked, preview.reason)
