"""Runs one sequence: waits for each frame, takes it as an ordinary capture, and records the outcome.

Theory of operation. ``SequenceMachine`` decides; this class waits and acts. ``run`` is the only task that polls the
machine, so a frame begins and ends in one place. Other tasks may call ``cancel`` at any await. Between frames it ends
the machine at once and wakes the waiting run. During a frame it moves the machine to ``STOPPING``, records that (if the
service dies now, it must not resume the sequence), and cancels the frame's capture, which succeeds only before the
exposure. A frame that was exposed is always saved.

A frame is recorded in the same transaction in which its capture is accepted. A frame that was not accepted and a gap of
missed frames have no capture: ``unrecorded`` keeps them until they are on disk. If the disk refuses the end of the
sequence, ``record_end`` is called again later (``UnrecordedEnds``). Cancelling the task of ``run`` leaves the sequence
unfinished in the journal, for the next start of the service.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING

from photonic.errors import BadInput, CameraError, CaptureError, FailureKind, StorageError
from photonic.model.api import CaptureRequest
from photonic.model.capture_options import CaptureOptions
from photonic.model.requester import Requester
from photonic.model.sequence import SequenceGap
from photonic.model.status import CapturePhase, SequencePhase
from photonic.protocol.schedule import MICROSECONDS
from photonic.protocol.sequence import Finished, SequenceMachine, Take, Wait
from photonic.recurring import Recurring
from photonic.service.journal.sequences import FrameBegun, FrameCount, FrameRow
from photonic.service.sequence.progress import COUNTDOWN_SECONDS, SequenceProgress
from photonic.service.sequence.wall_schedule import POLL_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from photonic.machine.timekeeping import Timekeeping
    from photonic.model.sequence import SequenceRecord
    from photonic.model.status import SequenceStatus
    from photonic.protocol.schedule import Plan
    from photonic.service.capture.job import CaptureJob
    from photonic.service.capture.service import CaptureService
    from photonic.service.journal.sequences import SequenceJournal, SequenceRow
    from photonic.service.sequence.lens_travel import LensTravel
    from photonic.service.sequence.wall_schedule import WallSchedule

HELD_UP = "the service was delayed"
STOPPED = "the service was not running"
CLOCK_SET = "the machine was off; until its clock was set, it was unknown for how long"

log = logging.getLogger(__name__)


class SequenceRun:
    """One run of a sequence. Call ``run`` once.

    Args:
        row: The sequence as recorded.
        plan: When its frames are due.
        captures: Takes the frames.
        journal: Records frames that were not accepted, gaps, and the end.
        time: The clock of ``plan``.
        on_change: Called whenever ``key`` may have changed.
        done: The frames of earlier runs of the service; ``None``: this is a new sequence.
        lens: Moves the lens from frame to frame; ``None``: the lens does not move, and captures use autofocus.
        wall: The source of ``plan`` if the machine was restarted after the sequence began; ``None``: it was not.
    """

    def __init__(
        self,
        row: SequenceRow,
        plan: Plan,
        captures: CaptureService,
        journal: SequenceJournal,
        *,
        time: Timekeeping,
        on_change: Callable[[], object],
        done: FrameCount | None = None,
        lens: LensTravel | None = None,
        wall: WallSchedule | None = None,
    ) -> None:
        self._wall = wall
        self._lens = lens
        self._record = row.record
        self._request = row.request
        self._plan = plan
        self._captures = captures
        self._journal = journal
        self._time = time
        self._on_change = on_change
        counts = done or FrameCount()
        self._machine = SequenceMachine(plan, counts.first)
        self._progress = SequenceProgress(row.record, counts, time)
        self._held = False
        self._refusals = Recurring(time.monotonic)
        self._wake = asyncio.Event()
        self._over = asyncio.Event()
        self._unrecorded: list[FrameRow | SequenceGap] = []
        self._is_recorded = False
        self._job: CaptureJob | None = None
        self._late_because = HELD_UP if done is None else STOPPED

    @property
    def id(self) -> str:
        """The sequence's id."""
        return self._record.id

    @property
    def record(self) -> SequenceRecord:
        """The sequence with its current phase and counts."""
        return self._progress.counted(self._record, self._machine.phase)

    @property
    def key(self) -> Hashable:
        """A value that changes whenever clients need a new snapshot."""
        return self._progress.key(self._machine.phase)

    @property
    def status(self) -> SequenceStatus:
        """The progress, for the snapshot."""
        return self._progress.status(self._machine.phase, self._plan)

    @property
    def unrecorded(self) -> tuple[FrameRow | SequenceGap, ...]:
        """Frames and gaps that are not recorded yet because the disk refused them."""
        return tuple(self._unrecorded)

    @property
    def is_recorded(self) -> bool:
        """Whether the sequence has ended, and this is recorded."""
        return self._is_recorded

    async def run(self) -> SequenceRecord:
        """Take the frames; return the final record. If cancelled, the next start continues or ends the sequence."""
        with self._lens or nullcontext():
            while not isinstance(action := await self._next_action(), Finished):
                match action:
                    case Wait():
                        await self._wait(action.until_us)
                    case Take():
                        await self._take(action)
            return await self._end()

    def hold(self) -> None:
        """Start no more frames: the service is stopping, and ``run`` is about to be cancelled."""
        self._held = True

    async def cancel(self) -> SequenceRecord:
        """End the sequence between two frames; a frame that has been exposed is saved. Raises ``StorageError``."""
        if self._machine.phase is not SequencePhase.STOPPING and not self._machine.ended:
            self._machine.cancel()
            self._wake.set()
            self._on_change()
        if self._machine.ended:
            await self._over.wait()
            return self._record
        # If the service dies now, it must not resume the sequence at its next start.
        await self._journal.update(self.record)
        await self._cancel_frame()
        return self.record

    async def record_end(self) -> None:
        """Record how the sequence ended, and what the disk refused before. Raises ``StorageError``."""
        if self._unrecorded:
            await self._journal.note(self.id, self._unrecorded)
            self._unrecorded.clear()
        await self._journal.update(self._record)
        self._is_recorded = True

    async def _next_action(self) -> Wait | Take | Finished:
        if self._held:
            await asyncio.Event().wait()
        if self._wall is not None and self._wall.was_set:
            self._plan, _wrong = self._wall.ticks(self._machine.first)
            self._machine.replan(self._plan)
            self._late_because = CLOCK_SET
            log.warning("sequence %s: the clock was set, and the schedule follows it again", self.id)
        step = self._machine.poll(self._time.now_us())
        if step.missed:
            self._progress.frames_missed(len(step.missed))
            first, last = step.missed.start + 1, step.missed.stop
            log.warning("sequence %s missed frames %d to %d: %s", self.id, first, last, self._late_because)
            await self._note(SequenceGap(first=first, last=last, reason=self._late_because))
        self._late_because = HELD_UP
        return step.action

    async def _wait(self, until_us: int) -> None:
        """Wait until ``until_us`` or a cancellation; report a change each second in a countdown's last minute."""
        self._progress.due_us = until_us
        self._on_change()
        try:
            while (left_us := until_us - self._time.now_us()) > 0 and not self._wake.is_set():
                step_us = left_us
                if self._wall is not None:
                    if self._wall.was_set:
                        break
                    step_us = min(step_us, round(POLL_SECONDS * MICROSECONDS))
                if self._machine.phase is SequencePhase.COUNTDOWN:
                    before_us = left_us - COUNTDOWN_SECONDS * MICROSECONDS
                    step_us = min(step_us, before_us) if before_us > 0 else left_us % MICROSECONDS or MICROSECONDS
                with suppress(TimeoutError):
                    async with asyncio.timeout(step_us / MICROSECONDS):
                        await self._wake.wait()
                self._on_change()
        finally:
            self._progress.due_us = None
            self._wake.clear()

    async def _take(self, take: Take) -> None:
        began_us = self._time.now_us()
        frame = FrameBegun(
            self.id,
            self._record.kind,
            take.number + 1,
            take.late_us,
            CaptureOptions(
                # A focus stack has already positioned the lens; autofocus would move it away.
                autofocus=self._lens is None,
                settings=self._record.steps[take.number] if self._record.steps else {},
            ),
        )
        self._on_change()
        failure = await self._capture_frame(frame)
        now_us = self._time.now_us()
        self._progress.frame_ended(now_us - began_us, saved=failure is None)
        took = f"frame {frame.number} took {(now_us - began_us) / MICROSECONDS:.1f} s"
        self._late_because = took if failure is None else f"{took}: {failure}"
        self._machine.end_frame(now_us, saved=failure is None)
        self._on_change()

    async def _capture_frame(self, frame: FrameBegun) -> str | None:
        """Take a frame; return why it failed, or ``None`` if it is saved."""
        request = self._request
        wanted = CaptureRequest(
            session_id=request.session_id,
            sequence_number=request.sequence_number + frame.number - 1,
            output_directory=request.output_directory,
            retry_without_autofocus=request.retry_without_autofocus,
        )
        try:
            if self._lens is not None:
                await self._lens.go(frame.number - 1)
            # The limits for a guest were checked when the sequence was accepted.
            self._job = await self._captures.submit(wanted, None, frame, requester=Requester(self._record.owner))
        except (CaptureError, CameraError, StorageError, BadInput) as error:
            kind = FailureKind.BAD_INPUT if isinstance(error, BadInput) else error.kind
            log.warning("frame %d of sequence %s was not taken: %s", frame.number, self.id, error.reason)
            await self._note(FrameRow(frame.number, frame.late_us, error=error.reason, error_type=kind.value))
            return error.reason
        try:
            if self._machine.phase is SequencePhase.STOPPING:
                await self._cancel_frame()
            record = await self._job.ended()
        finally:
            self._job = None
        return None if record.phase is CapturePhase.SAVED else record.error or "the capture failed"

    async def _cancel_frame(self) -> None:
        if self._job is not None:
            # A capture that cannot be cancelled any more has been exposed and will be saved.
            with suppress(CaptureError):
                await self._captures.cancel(self._job.id)

    async def _note(self, entry: FrameRow | SequenceGap) -> None:
        """Record a frame or gap, and those that the disk refused before."""
        self._unrecorded.append(entry)
        try:
            await self._journal.note(self.id, self._unrecorded)
        except StorageError as error:
            level = self._refusals.level(error.reason)
            log.log(level, "sequence %s: frames could not be recorded and are in memory only: %s", self.id, error)
        else:
            self._unrecorded.clear()

    async def _end(self) -> SequenceRecord:
        lens_warning = None if self._lens is None else await self._lens.home()
        warning = "; ".join(filter(None, (self._record.warning, lens_warning))) or None
        self._record = self.record.model_copy(update={"ended_at": self._time.wall(), "warning": warning})
        try:
            await self.record_end()
        except StorageError as error:
            log.error("sequence %s ended, but this could not be recorded yet: %s", self.id, error)  # noqa: TRY400 - the message is complete
        self._over.set()
        return self._record
