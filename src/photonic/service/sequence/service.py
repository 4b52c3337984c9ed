"""Accepts sequences, runs them one at a time as ordinary captures, and reports on them.

Theory of operation. At most one ``SequenceRun`` exists. ``_accept`` and the first opening after a start hold the
admission lock, so that two requests cannot both be accepted, and so that nothing is accepted before the unfinished
sequences of an earlier run of the service have been handled. A sequence is in the journal before it exists in memory;
``run`` is the only task that executes sequences. Operations that must complete even if the client disconnects
(accepting, cancelling, opening) run in ``BackgroundTasks``.

After a restart of the service, a sequence whose kind resumes (a time-lapse) continues with its remaining frames; any
other unfinished sequence is recorded as failed, or as cancelled if it was being cancelled.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from photonic.errors import BadInput, CaptureError, FailureKind, StorageError
from photonic.model.requester import NOBODY, Requester
from photonic.model.status import SequencePhase, SequenceStatus
from photonic.recurring import Recurring
from photonic.service.base.background import BackgroundTasks
from photonic.service.capture import idempotency
from photonic.service.journal.sequences import SequenceRow
from photonic.service.photo import naming
from photonic.service.sequence.kinds.definition import FrameChanges
from photonic.service.sequence.kinds.registry import KINDS
from photonic.service.sequence.records import accepted, interrupted
from photonic.service.sequence.report import SequenceReports, unknown_sequence
from photonic.service.sequence.runner import SequenceRun
from photonic.service.sequence.timing import SequenceTiming, pace_warning, timing_of
from photonic.service.sequence.unrecorded import UnrecordedEnds
from photonic.service.sequence.wall_schedule import WallSchedule

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from photonic.machine.timekeeping import Timekeeping
    from photonic.model.sequence import SequencePage, SequenceRecord, SequenceReport, SequenceRequest
    from photonic.protocol.schedule import Plan
    from photonic.service.capture.service import CaptureService
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.journal.sequences import FrameCount, SequenceJournal
    from photonic.service.library.index import CaptureIndex
    from photonic.service.sequence.camera import SettingsReader
    from photonic.service.sequence.lens_travel import LensTravel

FRAMES_LIMIT = 1000
REOPEN_SECONDS = 10.0
"""Delay before the next attempt to read unfinished sequences from a disk that could not be read."""
RECENT = 10
"""How many recent captures are used to judge how fast the camera is."""

log = logging.getLogger(__name__)


class SequenceService:
    """The sequences of one camera.

    Args:
        captures: Takes the frames.
        root: Where photos go.
        journal: Records sequences and their frames.
        capture_index: Provides the captures of frames, and how long recent captures took.
        camera_id: Returns the camera's id in the API.
        settings: Reads the camera's settings.
        time: The clocks.
        new_id: Makes the id of a sequence.
        on_change: Called whenever a sequence is accepted, progresses or ends.
        travel: Returns a ``LensTravel`` for positions and a step size.
    """

    def __init__(
        self,
        captures: CaptureService,
        root: PhotoRoot,
        journal: SequenceJournal,
        capture_index: CaptureIndex,
        *,
        camera_id: Callable[[], str],
        settings: SettingsReader,
        time: Timekeeping,
        new_id: Callable[[], str],
        on_change: Callable[[], object],
        travel: Callable[[tuple[int, ...], int], LensTravel],
    ) -> None:
        self._travel = travel
        self._captures = captures
        self._root = root
        self._journal = journal
        self._capture_index = capture_index
        self._reports = SequenceReports(journal, captures, capture_index)
        self._camera_id = camera_id
        self._settings = settings
        self._time = time
        self._new_id = new_id
        self._on_change = on_change
        self._admission = asyncio.Lock()
        self._begun = asyncio.Event()
        self._run: SequenceRun | None = None
        self._unrecorded = UnrecordedEnds()
        self._resumed = False
        self._background = BackgroundTasks("no sequences are accepted while the service is starting or stopping")

    @property
    def running(self) -> SequenceRecord | None:
        """The sequence in progress."""
        return None if self._run is None else self._run.record

    @property
    def status(self) -> SequenceStatus | None:
        """The progress of the sequence in progress, for the snapshot."""
        return None if self._run is None else self._run.status

    @property
    def key(self) -> Hashable:
        """A value that changes whenever clients need a new snapshot."""
        return None if self._run is None else self._run.key

    async def submit(
        self, request: SequenceRequest, idempotency_key: str | None = None, requester: Requester = NOBODY
    ) -> tuple[SequenceRecord, bool]:
        """Accept a sequence, whose photos ``requester`` owns, and record it, even if the client disconnects.

        Returns the record, and whether it is new: a key that this requester repeats returns the same sequence. Raises
        ``BadInput``, ``StorageError``, and ``CaptureError`` if another one is running or the camera takes no photo.
        """
        naming.directory_below_root(request.output_directory)
        idempotency.check_key(idempotency_key)
        return await self._background.outcome(self._accept(request, idempotency_key, requester))

    async def cancel(self, sequence_id: str) -> SequenceRecord:
        """End the sequence between two frames. Raises ``CaptureError`` if it is unknown or has ended otherwise."""
        run = self._run
        if run is not None and run.id == sequence_id:
            return await self._background.outcome(run.cancel())
        record = self._current((await self._recorded(sequence_id)).record)
        if record.phase is not SequencePhase.CANCELLED:
            raise CaptureError(f"the sequence has already ended ({record.phase})", kind=FailureKind.CAMERA_BUSY)
        return record

    async def report(self, sequence_id: str, first: int = 1, limit: int = FRAMES_LIMIT) -> SequenceReport:
        """Return a sequence with frames ``first`` to at most ``first + limit - 1``. Raises ``CaptureError``."""
        row = await self._recorded(sequence_id)
        return await self._reports.report(row.record, self._run_of(sequence_id), first, min(limit, FRAMES_LIMIT))

    async def page(self, cursor: str | None, limit: int, owner: str | None = None) -> SequencePage:
        """Return sequences, newest first, like ``SequenceReports.page``. Raises ``BadInput``."""
        await self._ensure_open()
        return await self._reports.page(self._current, cursor, limit, owner)

    async def run(self) -> None:
        """Run sequences as they are accepted, until cancelled."""
        async with self._background:
            while True:
                await self._open_with_retries()
                await self._begun.wait()
                self._begun.clear()
                if self._run is not None:
                    try:
                        record = await self._run.run()
                        self._unrecorded.add(self._run)
                        log.info("sequence %s ended (%s): %d photos saved", record.id, record.phase, record.saved)
                    finally:
                        self._run = None
                        self._on_change()

    def close(self) -> None:
        """Start no more frames; a time-lapse continues after the next start."""
        if self._run is not None:
            self._run.hold()

    async def _accept(self, request: SequenceRequest, key: str | None, who: Requester) -> tuple[SequenceRecord, bool]:
        async with self._admission:
            await self._open()
            if key is not None and (known := await self._journal.of_key(key, who.key_owners)) is not None:
                if known.request != request:
                    raise BadInput("this key belongs to another sequence: use a new key", field="Idempotency-Key")
                return self._current(known.record), False
            now = self._time.wall()
            timing = timing_of(request, now)
            warning = pace_warning(request, await self._capture_index.newest(RECENT))
            if self._run is not None:
                reason = f"sequence {self._run.id} is running: cancel it or wait for it to end"
                raise CaptureError(reason, kind=FailureKind.CAMERA_BUSY)
            self._captures.check_admission(who)
            changes = await self._frame_changes(request)
            await asyncio.to_thread(self._root.check, naming.directory_below_root(request.output_directory))
            record = accepted(
                request,
                timing,
                changes,
                sequence_id=self._new_id(),
                camera_id=self._camera_id(),
                owner=who.owner,
                idempotency_key=key,
                now=now,
                warning=warning,
            )
            row = SequenceRow(record, request, self._time.anchor(record.starts_at))
            await self._journal.begin(row)
            self._begin(row, None)
        self._on_change()
        return record, True

    async def _recorded(self, sequence_id: str) -> SequenceRow:
        await self._ensure_open()
        if (row := await self._journal.of_id(sequence_id)) is None:
            raise unknown_sequence(sequence_id)
        return row

    async def _ensure_open(self) -> None:
        if not self._resumed:
            await self._background.outcome(self._open_locked())

    async def _frame_changes(self, request: SequenceRequest) -> FrameChanges:
        if (changes := KINDS[request.kind].changes) is None:
            return FrameChanges()
        return changes(request, (await self._settings.read()).settings, self._settings.held)

    async def _open_with_retries(self) -> None:
        """Resume or end the unfinished sequences of an earlier run, and record ends, as soon as the disk allows it."""
        refusals = Recurring(self._time.monotonic)
        while not self._begun.is_set():
            try:
                await self._open_locked()
            except StorageError as error:
                log.log(refusals.level(error.reason, logging.INFO), "sequences cannot be read yet: %s", error.reason)
            if self._resumed and not self._unrecorded:
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(REOPEN_SECONDS):
                    await self._begun.wait()

    async def _open_locked(self) -> None:
        async with self._admission:
            await self._open()

    async def _open(self) -> None:
        # Crash recovery ends the captures of an earlier run here, so that their frames can be counted afterwards.
        await self._capture_index.open()
        await self._unrecorded.record()
        if self._resumed or self._unrecorded:
            return
        for row in await self._journal.unfinished():
            await self._resume_or_end(row)
        self._resumed = True

    async def _resume_or_end(self, row: SequenceRow) -> None:
        record = row.record
        done = await self._journal.frame_count(record.id)
        if KINDS[record.kind].resumes and record.phase is not SequencePhase.STOPPING and self._run is None:
            log.warning("sequence %s continues after frame %d of %d", record.id, done.first, record.total)
            await self._resume(row, done)
            self._on_change()
        elif self._run is None or self._run.id != record.id:
            await self._journal.update(ended := interrupted(record, done, self._time.wall()))
            log.warning("sequence %s does not continue; it is now %s", record.id, ended.phase)

    async def _resume(self, row: SequenceRow, done: FrameCount) -> None:
        """Continue a sequence; if the machine was restarted too, by the time of day."""
        record = row.record
        if row.anchor.on(self._time, record.starts_at) is row.anchor:
            self._begin(row, done)
            return
        wall, plan, text = WallSchedule.continued(row, done.first, self._time)
        if text is not None:
            log.warning("sequence %s, %s", record.id, text)
            warning = "; ".join(filter(None, (record.warning, text)))
            row = replace(row, record=record.model_copy(update={"warning": warning}))
            await self._journal.update(row.record)
        self._begin(row, done, plan, wall)

    def _begin(
        self, row: SequenceRow, done: FrameCount | None, plan: Plan | None = None, wall: WallSchedule | None = None
    ) -> None:
        record = row.record
        plan = plan or SequenceTiming.of_record(record).plan(row.anchor.start_us)
        self._run = SequenceRun(
            row,
            plan,
            self._captures,
            self._journal,
            time=self._time,
            on_change=self._on_change,
            done=done,
            lens=self._travel(record.focus_steps, row.request.focus_size or 1) if record.focus_steps else None,
            wall=wall,
        )
        self._begun.set()

    def _run_of(self, sequence_id: str) -> SequenceRun | None:
        """Return the run of a sequence that the journal does not know the present state of."""
        return next((run for run in (self._run, *self._unrecorded) if run is not None and run.id == sequence_id), None)

    def _current(self, record: SequenceRecord) -> SequenceRecord:
        return record if (run := self._run_of(record.id)) is None else run.record
