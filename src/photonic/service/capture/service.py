"""Accepts captures, executes them one at a time, and records them.

Theory of operation. A capture is in exactly one of three places: in the queue, in execution, or ended. It is recorded
before it is queued (``admission``). ``run`` is the only task that executes jobs. Every capture ends in ``_end``: the
recorder commits the result, or keeps it in memory while the disk refuses it; as long as it does, no other capture is
exposed, so that the oldest unfinished capture in the journal is the one that may have been. Before that, staged photos
are handed on to the import, so that no other photo is taken for this capture's. ``cancel`` may interleave at any await:
it ends a queued job at once and passes the request on to a job in execution. Accepting and ending a capture run to
completion even if the client disconnects (``BackgroundTasks``).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from photonic.errors import CameraError, CaptureError, FailureKind, StorageError
from photonic.model.requester import NOBODY
from photonic.model.saved import SaveLevel
from photonic.service.base.background import BackgroundTasks
from photonic.service.base.unexpected import Unexpected, Where
from photonic.service.capture import idempotency
from photonic.service.capture.admission import CaptureAdmission
from photonic.service.capture.execution import CaptureExecution
from photonic.service.capture.failures import CANCELLED, STOPPED, UNEXPECTED, failure_of
from photonic.service.capture.level import CaptureLevel
from photonic.service.capture.queue import CaptureQueue
from photonic.service.capture.recorder import CaptureRecorder, with_warning
from photonic.service.capture.running import RunningCaptures
from photonic.service.journal.capture_rows import CaptureResult
from photonic.service.photo import naming

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from photonic.machine.timekeeping import Timekeeping
    from photonic.model.api import CaptureRecord, CaptureRequest
    from photonic.model.requester import Requester
    from photonic.protocol.capture import CaptureFailure
    from photonic.service.capture.camera import CaptureCamera, WhosePhoto
    from photonic.service.capture.job import CaptureJob
    from photonic.service.capture.level import Copies, Copy
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.files.space import Space
    from photonic.service.journal.captures import CaptureJournal
    from photonic.service.journal.cards import CardJournal
    from photonic.service.journal.sequences import FrameBegun
    from photonic.service.library.index import CaptureIndex
    from photonic.service.photo.staged import StagedFile
    from photonic.service.photo.template import PhotoName
    from photonic.worker.link.messages import Captured, CaptureProgressed, Staged

CAPTURE_SECONDS = 60.0
"""How long a capture may take, including the wait for the camera, until the camera process reports a deadline."""

log = logging.getLogger(__name__)


class CaptureService:
    """The captures of one camera.

    Args:
        camera: Takes the stills.
        root: Where photos go.
        journal: Records captures.
        capture_index: Captures that have ended.
        cards: Identifies the card in the camera.
        space: Monitors the free disk space.
        photo_name: Names the photos.
        queue_length: How many captures may wait.
        time: The clocks; all times here are on the monotonic one.
        new_id: Makes the id of a capture.
        on_change: Called whenever a capture is accepted, advances or ends.
        capture_seconds: How long a capture may take until the camera process reports a deadline.
        on_other: Called with the staged files of each still that was not stored with its capture, and the id of the
            capture whose release took it; ``None``: it is of an earlier release.
        is_of_another: See ``WhosePhoto``.
        retry_without_autofocus: Applies to requests that do not specify it.
        level: When a photo counts as saved.
        copy: Copies stored files to the second disk, as ``SecondCopies.copy``; ``None``: there is none.
        delete_copies: Whether to delete the copies on the card once the photo is recorded.
        unexpected: Counts unexpected errors; ``None``: use a new counter.
    """

    def __init__(
        self,
        camera: CaptureCamera,
        root: PhotoRoot,
        journal: CaptureJournal,
        capture_index: CaptureIndex,
        *,
        cards: CardJournal,
        space: Space,
        photo_name: PhotoName,
        queue_length: int,
        time: Timekeeping,
        new_id: Callable[[], str],
        on_change: Callable[[], object],
        capture_seconds: float = CAPTURE_SECONDS,
        on_other: Callable[[Sequence[StagedFile], str | None], object],
        is_of_another: WhosePhoto,
        retry_without_autofocus: bool = False,
        level: SaveLevel = SaveLevel.DISK,
        copy: Copy | None = None,
        delete_copies: bool = False,
        unexpected: Unexpected | None = None,
    ) -> None:
        self._unexpected = unexpected or Unexpected()
        self._camera = camera
        self._root = root
        self._journal = journal
        self._capture_index = capture_index
        self._queue = CaptureQueue(queue_length)
        self._time, self._clock = time, time.monotonic
        self._on_change = on_change
        self._on_other = on_other
        self._is_of_another = is_of_another
        self._capture_seconds = capture_seconds
        self._level = CaptureLevel(level, copy)
        self._recorder = CaptureRecorder(journal, capture_index, cards, camera, delete_copies=delete_copies)
        self._space = space
        self._running = RunningCaptures()
        self._admission = CaptureAdmission(
            camera,
            root,
            capture_index,
            recorder=self._recorder,
            queue=self._queue,
            running=self._running,
            space=space,
            photo_name=photo_name,
            time=time,
            new_id=new_id,
            on_change=on_change,
            retry_without_autofocus=retry_without_autofocus,
        )
        self._execution: CaptureExecution | None = None
        self._background = BackgroundTasks("no captures are accepted while the service is starting or stopping")

    @property
    def running(self) -> tuple[CaptureJob, ...]:
        """Captures that were accepted and have not ended yet, oldest first."""
        return self._running.all

    @property
    def current(self) -> CaptureJob | None:
        """The capture in execution."""
        return None if self._execution is None else self._execution.job

    def collects(self, capture_id: str | None) -> bool:
        """Whether the capture still expects files: it is in execution, and its photo is not being stored yet."""
        return self._execution is not None and self._execution.collecting and self._execution.job.id == capture_id

    def job(self, capture_id: str) -> CaptureJob | None:
        """Return the unfinished capture with this id; ``None`` if there is none."""
        return self._running.of_id(capture_id)

    async def idle(self) -> None:
        """Wait until no capture is queued or in execution."""
        await self._running.none()

    def remaining_seconds(self, job: CaptureJob) -> float:
        """Return the time until the capture's deadline; if it is queued, including the captures ahead of it."""
        current = self.current
        ahead = 0.0 if current is None or current.deadline is None else max(0.0, current.deadline - self._clock())
        return ahead if job is current else ahead + self._queue.place(job) * self._capture_seconds

    async def submit(
        self,
        request: CaptureRequest,
        idempotency_key: str | None = None,
        frame: FrameBegun | None = None,
        *,
        requester: Requester = NOBODY,
    ) -> CaptureJob:
        """Accept a capture and record it on disk, even if the client disconnects.

        Args:
            request: The client's request.
            idempotency_key: A key that this requester repeats returns the same job, and causes no second exposure.
            frame: The sequence frame that this capture takes; ``None``: it is not part of a sequence.
            requester: Owns the photo; a guest is refused earlier than others.

        Raises ``BadInput``, ``StorageError``, and ``CaptureError`` if the queue is full or the camera is not available.
        """
        folder = naming.directory_below_root(request.output_directory)
        idempotency.check_key(idempotency_key)
        return await self._background.outcome(self._admission.admit(request, folder, idempotency_key, frame, requester))

    async def knows_key(self, idempotency_key: str, requester: Requester) -> bool:
        """See ``idempotency.is_known``."""
        return await idempotency.is_known(idempotency_key, requester, self.running, self._capture_index)

    async def cancel(self, capture_id: str) -> CaptureRecord:
        """Cancel a capture before its exposure, or end a bulb exposure now and save it.

        Raises ``CaptureError`` if the capture is unknown or it is too late.
        """
        job = self._running.of_id(capture_id)
        if job is None:
            if (record := await self._capture_index.find(capture_id)) is None:
                raise CaptureError(f"unknown capture {capture_id}", kind=FailureKind.NOT_FOUND)
            if record.error_type == FailureKind.CANCELLED:
                return record
            raise CaptureError(f"the capture has already ended ({record.phase})", kind=FailureKind.CAMERA_BUSY)
        if self._queue.remove(job):
            return await self._background.outcome(self._fail(job, CANCELLED))
        if self._execution is not None and self._execution.job is job:
            try:
                record = await self._execution.cancel()
            except CameraError as error:
                raise CaptureError(f"the request did not reach the camera: {error.reason}", kind=error.kind) from error
            if record is not None:
                return record
        raise CaptureError("the camera is already taking this photo: too late to cancel", kind=FailureKind.CAMERA_BUSY)

    def event(self, event: CaptureProgressed | Staged | Captured) -> None:
        """Handle an event from the camera process about a capture; ignore it if the capture is not in execution."""
        if self._execution is None or event.capture_id != self._execution.job.id:
            log.warning("the camera process reported on a capture that is not running: %s", event)
            return
        self._execution.event(event)

    async def run(self) -> None:
        """Execute captures as they are accepted, until cancelled."""
        try:
            async with self._background:
                while True:
                    job = await self._queue.first()
                    self._queue.remove(job)
                    with self._unexpected.survived(Where.CAPTURES):
                        await self._execute(job)
                    if self._running.of_id(job.id) is not None:
                        await self._fail(job, UNEXPECTED)
        finally:
            self._abandon()

    async def close(self, why: CaptureFailure) -> None:
        """Accept no more captures, and fail those that are queued."""
        self._admission.closed = why
        await self.fail_waiting(why)

    async def fail_waiting(self, why: CaptureFailure) -> None:
        """Fail every queued capture; one whose turn comes meanwhile is executed."""
        for job in self._queue.waiting:
            if self._queue.remove(job):
                await self._fail(job, why)

    def check_admission(self, requester: Requester = NOBODY) -> None:
        """Raises ``CaptureError`` if a capture would be refused now, ``StorageError`` for a guest on a full disk."""
        self._admission.check(requester)

    async def _execute(self, job: CaptureJob) -> None:
        try:
            await self._capture_index.open_complete()
        except StorageError as error:
            await self._fail(job, failure_of(error))
            return
        parts = (job, self._camera, self._root, self._journal)
        execution = self._execution = CaptureExecution(
            *parts, time=self._time, on_change=self._on_change, is_of_another=self._is_of_another
        )
        alive = asyncio.create_task(self._journal.keep_time_until_cancelled())
        try:
            result = await execution.run(self._capture_seconds)
            if result.files:
                self._space.refresh()
                result = with_warning(result, self._space.warning)
            for still in execution.files.others:
                self._on_other(still, job.id)
            result, copies = await self._level.reached(result)
            kept = [file.path.name for still in (*execution.files.earlier, *execution.files.others) for file in still]
            await self._end(job, result, kept, copies)
            # Only now: this capture's own photo may show the camera's clock.
            for still in execution.files.earlier:
                self._on_other(still, None)
        finally:
            alive.cancel()
            self._execution = None
            self._on_change()

    async def _fail(self, job: CaptureJob, why: CaptureFailure) -> CaptureRecord:
        return await self._end(job, CaptureResult(job.failed(why, now=self._clock()), (), job.directory, job.ordinal))

    async def _end(
        self, job: CaptureJob, result: CaptureResult, kept: Sequence[str] = (), copies: Copies = ()
    ) -> CaptureRecord:
        record = await self._recorder.end(job, result, kept, copies)
        self._running.end(job, record)
        self._on_change()
        return record

    def _abandon(self) -> None:
        """Answer clients that are still waiting; the journal keeps their captures unfinished, for the next start."""
        why = self._admission.closed or STOPPED
        for job in self.running:
            self._queue.remove(job)
            self._running.end(job, job.failed(why, now=self._clock()))
