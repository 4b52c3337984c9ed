"""What is told of a sequence: each frame with its photo, and how one ended that did not outlive the service."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from photonic.errors import FailureKind
from photonic.model.sequence import SequenceFrame
from photonic.model.status import CapturePhase, SequencePhase

if TYPE_CHECKING:
    from datetime import datetime

    from photonic.model.api import CaptureRecord
    from photonic.model.sequence import SequenceRecord
    from photonic.service.journal.sequences import FrameCount, FrameRow

STOPPED = "service stopped during the sequence"


def frame_of(row: FrameRow, record: SequenceRecord, capture: CaptureRecord | None) -> SequenceFrame:
    """A frame of ``record``; ``capture``: the one that took it, ``None`` where none was accepted."""
    due_at = None
    if record.interval_seconds is not None:
        due_at = record.starts_at + (row.number - 1) * timedelta(seconds=record.interval_seconds)
    return SequenceFrame(
        number=row.number,
        phase=CapturePhase.FAILED if capture is None else capture.phase,
        due_at=due_at,
        late_ms=row.late_us / 1000,
        capture_id=row.capture_id,
        settings=record.steps[row.number - 1] if record.steps else {},
        focus_steps=record.focus_steps[row.number - 1] if record.focus_steps else None,
        paths=() if capture is None else tuple(file.path for file in capture.files),
        error=row.error if capture is None else capture.error,
        error_type=row.error_type if capture is None else capture.error_type,
        warning=None if capture is None else capture.warning,
    )


def left_by_the_dead(record: SequenceRecord, card_audit: FrameCount, now: datetime) -> SequenceRecord:
    """How a sequence ends that an earlier run of the service has left, and that is not gone on with."""
    update = {"saved": card_audit.saved, "failed": card_audit.failed, "missed": card_audit.missed, "ended_at": now}
    if record.phase is SequencePhase.STOPPING:
        return record.model_copy(update={**update, "phase": SequencePhase.CANCELLED})
    stopped = {"error": STOPPED, "error_type": FailureKind.SHUTTING_DOWN.value}
    return record.model_copy(update={**update, **stopped, "phase": SequencePhase.FAILED})
