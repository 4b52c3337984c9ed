"""One sequence that runs: it waits for its frames, has each taken as any capture is, and notes what became of it."""

from __future__ import annotations

import asyncio
import logging
import math
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Protocol

from photonic.errors import BadInput, CameraError, CaptureError, FailureKind, StorageError
from photonic.model.api import CaptureRequest
from photonic.model.sequence import SequenceGap
from photonic.model.status import CapturePhase, SequencePhase, SequenceStatus
from photonic.protocol.schedule import MICROSECONDS, Ticks
from photonic.protocol.sequence import Finished, SequenceMachine, Take, Wait
from photonic.recurring import Recurring
from photonic.service.journal.sequences import FrameBegun, FrameCount, FrameRow
from photonic.service.sequence.wall_schedule import LOOK_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from photonic.model.api import CaptureRecord
    from photonic.model.sequence import SequenceRecord
    from photonic.protocol.schedule import Plan
    from photonic.service.base.timekeeping import Timekeeping
    from photonic.service.capture.job import CaptureJob
    from photonic.service.journal.sequences import SequenceRow
    from photonic.service.sequence.lens_travel import LensTravel
    from photonic.service.sequence.wall_schedule import WallSchedule

COUNTDOWN_SECONDS = 60
HELD_UP = "the service was held up"
STOPPED = "the service was not running"
CLOCK_SET = "the machine was off; how long was known only when its clock was set"

log = logging.getLogger(__name__)


class FrameTaker(Protocol):
    """What a sequence needs of the station's captures."""

    async def submit(
        self, request: CaptureRequest, idempotency_key: str | None = None, frame: FrameBegun | None = None
    ) -> CaptureJob:
        """Accept one capture. Raises ``BadInput``, ``StorageError``, ``CaptureError``."""
        ...

    async def cancel(self, capture_id: str) -> CaptureRecord:
        """End a capture that has not been exposed. Raises ``CaptureError``."""
        ...


class SequenceNotes(Protocol):
    """Where a sequence is written down."""

    async def note(self, sequence_id: str, news: Sequence[FrameRow | SequenceGap]) -> None:
        """Record frames that were not accepted, and gaps. Raises ``StorageError``."""
        ...

    async def update(self, record: SequenceRecord) -> None:
        """Record how far it is, or how it ended. Raises ``StorageError``."""
        ...


class SequenceRun:
    """The sequence of ``row``, on from where ``card_audit`` says; ``run`` once.

    ``wall``: what ``plan`` hangs on where the machine was started anew since. ``on_change`` is called whenever its
    ``key`` may have changed.
    """

    def __init__(
        self,
        row: SequenceRow,
        plan: Plan,
        captures: FrameTaker,
        journal: SequenceNotes,
        *,
        time: Timekeeping,
        on_change: Callable[[], object],
        card_audit: FrameCount | None = None,
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
        done = card_audit or FrameCount()
        self._machine = SequenceMachine(plan, done.first)
        self._saved, self._failed, self._missed = done.saved, done.failed, done.missed
        self._held = False
        self._refusals = Recurring()
        self._wake = asyncio.Event()
        self._over = asyncio.Event()
        self._news: list[FrameRow | SequenceGap] = []
        self._job: CaptureJob | None = None
        self._due_us: int | None = None
        self._frames_us = self._frames = 0
        self._late_because = HELD_UP if card_audit is None else STOPPED

    @property
    def id(self) -> str:
        """The sequence's id."""
        return self._record.id

    @property
    def record(self) -> SequenceRecord:
        """The sequence as it stands now."""
        update = {
            "phase": self._machine.phase,
            "saved": self._saved,
            "failed": self._failed,
            "missed": self._missed,
        }
        return self._record.model_copy(update=update)

    @property
    def key(self) -> Hashable:
        """What viewers act on."""
        return (self.id, self._machine.phase, self._saved, self._failed, self._missed, self._countdown)

    @property
    def news(self) -> tuple[FrameRow | SequenceGap, ...]:
        """What the disk has not taken yet."""
        return tuple(self._news)

    @property
    def status(self) -> SequenceStatus:
        """How far it is, for the snapshot."""
        record = self.record
        return SequenceStatus(
            id=record.id,
            kind=record.kind,
            session_id=record.session_id,
            phase=record.phase,
            total=record.total,
            saved=record.saved,
            failed=record.failed,
            missed=record.missed,
            countdown=self._countdown,
            next_in_seconds=None if self._due_us is None else round(max(0.0, self._seconds_to(self._due_us)), 3),
            remaining_seconds=self._remaining_seconds,
        )

    async def run(self) -> SequenceRecord:
        """Take the frames; the record at the end. Cancelling this leaves the sequence to the next start."""
        with self._lens or nullcontext():
            while not isinstance(action := await self._look(), Finished):
                match action:
                    case Wait():
                        await self._wait(action.until_us)
                    case Take():
                        await self._take(action)
            return await self._end()

    def hold(self) -> None:
        """Begin no frame more: the service stops, and ``run`` is about to be cancelled."""
        self._held = True

    async def cancel(self) -> SequenceRecord:
        """End it between two frames: one that has been exposed is saved. Raises ``StorageError``."""
        if self._machine.phase is not SequencePhase.STOPPING and not self._machine.ended:
            self._machine.cancel()
            self._wake.set()
            self._on_change()
        if self._machine.ended:
            await self._over.wait()
            return self._record
        # A service that dies now must not go on with it at its next start.
        await self._journal.update(self.record)
        await self._give_up_frame()
        return self.record

    async def _look(self) -> Wait | Take | Finished:
        if self._held:
            await asyncio.Event().wait()
        if self._wall is not None and self._wall.was_set:
            self._plan, _wrong = self._wall.ticks(self._machine.first)
            self._machine.replan(self._plan)
            self._late_because = CLOCK_SET
            log.warning("sequence %s goes by the clock anew, which was set", self.id)
        look = self._machine.look(self._time.now_us())
        if look.missed:
            self._missed += len(look.missed)
            first, last = look.missed.start + 1, look.missed.stop
            log.warning("sequence %s missed frames %d to %d: %s", self.id, first, last, self._late_because)
            await self._note(SequenceGap(first=first, last=last, reason=self._late_because))
        self._late_because = HELD_UP
        return look.action

    async def _wait(self, until_us: int) -> None:
        """Until then, or until the sequence is cancelled; in the last minute of the countdown each second is told."""
        self._due_us = until_us
        self._on_change()
        try:
            while (left_us := until_us - self._time.now_us()) > 0 and not self._wake.is_set():
                step_us = left_us
                if self._wall is not None:
                    if self._wall.was_set:
                        break
                    step_us = min(step_us, round(LOOK_SECONDS * MICROSECONDS))
                if self._machine.phase is SequencePhase.COUNTDOWN:
                    before_us = left_us - COUNTDOWN_SECONDS * MICROSECONDS
                    step_us = min(step_us, before_us) if before_us > 0 else left_us % MICROSECONDS or MICROSECONDS
                with suppress(TimeoutError):
                    async with asyncio.timeout(step_us / MICROSECONDS):
                        await self._wake.wait()
                self._on_change()
        finally:
            self._due_us = None
            self._wake.clear()

    async def _take(self, take: Take) -> None:
        began_us = self._time.now_us()
        frame = FrameBegun(
            self.id,
            self._record.kind,
            take.number + 1,
            take.late_us,
            self._record.steps[take.number] if self._record.steps else {},
        )
        self._on_change()
        failure = await self._failure_of(frame)
        now_us = self._time.now_us()
        if failure is None:
            self._saved += 1
        else:
            self._failed += 1
        self._frames += 1
        self._frames_us += now_us - began_us
        took = f"frame {frame.number} took {(now_us - began_us) / MICROSECONDS:.1f} s"
        self._late_because = took if failure is None else f"{took}: {failure}"
        self._machine.end_frame(now_us, saved=failure is None)
        self._on_change()

    async def _failure_of(self, frame: FrameBegun) -> str | None:
        """Why the frame has failed; ``None``: it is saved."""
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
            self._job = await self._captures.submit(wanted, None, frame)
        except (CaptureError, CameraError, StorageError, BadInput) as error:
            kind = FailureKind.BAD_INPUT if isinstance(error, BadInput) else error.kind
            log.warning("frame %d of sequence %s was not taken: %s", frame.number, self.id, error.reason)
            await self._note(FrameRow(frame.number, frame.late_us, error=error.reason, error_type=kind.value))
            return error.reason
        try:
            if self._machine.phase is SequencePhase.STOPPING:
                await self._give_up_frame()
            record = await self._job.ended()
        finally:
            self._job = None
        return None if record.phase is CapturePhase.SAVED else record.error or "it failed"

    async def _give_up_frame(self) -> None:
        if self._job is not None:
            # Too late: it is exposed, and saved.
            with suppress(CaptureError):
                await self._captures.cancel(self._job.id)

    async def _note(self, news: FrameRow | SequenceGap) -> None:
        """Write it down, with what the disk would not take before."""
        self._news.append(news)
        try:
            await self._journal.note(self.id, self._news)
        except StorageError as error:
            level = self._refusals.level(error.reason)
            log.log(level, "sequence %s: what became of frames is in memory only yet: %s", self.id, error)
        else:
            self._news.clear()

    async def _end(self) -> SequenceRecord:
        words = None if self._lens is None else await self._lens.home()
        warning = "; ".join(filter(None, (self._record.warning, words))) or None
        self._record = self.record.model_copy(update={"ended_at": self._time.wall(), "warning": warning})
        try:
            if self._news:
                await self._journal.note(self.id, self._news)
                self._news.clear()
            await self._journal.update(self._record)
        except StorageError as error:
            log.error("sequence %s ended, but this could not be recorded: %s", self.id, error)  # noqa: TRY400 - the line says all
        self._over.set()
        return self._record

    @property
    def _countdown(self) -> int | None:
        if self._machine.phase is not SequencePhase.COUNTDOWN or self._due_us is None:
            return None
        seconds = math.ceil(self._seconds_to(self._due_us))
        return seconds if 0 < seconds <= COUNTDOWN_SECONDS else None

    @property
    def _remaining_seconds(self) -> float | None:
        if isinstance(self._plan, Ticks):
            return round(max(0.0, self._seconds_to(self._plan.due_us(self._plan.count - 1))), 3)
        left = self._plan.count - self._saved - self._failed
        if not self._frames:
            return None
        return round(left * self._frames_us / self._frames / MICROSECONDS, 3)

    def _seconds_to(self, moment_us: int) -> float:
        return (moment_us - self._time.now_us()) / MICROSECONDS
