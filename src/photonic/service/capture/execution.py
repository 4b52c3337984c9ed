"""The execution of one capture: wait for the camera, expose, store the files.

Theory of operation. ``run`` performs these steps in order, in one task. Two things interleave with it. Events from the
camera process arrive through ``event`` while ``shoot`` is awaited; they only collect staged files and extend the
deadline. ``cancel`` is called from another task. Before ``shoot`` it ends the wait; during ``shoot`` it is passed on to
the camera process, because only the driver knows whether the shutter has fired.

Invariants: every wait has a deadline. The camera process extends it step by step; it is ``DEADLINE_MARGIN_SECONDS``
later than the process's own deadline, so that the process normally reports a timeout itself. Once a file is staged, the
photo is stored (``files``) even if the camera then reports a failure, which becomes a warning. If the disk refuses it,
the capture fails, and its staged photo is handed on to the import, which tries again. Until the camera process has
begun the capture, nothing was exposed, and the capture may wait for the next process.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from photonic.errors import CameraError, CaptureError, FailureKind, PhotonicError, StorageError
from photonic.model.api import CaptureMetadata
from photonic.model.status import CapturePhase
from photonic.protocol.capture import CaptureFailure
from photonic.service.capture.failures import CANCELLED, NO_PHOTO, NOT_BEGUN, failure_of, kept
from photonic.service.capture.files import STORING_SECONDS, CaptureFiles
from photonic.service.journal.capture_rows import CaptureResult
from photonic.service.photo import naming
from photonic.service.photo.staged import StagedFile, exif_of
from photonic.worker.link.messages import Captured, CaptureProgressed, Staged

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.machine.timekeeping import Timekeeping
    from photonic.model.api import CaptureRecord
    from photonic.model.capture_options import ArrivedPhoto
    from photonic.service.capture.camera import CaptureCamera, WhosePhoto
    from photonic.service.capture.job import CaptureJob
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.journal.captures import CaptureJournal

DEADLINE_MARGIN_SECONDS = 5.0
"""How much later the service's deadline is than the camera process's own."""
CANCEL_SECONDS = 1.0
"""How long a capture that has reached its exposure may take to report that it was cancelled in time."""

log = logging.getLogger(__name__)


class CaptureExecution:
    """Executes one job. An instance is used once.

    While ``collecting`` is true, newly staged files belong to this capture. After ``run``, ``files`` has those that
    were not stored with it.

    Args:
        job: The capture.
        camera: Takes the still.
        root: Where the files go.
        journal: Records what was staged.
        time: The clocks.
        on_change: Called whenever the job advances.
        is_of_another: See ``WhosePhoto``.
    """

    def __init__(
        self,
        job: CaptureJob,
        camera: CaptureCamera,
        root: PhotoRoot,
        journal: CaptureJournal,
        *,
        time: Timekeeping,
        on_change: Callable[[], object],
        is_of_another: WhosePhoto,
    ) -> None:
        self._camera = camera
        self._root = root
        self._journal = journal
        self._time, self._clock = time, time.monotonic
        self._on_change = on_change
        self._timeout: asyncio.Timeout | None = None
        self._begun = False
        self._shooting = False
        self._cancelled = False
        self._in_ram = False
        self._lost_camera = False
        self.job = job
        self.collecting = True
        self.files = CaptureFiles(job, root, journal, is_of_another)

    def event(self, event: CaptureProgressed | Staged | Captured) -> None:
        """Handle an event from the camera process about this capture."""
        self._begun = True
        match event:
            case CaptureProgressed():
                self._extend_deadline(event.remaining_seconds + DEADLINE_MARGIN_SECONDS)
                left = event.exposure_seconds
                self.job.exposure_ends_at = None if left is None else self._clock() + left
                if event.exposed_from is not None:
                    self.job.exposed(event.exposed_from)
                self._advance(CapturePhase(event.phase))
            case Staged():
                self.files.staged.append(StagedFile.reported(event, Path(event.path), self._camera.serial))
            case Captured():
                self.files.captured = event

    async def cancel(self) -> CaptureRecord | None:
        """Cancel before the exposure, or end a bulb exposure now. Raises ``CameraError``.

        Returns the record of the cancelled capture, or of the bulb exposure, which is saved next; ``None`` if it is too
        late.
        """
        job, bulb = self.job, self.job.exposing_bulb
        if job.exposed_at is not None and not bulb:
            return None
        self._cancelled = True
        if self._shooting:
            await self._camera.cancel(job.id)
        elif self._timeout is not None and not self._timeout.expired():
            self._timeout.reschedule(asyncio.get_running_loop().time())
        if bulb:
            return job.record
        record = await job.end_before_exposure(CANCEL_SECONDS)
        return record if record is not None and record.error_type == FailureKind.CANCELLED else None

    async def run(self, seconds: float) -> CaptureResult:
        """Take and store the still; return its final record and files. Raises nothing.

        ``seconds`` is the time limit until the camera process reports a deadline of its own.
        """
        failure = await self._expose_in_time(seconds)
        self.collecting, self.job.exposure_ends_at = False, None
        if self._lost_camera:
            await self.files.gather(in_ram=self._in_ram)
        if not self.files.staged:
            return self._failed(self._with_lost_photo(failure or NO_PHOTO))
        self._extend_deadline(STORING_SECONDS)
        self._advance(CapturePhase.DOWNLOADING)
        try:
            async with asyncio.timeout(STORING_SECONDS):
                stored = await self.files.store()
        except TimeoutError:
            reason = (
                f"the disk did not store the photo within {STORING_SECONDS:.0f} s; the photo stays in {naming.STAGING}"
            )
            return await self._hand_on(CaptureFailure(FailureKind.HOST_STORAGE_UNUSABLE, reason))
        except PhotonicError as error:
            return await self._hand_on(failure_of(error))
        captured = self.files.captured
        record = self.job.saved(
            metadata=self._metadata().completed(exif_of(stored)),
            warning=self._warning(failure),
            now=self._clock(),
            attempts=1 if captured is None else captured.attempts,
            forced=captured is not None and captured.forced,
        )
        return CaptureResult(record, stored, self.job.directory, self.job.ordinal)

    def _failed(self, failure: CaptureFailure) -> CaptureResult:
        record = self.job.failed(failure, now=self._clock())
        return CaptureResult(record, (), self.job.directory, self.job.ordinal)

    async def _hand_on(self, failure: CaptureFailure) -> CaptureResult:
        """Fail the capture whose photo could not be stored, and leave what is whole of it to the import."""
        # If it was not the disk that refused it, a file is incomplete.
        left = await self.files.leave_to_import(check=failure.kind is FailureKind.CAMERA_FAULT)
        return self._failed(kept(failure) if left else failure)

    async def _expose_in_time(self, seconds: float) -> CaptureFailure | None:
        try:
            async with asyncio.timeout(None) as self._timeout:
                self._extend_deadline(seconds)
                await self._expose()
        except TimeoutError:
            if self._cancelled and not self._shooting:
                return CANCELLED
            if self._shooting:  # the camera process would still expose it, and nobody waits for the photo any more
                with suppress(CameraError):
                    await self._camera.cancel(self.job.id)
            if not self._begun:
                return NOT_BEGUN
            reason = f"the capture did not end in time (phase: {self.job.phase}): try again"
            return CaptureFailure(FailureKind.TIMEOUT, reason)
        except PhotonicError as error:
            self._lost_camera = isinstance(error, CameraError)
            return failure_of(error)
        finally:
            self._timeout = None
        return None

    async def _expose(self) -> None:
        await self._until_ready()
        if self.job.serial is None and (serial := self._camera.serial) is not None:
            # A start that finds the capture unfinished looks for late photos of this camera.
            await self._journal.name_camera(self.job.id, serial)
        await asyncio.to_thread(self._root.check, self.job.place.parent)
        staging = await asyncio.to_thread(self._root.staging.make, self.job.id)
        self._in_ram = self._camera.in_ram
        earlier = await self._earlier_photo()
        self._advance(CapturePhase.PREPARING)
        while True:
            await self._until_ready()
            if self._cancelled:
                raise CaptureError(CANCELLED.reason, kind=CANCELLED.kind)
            self._shooting = True
            try:
                return await self._camera.shoot(self.job.id, staging, self.job.options, earlier)
            except CameraError as error:
                self._shooting = False
                if self._begun:
                    raise
                # The camera process was already ending: nothing was exposed, so the next process can take the still.
                log.info("capture %s has not begun (%s); waiting for the camera", self.job.id, error.reason)
                await self._camera.change()

    async def _earlier_photo(self) -> ArrivedPhoto | None:
        serial = self._camera.serial
        with suppress(StorageError):  # the capture itself will say that the disk refuses
            return None if serial is None else await self._journal.newest_arrived(serial)
        return None

    async def _until_ready(self) -> None:
        """Wait for the camera. Raises ``CaptureError`` if waiting does not help."""
        while not (readiness := self._camera.readiness()).ready:
            if readiness.refusal is not None:
                raise CaptureError(readiness.refusal.reason, kind=readiness.refusal.kind)
            await self._camera.change()

    def _metadata(self) -> CaptureMetadata:
        captured = self.files.captured
        return CaptureMetadata(
            timestamp=self.job.exposed_at or self.job.record.created_at,
            model=self._camera.model,
            iso=captured.iso if captured is not None else None,
            shutter_speed=captured.shutter_speed if captured is not None else None,
            aperture=captured.aperture if captured is not None else None,
        )

    def _warning(self, failure: CaptureFailure | None) -> str | None:
        from_camera = self.files.captured.warning if self.files.captured is not None else None
        afterwards = (
            f"this photo is complete, but a failure followed: {failure.reason}" if failure is not None else None
        )
        return "; ".join(filter(None, (from_camera, self.files.warning, afterwards))) or None

    def _with_lost_photo(self, failure: CaptureFailure) -> CaptureFailure:
        """Return the failure, with a note if a photo is lost because it was only in the camera's memory."""
        if not (self.job.may_have_fired(failure.kind) and self._in_ram):
            return failure
        lost = "a photo was taken but is lost, as it was only in the camera's memory: insert a card to prevent this"
        log.warning("capture %s: %s", self.job.id, lost)
        return CaptureFailure(failure.kind, f"{failure.reason}; {lost}")

    def _extend_deadline(self, seconds: float) -> None:
        """Set the deadline to ``seconds`` from now."""
        self.job.deadline = self._clock() + seconds
        if self._timeout is not None and not self._timeout.expired():
            self._timeout.reschedule(asyncio.get_running_loop().time() + seconds)

    def _advance(self, phase: CapturePhase) -> None:
        self.job.advance(phase, self._time.wall())
        self._on_change()
