"""Captures, one at a time: accepted, journalled, taken by the camera, put in their place, and ended.

Each one ends ``saved`` or ``failed`` with a kind and a reason, and each wait on the way has a deadline.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from photonic.errors import (
    CameraError,
    CaptureError,
    FailureKind,
    StorageError,
)
from photonic.protocol.capture import CaptureFailure
from photonic.service.base.shutdown import BackgroundTasks
from photonic.service.base.unexpected import Unexpected, Where
from photonic.service.capture import idempotency
from photonic.service.capture.execution import CANCELLED, CaptureExecution
from photonic.service.capture.job import CaptureJob
from photonic.service.capture.queue import CaptureQueue
from photonic.service.journal.captures import CaptureResult, CaptureStarted, CommitEffects
from photonic.service.photo import naming

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import PurePosixPath

    from photonic.model.api import CaptureRecord, CaptureRequest
    from photonic.service.capture.camera import CaptureCamera
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.files.space import Space
    from photonic.service.journal.captures import CaptureJournal
    from photonic.service.journal.cards import CardJournal
    from photonic.service.journal.sequences import FrameBegun
    from photonic.service.library.index import CaptureIndex
    from photonic.service.photo.staged import StagedFile, StoredFile
    from photonic.service.photo.template import PhotoName
    from photonic.worker.link.messages import Captured, CaptureProgressed, Staged

CAPTURE_SECONDS = 60.0
"""How long a capture may wait for the camera, and take before the camera process has named a deadline of its own."""
UNEXPECTED = CaptureFailure(
    FailureKind.CAMERA_FAULT, "the capture failed unexpectedly, the log says how; a photo that was taken is not lost"
)
CANCEL_SECONDS = 1.0
"""What a capture that was just being exposed is given to say that it was cancelled in time."""

log = logging.getLogger(__name__)


class CaptureService:
    """The station's captures; ``photo_name`` says what their photos are called.

    ``on_change`` is called whenever a capture has come, moved on or ended; ``on_other`` with the staged files of
    each further still that the release of a capture (its id) has taken. Every time is on ``clock``, in seconds.
    ``retry_without_autofocus``: for requests that do not say. ``delete_copies``: the card's copies are to go.
    """

    def __init__(
        self,
        shutter: CaptureCamera,
        root: PhotoRoot,
        journal: CaptureJournal,
        capture_index: CaptureIndex,
        *,
        cards: CardJournal,
        space: Space,
        photo_name: PhotoName,
        queue_length: int,
        clock: Callable[[], float],
        on_change: Callable[[], object],
        capture_seconds: float = CAPTURE_SECONDS,
        on_other: Callable[[Sequence[StagedFile], str], object],
        retry_without_autofocus: bool = False,
        delete_copies: bool = False,
        unexpected: Unexpected | None = None,
    ) -> None:
        self._unexpected = unexpected or Unexpected()
        self._shutter = shutter
        self._root = root
        self._journal = journal
        self._capture_index = capture_index
        self._photo_name = photo_name
        self._queue = CaptureQueue(queue_length)
        self._clock = clock
        self._on_change = on_change
        self._on_other = on_other
        self._capture_seconds = capture_seconds
        self._retry_without_autofocus = retry_without_autofocus
        self._delete_copies = delete_copies
        self._cards = cards
        self._space = space
        self._idle = asyncio.Event()
        self._idle.set()
        self._running: dict[str, CaptureJob] = {}
        self._admission = asyncio.Lock()
        self._shot: CaptureExecution | None = None
        self._closed: CaptureFailure | None = None
        self._background = BackgroundTasks("the service takes no captures now: it is starting or stopping")

    @property
    def running(self) -> tuple[CaptureJob, ...]:
        """Accepted and not ended, oldest first."""
        return tuple(self._running.values())

    @property
    def current(self) -> CaptureJob | None:
        """The one whose turn it is."""
        return None if self._shot is None else self._shot.job

    def collects(self, capture_id: str | None) -> bool:
        """Whether files of this capture are waited for: it is its turn, and its photo is not being stored yet."""
        return self._shot is not None and self._shot.collecting and self._shot.job.id == capture_id

    def job(self, capture_id: str) -> CaptureJob | None:
        """A capture that has not ended; ``None`` when none by this id is running."""
        return self._running.get(capture_id)

    async def idle(self) -> None:
        """Wait until no capture runs or waits."""
        await self._idle.wait()

    def remaining_seconds(self, job: CaptureJob) -> float:
        """Time left until the capture's deadline; for one that waits, with the turns before it."""
        now = self._clock()
        current = self.current
        ahead = 0.0 if current is None or current.deadline is None else max(0.0, current.deadline - now)
        if job is current:
            return ahead
        waiting = self._queue.waiting
        place = waiting.index(job) + 1 if job in waiting else 1
        return ahead + place * self._capture_seconds

    async def submit(
        self,
        request: CaptureRequest,
        idempotency_key: str | None = None,
        frame: FrameBegun | None = None,
        *,
        guest: bool = False,
    ) -> CaptureJob:
        """Accept one capture: when this returns, its intent is on the disk. A caller that hangs up changes nothing.

        The same key gives the same ticket, in whatever state it is, never a second exposure. ``frame``: of a sequence,
        which this is. ``guest``: it leaves a place in the queue. Raises ``BadInput``, ``StorageError``, and
        ``CaptureError`` when the queue is full or the camera cannot take it.
        """
        directory = naming.directory_below_root(request.output_directory)
        idempotency.check_key(idempotency_key)
        return await self._background.outcome(self._accept(request, directory, idempotency_key, frame, guest=guest))

    async def cancel(self, capture_id: str) -> CaptureRecord:
        """End a capture that has not been exposed; a bulb exposure is cut short, and goes on to be saved.

        Raises ``CaptureError`` when it is unknown or too late.
        """
        job = self._running.get(capture_id)
        if job is None:
            if (record := self._capture_index.record(capture_id)) is None:
                raise CaptureError(f"there is no capture {capture_id}", kind=FailureKind.NOT_FOUND)
            if record.error_type == FailureKind.CANCELLED:
                return record
            raise CaptureError(f"the capture has ended: it was {record.phase}", kind=FailureKind.CAMERA_BUSY)
        if self._queue.remove(job):
            return await self._background.outcome(self._fail(job, CANCELLED))
        shot = self._shot
        if shot is not None and shot.job is job and (job.exposed_at is None or job.exposing_bulb):
            bulb = job.exposing_bulb
            try:
                await shot.cancel()
                if bulb:
                    return job.record
                record = await job.end_before_exposure(CANCEL_SECONDS)
            except CameraError as error:
                raise CaptureError(f"the camera did not hear of it: {error.reason}", kind=error.kind) from error
            if record is not None and record.error_type == FailureKind.CANCELLED:
                return record
        raise CaptureError("the camera is already taking this capture: let it end", kind=FailureKind.CAMERA_BUSY)

    def event(self, event: CaptureProgressed | Staged | Captured) -> None:
        """What the camera process says of a capture; of one that is not running, nothing is taken."""
        shot = self._shot
        if shot is None or event.capture_id != shot.job.id:
            log.warning("the camera process spoke of a capture that is not running: %s", event)
            return
        shot.event(event)

    async def run(self) -> None:
        """Take captures as they come, until cancelled."""
        try:
            async with self._background:
                while True:
                    job = await self._queue.first()
                    self._queue.remove(job)
                    with self._unexpected.survived(Where.CAPTURES):
                        await self._take(job)
                    if job.id in self._running:
                        await self._fail(job, UNEXPECTED)
        finally:
            self._abandon()

    async def close(self, why: CaptureFailure) -> None:
        """Accept no more, and end what waits for its turn."""
        self._closed = why
        await self.fail_waiting(why)

    async def fail_waiting(self, why: CaptureFailure) -> None:
        """End every capture that waits for its turn."""
        for job in self._queue.waiting:
            self._queue.remove(job)
            await self._fail(job, why)

    async def _accept(
        self,
        request: CaptureRequest,
        directory: PurePosixPath,
        idempotency_key: str | None,
        frame: FrameBegun | None,
        *,
        guest: bool,
    ) -> CaptureJob:
        async with self._admission:
            await self._capture_index.open()
            if idempotency_key is not None and (known := await self._known(idempotency_key)) is not None:
                return idempotency.same(known, request, directory)
            self.check_admission(guest=guest)
            job = CaptureJob.of_request(
                request,
                directory,
                self._photo_name,
                camera_id=self._shutter.camera_id,
                idempotency_key=idempotency_key,
                frame=frame,
                accepted_at=self._clock(),
                retry_without_autofocus=self._retry_without_autofocus,
            )
            await asyncio.to_thread(self._root.check, job.place.parent)
            intent = CaptureStarted(job.record, directory, job.stem, self._shutter.serial, frame)
            job.ordinal = await self._journal.intend(intent)
            self._queue.put(job)
            self._running[job.id] = job
            self._idle.clear()
        self._on_change()
        return job

    async def _known(self, idempotency_key: str) -> CaptureJob | None:
        for job in self._running.values():
            if job.record.idempotency_key == idempotency_key:
                return job
        found = await self._capture_index.of_key(idempotency_key)
        return None if found is None else CaptureJob.of_the_past(*found)

    def check_admission(self, *, guest: bool = False) -> None:
        """Raises ``CaptureError`` when one that is asked for now would be refused."""
        refusal = self._closed or self._shutter.readiness().refusal
        if refusal is not None:
            raise CaptureError(refusal.reason, kind=refusal.kind)
        self._queue.check_room(guest=guest)

    async def _take(self, job: CaptureJob) -> None:
        shot = self._shot = CaptureExecution(
            job, self._shutter, self._root, self._journal, clock=self._clock, on_change=self._on_change
        )
        try:
            outcome = await shot.take(self._capture_seconds)
            if outcome.failure is not None:
                await self._fail(job, outcome.failure)
            else:
                self._space.refresh()
                record = job.saved(
                    metadata=outcome.metadata,
                    warning="; ".join(filter(None, (outcome.warning, self._space.warning))) or None,
                    capture_time_ms=self._age_ms(job),
                    attempts=outcome.attempts,
                    forced=outcome.forced,
                )
                others = [file.path.name for still in outcome.others for file in still]
                await self._end(job, record, outcome.stored, others)
                for still in outcome.others:
                    self._on_other(still, job.id)
        finally:
            self._shot = None
            self._on_change()

    async def _fail(self, job: CaptureJob, why: CaptureFailure) -> CaptureRecord:
        return await self._end(job, job.failed(why, capture_time_ms=self._age_ms(job)), ())

    async def _end(
        self,
        job: CaptureJob,
        record: CaptureRecord,
        stored: Sequence[StoredFile],
        kept: Sequence[str] = (),
    ) -> CaptureRecord:
        ending = CaptureResult(record, tuple(stored), job.directory, job.ordinal)
        failed_as = FailureKind(record.error_type) if record.error_type is not None else None
        consequences = CommitEffects(
            sight=self._cards.present,
            delete=self._delete_copies,
            owed=failed_as is not None and job.may_have_fired(failed_as),
            exposed_at=None if job.exposed_at is None else job.exposed_at.timestamp(),
            serial=self._shutter.serial,
            kept=tuple(kept),
        )
        try:
            shown = await self._capture_index.end(ending, consequences)
        except StorageError as error:
            log.error("capture %s ended %s, but this could not be recorded: %s", record.id, record.phase, error)  # noqa: TRY400
            warning = "; ".join(filter(None, [record.warning, error.reason]))
            ending = replace(ending, record=record.model_copy(update={"warning": warning}))
            shown = self._capture_index.remember(ending, consequences)
        self._forget(job)
        job.end(shown)
        self._on_change()
        return shown

    def _abandon(self) -> None:
        """Answer those who still wait; the journal keeps their captures as unfinished, for the next start."""
        why = self._closed or CaptureFailure(FailureKind.SHUTTING_DOWN, "service stopped during the capture")
        for job in self.running:
            self._queue.remove(job)
            self._forget(job)
            job.end(job.failed(why, capture_time_ms=self._age_ms(job)))

    def _forget(self, job: CaptureJob) -> None:
        self._running.pop(job.id, None)
        if not self._running:
            self._idle.set()

    def _age_ms(self, job: CaptureJob) -> int:
        return round((self._clock() - job.accepted_at) * 1000)
