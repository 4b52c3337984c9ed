"""The first record of a sequence, and the last one of a sequence that a restart ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.errors import FailureKind
from photonic.model.sequence import SequenceRecord
from photonic.model.status import SequencePhase

if TYPE_CHECKING:
    from datetime import datetime

    from photonic.model.sequence import SequenceRequest
    from photonic.service.journal.sequences import FrameCount
    from photonic.service.sequence.kinds.definition import FrameChanges
    from photonic.service.sequence.timing import SequenceTiming

STOPPED = "the service stopped during the sequence"


def accepted(
    request: SequenceRequest,
    timing: SequenceTiming,
    changes: FrameChanges,
    *,
    sequence_id: str,
    camera_id: str,
    owner: str | None,
    idempotency_key: str | None,
    now: datetime,
    warning: str | None,
) -> SequenceRecord:
    """Return the record of a sequence whose first frame has not begun."""
    return SequenceRecord(
        id=sequence_id,
        camera_id=camera_id,
        owner=owner,
        kind=request.kind,
        phase=SequencePhase.COUNTDOWN,
        session_id=request.session_id,
        sequence_number=request.sequence_number,
        total=timing.count,
        interval_seconds=request.interval_seconds,
        steps=changes.settings,
        focus_steps=changes.lens,
        created_at=now,
        starts_at=timing.starts_at,
        idempotency_key=idempotency_key,
        warning=warning,
    )


def interrupted(record: SequenceRecord, done: FrameCount, now: datetime) -> SequenceRecord:
    """Return the final record of a sequence from an earlier run of the service that this run does not continue."""
    update = {"saved": done.saved, "failed": done.failed, "missed": done.missed, "ended_at": now}
    if record.phase is SequencePhase.STOPPING:
        return record.model_copy(update={**update, "phase": SequencePhase.CANCELLED})
    stopped = {"error": STOPPED, "error_type": FailureKind.SHUTTING_DOWN.value}
    return record.model_copy(update={**update, **stopped, "phase": SequencePhase.FAILED})
