"""Sequences, one at a time: accepted, journalled, run frame by frame through the station's captures, and reported.

A time-lapse goes on after the service was started anew, with the frames that are left; a burst does not.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from photonic.errors import BadInput, CaptureError, FailureKind, StorageError
from photonic.model.sequence import (
    SequenceGap,
    SequenceKind,
    SequencePage,
    SequenceRecord,
    SequenceReport,
)
from photonic.model.setting import Choice
from photonic.model.setting_name import SettingName
from photonic.model.status import CapturePhase, SequencePhase
from photonic.protocol import bracket, focus_stack
from photonic.protocol.schedule import MICROSECONDS
from photonic.protocol.sequence_plan import Course, course
from photonic.recurring import Recurring
from photonic.service.base.shutdown import BackgroundTasks
from photonic.service.capture import idempotency
from photonic.service.journal.sequences import SequenceRow
from photonic.service.photo import naming
from photonic.service.sequence.report import frame_of, left_by_the_dead
from photonic.service.sequence.runner import SequenceRun
from photonic.service.sequence.wall_schedule import CLOCK_WRONG, WallSchedule

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from photonic.model.sequence import SequenceFrame, SequenceRequest
    from photonic.model.status import SequenceStatus
    from photonic.protocol.schedule import Plan
    from photonic.service.base.timekeeping import Timekeeping
    from photonic.service.camera.settings import CameraSettings
    from photonic.service.capture.service import CaptureService
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.journal.sequences import FrameCount, FrameRow, SequenceJournal
    from photonic.service.library.index import CaptureIndex
    from photonic.service.sequence.lens_travel import LensTravel

FRAMES_LIMIT = 1000
PAGE_LIMIT = 200
REOPEN_SECONDS = 10.0
"""How long a disk that could not be read is left alone before unfinished sequences are looked for again."""
LENS_DRIVE = "manualfocusdrive"
"""What libgphoto2 calls the action that drives a lens (2.5.34 ``config.c``)."""
RECENT = 10
"""So many of the last captures tell how fast the camera is."""

log = logging.getLogger(__name__)


class SequenceService:
    """The station's sequences. ``on_change`` is called whenever one has come, moved on or ended."""

    def __init__(
        self,
        captures: CaptureService,
        root: PhotoRoot,
        journal: SequenceJournal,
        capture_index: CaptureIndex,
        *,
        camera_id: Callable[[], str],
        settings: CameraSettings,
        time: Timekeeping,
        on_change: Callable[[], object],
        travel: Callable[[tuple[int, ...], int], LensTravel],
    ) -> None:
        self._travel = travel
        self._captures = captures
        self._root = root
        self._journal = journal
        self._capture_index = capture_index
        self._camera_id = camera_id
        self._settings = settings
        self._time = time
        self._on_change = on_change
        self._admission = asyncio.Lock()
        self._begun = asyncio.Event()
        self._run: SequenceRun | None = None
        self._resumed = False
        self._background = BackgroundTasks("the service takes no sequences now: it is starting or stopping")

    @property
    def running(self) -> SequenceRecord | None:
        """The one that runs."""
        return None if self._run is None else self._run.record

    @property
    def status(self) -> SequenceStatus | None:
        """The one that runs, for the snapshot."""
        return None if self._run is None else self._run.status

    @property
    def key(self) -> Hashable:
        """What viewers act on."""
        return None if self._run is None else self._run.key

    async def submit(self, request: SequenceRequest, idempotency_key: str | None = None) -> tuple[SequenceRecord, bool]:
        """Accept a sequence: it is on the disk when this returns. The record, and whether it is a new one.

        The same key gives the same sequence. A caller that hangs up changes nothing. Raises ``BadInput``,
        ``StorageError``, and ``CaptureError`` when another one runs or the camera cannot take a photo.
        """
        naming.directory_below_root(request.output_directory)
        idempotency.check_key(idempotency_key)
        return await self._background.outcome(self._accept(request, idempotency_key))

    async def cancel(self, sequence_id: str) -> SequenceRecord:
        """End the sequence between two frames. Raises ``CaptureError`` when it is unknown or has ended otherwise."""
        run = self._run
        if run is not None and run.id == sequence_id:
            return await self._background.outcome(run.cancel())
        await self._be_open()
        row = await self._journal.of_id(sequence_id)
        if row is None:
            raise _unknown(sequence_id)
        if row.record.phase is not SequencePhase.CANCELLED:
            raise CaptureError(f"the sequence has ended: it is {row.record.phase}", kind=FailureKind.CAMERA_BUSY)
        return row.record

    async def report(self, sequence_id: str, first: int = 1, limit: int = FRAMES_LIMIT) -> SequenceReport:
        """A sequence with ``limit`` of its frames, from ``first`` on. Raises ``CaptureError``, ``StorageError``."""
        await self._be_open()
        row = await self._journal.of_id(sequence_id)
        if row is None:
            raise _unknown(sequence_id)
        run = self._run if self._run is not None and self._run.id == sequence_id else None
        record = row.record if run is None else run.record
        last = min(first + min(limit, FRAMES_LIMIT) - 1, record.total)
        rows, gaps = await self._journal.frames(sequence_id, first, last)
        for news in () if run is None else run.news:
            if isinstance(news, SequenceGap):
                gaps.append(news)
            elif first <= news.number <= last:
                rows.append(news)
        return SequenceReport(
            **dict(record),
            frames=tuple([await self._frame(one, record) for one in rows]),
            gaps=tuple(gaps),
            next_first=last + 1 if last < record.total else None,
        )

    async def page(self, cursor: str | None, limit: int) -> SequencePage:
        """Sequences, newest first, from after ``cursor`` (an id, ``None``: the newest). Raises ``BadInput``."""
        if not 1 <= limit <= PAGE_LIMIT:
            raise BadInput(f"limit must be from 1 to {PAGE_LIMIT}", field="limit")
        await self._be_open()
        if cursor is not None and await self._journal.of_id(cursor) is None:
            raise BadInput("cursor belongs to no sequence: begin again without one", field="cursor")
        rows = await self._journal.page(cursor, limit + 1)
        shown = [row.record for row in rows[:limit]]
        if self._run is not None:
            now = self._run.record
            shown = [now if record.id == now.id else record for record in shown]
        return SequencePage(sequences=tuple(shown), next_cursor=shown[-1].id if len(rows) > limit else None)

    async def run(self) -> None:
        """Run sequences as they come, until cancelled."""
        async with self._background:
            while True:
                await self._open_patiently()
                await self._begun.wait()
                self._begun.clear()
                if self._run is not None:
                    try:
                        record = await self._run.run()
                        log.info("sequence %s is %s: %d saved", record.id, record.phase, record.saved)
                    finally:
                        self._run = None
                        self._on_change()

    def close(self) -> None:
        """Begin no frame more: what is left of a time-lapse is for the next start."""
        if self._run is not None:
            self._run.hold()

    async def _accept(self, request: SequenceRequest, idempotency_key: str | None) -> tuple[SequenceRecord, bool]:
        async with self._admission:
            await self._open()
            if idempotency_key is not None and (known := await self._journal.of_key(idempotency_key)) is not None:
                return self._same(known, request), False
            now = self._time.wall()
            wanted = course(request, now)
            warning = self._too_fast(request)
            if self._run is not None:
                reason = f"sequence {self._run.id} is running: cancel it, or wait for its end"
                raise CaptureError(reason, kind=FailureKind.CAMERA_BUSY)
            self._captures.check_admission()
            steps = await self._steps(request)
            if wanted_focus := focus_stack.positions(request):
                await self._check_lens()
            await asyncio.to_thread(self._root.check, naming.directory_below_root(request.output_directory))
            record = SequenceRecord(
                id=uuid.uuid4().hex,
                camera_id=self._camera_id(),
                kind=request.kind,
                phase=SequencePhase.COUNTDOWN,
                session_id=request.session_id,
                sequence_number=request.sequence_number,
                total=wanted.count,
                interval_seconds=request.interval_seconds,
                steps=steps,
                focus_steps=wanted_focus,
                created_at=now,
                starts_at=wanted.starts_at,
                idempotency_key=idempotency_key,
                warning=warning,
            )
            row = SequenceRow(record, request, self._time.anchor(record.starts_at))
            await self._journal.begin(row)
            self._begin(row, None)
        self._on_change()
        return record, True

    async def _be_open(self) -> None:
        if not self._resumed:
            await self._background.outcome(self._open_alone())

    async def _steps(self, request: SequenceRequest) -> tuple[dict[str, str], ...]:
        if request.stops is None:
            return ()
        found = await self._settings.read()
        return bracket.steps(request.stops, request.vary, found.settings, self._settings.held)

    async def _check_lens(self) -> None:
        """Raises ``CaptureError`` (NOT_SUPPORTED), and ``BadInput`` where the lens is not to be driven now."""
        found = (await self._settings.read()).settings
        if not any(setting.path.rpartition("/")[2] == LENS_DRIVE for setting in found):
            raise CaptureError("this camera's lens cannot be driven from here", kind=FailureKind.NOT_SUPPORTED)
        mode = next((setting for setting in found if setting.name == SettingName.FOCUS_MODE), None)
        if isinstance(mode, Choice) and mode.value.casefold().startswith("manual"):
            reason = "the lens is on manual focus: switch it to autofocus, so that the camera can drive it"
            raise BadInput(reason, field="kind")

    async def _open_patiently(self) -> None:
        """Take up what an earlier run of the service has left, as soon as the disk lets it be read."""
        refusals = Recurring()
        while not self._resumed:
            try:
                await self._open_alone()
            except StorageError as error:
                log.log(refusals.level(error.reason, logging.INFO), "sequences cannot be read yet: %s", error.reason)
                with suppress(TimeoutError):
                    async with asyncio.timeout(REOPEN_SECONDS):
                        await self._begun.wait()

    async def _open_alone(self) -> None:
        async with self._admission:
            await self._open()

    async def _open(self) -> None:
        # Captures that a dead service has left are ended with this: frames can be counted afterwards.
        await self._capture_index.open()
        if self._resumed:
            return
        for row in await self._journal.unfinished():
            await self._take_up(row)
        self._resumed = True

    async def _take_up(self, row: SequenceRow) -> None:
        record = row.record
        card_audit = await self._journal.card_audit(record.id)
        if record.phase is not SequencePhase.STOPPING and record.kind is SequenceKind.INTERVAL and self._run is None:
            log.warning("sequence %s goes on after frame %d of %d", record.id, card_audit.first, record.total)
            await self._go_on(row, card_audit)
            self._on_change()
        elif self._run is None or self._run.id != record.id:
            ended = left_by_the_dead(record, card_audit, self._time.wall())
            log.warning("sequence %s is not gone on with: it is %s", record.id, ended.phase)
            await self._journal.update(ended)

    async def _go_on(self, row: SequenceRow, card_audit: FrameCount) -> None:
        """Have a time-lapse go on; where the machine was started anew, by the time of day."""
        record = row.record
        if row.anchor.on(self._time, record.starts_at) is row.anchor:
            self._begin(row, card_audit)
            return
        wall = WallSchedule.of_row(row, self._time)
        plan, wrong = wall.ticks(card_audit.first)
        if wrong and CLOCK_WRONG not in (record.warning or ""):
            warning = "; ".join(filter(None, (record.warning, f"after photo {card_audit.first}: {CLOCK_WRONG}")))
            log.warning("sequence %s, after photo %d: %s", record.id, card_audit.first, CLOCK_WRONG)
            row = replace(row, record=record.model_copy(update={"warning": warning}))
            await self._journal.update(row.record)
        self._begin(row, card_audit, plan, wall)

    def _begin(
        self,
        row: SequenceRow,
        card_audit: FrameCount | None,
        plan: Plan | None = None,
        wall: WallSchedule | None = None,
    ) -> None:
        record = row.record
        interval_us = None if record.interval_seconds is None else round(record.interval_seconds * MICROSECONDS)
        plan = plan or Course(record.starts_at, record.total, interval_us).plan(row.anchor.start_us)
        self._run = SequenceRun(
            row,
            plan,
            self._captures,
            self._journal,
            time=self._time,
            on_change=self._on_change,
            card_audit=card_audit,
            lens=self._travel(record.focus_steps, row.request.focus_size or 1) if record.focus_steps else None,
            wall=wall,
        )
        self._begun.set()

    def _same(self, known: SequenceRow, request: SequenceRequest) -> SequenceRecord:
        if known.request != request:
            reason = "this Idempotency-Key was used for another sequence: use a new key"
            raise BadInput(reason, field="Idempotency-Key")
        running = self.running
        return running if running is not None and running.id == known.record.id else known.record

    def _too_fast(self, request: SequenceRequest) -> str | None:
        """A warning where the interval is shorter than the last photos took; ``BadInput`` unless that is meant."""
        records = self._capture_index.page((), None, RECENT).captures
        times = [one.capture_time_ms for one in records if one.phase is CapturePhase.SAVED and one.capture_time_ms]
        if request.interval_seconds is None or not times or request.interval_seconds * 1000 >= min(times):
            return None
        slow = f"of the camera's last photos the fastest took {min(times) / 1000:.2f} s"
        if not request.allow_misses:
            raise BadInput(
                f"interval_seconds: {slow}: take a longer interval, or have frames missed with allow_misses",
                field="interval_seconds",
            )
        return f"{slow}: frames will be missed"

    async def _frame(self, row: FrameRow, record: SequenceRecord) -> SequenceFrame:
        if row.capture_id is None:
            return frame_of(row, record, None)
        job = self._captures.job(row.capture_id)
        capture = job.record if job is not None else await self._capture_index.find(row.capture_id)
        return frame_of(row, record, capture)


def _unknown(sequence_id: str) -> CaptureError:
    return CaptureError(f"there is no sequence {sequence_id[:100]}", kind=FailureKind.NOT_FOUND)
