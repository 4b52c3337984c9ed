"""The progress of a running sequence: the frames counted by outcome, and the remaining time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from photonic.model.status import SequencePhase, SequenceStatus
from photonic.protocol.schedule import MICROSECONDS, Ticks

if TYPE_CHECKING:
    from collections.abc import Hashable

    from photonic.machine.timekeeping import Timekeeping
    from photonic.model.sequence import SequenceRecord
    from photonic.protocol.schedule import Plan
    from photonic.service.journal.sequences import FrameCount

COUNTDOWN_SECONDS = 60


class SequenceProgress:
    """Counts the frames of one sequence and estimates the remaining time.

    While the run waits for a frame, ``due_us`` is when that frame is due, on the clock of ``time``; otherwise ``None``.

    Args:
        record: The sequence as recorded.
        done: The frames of earlier runs of the service.
        time: The clock of the plan.
    """

    def __init__(self, record: SequenceRecord, done: FrameCount, time: Timekeeping) -> None:
        self._record = record
        self._time = time
        self._saved, self._failed, self._missed = done.saved, done.failed, done.missed
        self._frames_us = self._frames = 0
        self.due_us: int | None = None

    def frame_ended(self, took_us: int, *, saved: bool) -> None:
        """Count a frame that took ``took_us`` microseconds."""
        self._saved += saved
        self._failed += not saved
        self._frames += 1
        self._frames_us += took_us

    def frames_missed(self, count: int) -> None:
        """Count frames that were too late to take."""
        self._missed += count

    def counted(self, record: SequenceRecord, phase: SequencePhase) -> SequenceRecord:
        """Return ``record`` with this phase and the current counts."""
        update = {"phase": phase, "saved": self._saved, "failed": self._failed, "missed": self._missed}
        return record.model_copy(update=update)

    def key(self, phase: SequencePhase) -> Hashable:
        """Return a value that changes whenever clients need a new snapshot."""
        return (self._record.id, phase, self._saved, self._failed, self._missed, self._countdown(phase))

    def status(self, phase: SequencePhase, plan: Plan) -> SequenceStatus:
        """Return the progress, for the snapshot."""
        return SequenceStatus(
            id=self._record.id,
            kind=self._record.kind,
            session_id=self._record.session_id,
            phase=phase,
            total=self._record.total,
            saved=self._saved,
            failed=self._failed,
            missed=self._missed,
            countdown=self._countdown(phase),
            next_in_seconds=None if self.due_us is None else round(max(0.0, self._seconds_to(self.due_us)), 3),
            remaining_seconds=self._remaining_seconds(plan),
        )

    def _countdown(self, phase: SequencePhase) -> int | None:
        if phase is not SequencePhase.COUNTDOWN or self.due_us is None:
            return None
        seconds = math.ceil(self._seconds_to(self.due_us))
        return seconds if 0 < seconds <= COUNTDOWN_SECONDS else None

    def _remaining_seconds(self, plan: Plan) -> float | None:
        if isinstance(plan, Ticks):
            return round(max(0.0, self._seconds_to(plan.due_us(plan.count - 1))), 3)
        left = plan.count - self._saved - self._failed
        if not self._frames:
            return None
        return round(left * self._frames_us / self._frames / MICROSECONDS, 3)

    def _seconds_to(self, moment_us: int) -> float:
        return (moment_us - self._time.now_us()) / MICROSECONDS
