"""The execution of one capture: wait for the camera, expose, store the files.

Theory of operation. ``run`` performs these steps in order, in one task. Two things interleave with it. Events from the
camera process arrive through ``event`` while ``shoot`` is awaited; they only collect staged files and extend the
deadline. ``cancel`` is called from another task. Before ``shoot`` it ends the wait; during ``shoot`` it is passed on to
the camera process, because only the driver knows whether the shutter has fired.

Invariants: every wait has a deadline. The camera process extends it step by step; it is ``DEADLINE_MARGIN_SECONDS``
later than the process's own deadline, so that the process normally reports a timeout itself. Once a file is staged, the
photo is stored even if the camera then reports a failure, which becomes a warning. If the disk refuses it, the capture
fails, and its staged photo is handed on to the import, which tries again. Until the camera process has begun the
capture, nothing was exposed, and the capture may wait for the next process.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from photonic.errors import CameraError, CaptureError, FailureKind, PhotonicError, StorageError
from photonic.model.api import CaptureMetadata
from photonic.model.status import CapturePhase
from photonic.protocol.capture import CaptureFailure
from photonic.service.capture.failures import CANCELLED, NO_PHOTO, NOT_BEGUN, failure_of, kept
from photonic.service.journal.capture_rows import CaptureResult
from photonic.service.photo import naming
from photonic.service.photo.staged import StagedFile, by_still, exif_of, found_identity
from photonic.worker.link.messages import Captured, CaptureProgressed, Staged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from photonic.machine.timekeeping import Timekeeping
    from photonic.model.api import CaptureRecord
    from photonic.model.capture_options import ArrivedPhoto
    from photonic.service.capture.camera import CaptureCamera, WhosePhoto
    from photonic.service.capture.job import CaptureJob
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.journal.captures import CaptureJournal
    from photonic.service.photo.staged import StoredFile

STORING_SECONDS = 30.0
"""How long the disk may take to store one still."""
DEADLINE_MARGIN_SECONDS = 5.0
"""How much later the service's deadline is than the camera process's own."""
CANCEL_SECONDS = 1.0
"""How long a capture that has reached its exposure may take to report that it was cancelled in time."""

log = logging.getLogger(__name__)


class CaptureExecution:
    """Executes one job. An instance is used once.

    While ``collecting`` is true, newly staged files belong to this capture. After ``run``, ``others`` holds the staged
    files of each still that the same shutter release took and that was not stored with the capture, and ``earlier``
    those of each still that arrived before the capture's own, of earlier releases.

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
        self._is_of_another = is_of_another
        self._timeout: asyncio.Timeout | None = None
        self._staged: list[StagedFile] = []
        self._captured: Captured | None = None
        self._begun = False
        self._shooting = False
        self._cancelled = False
        self._in_ram = False
        self._lost_camera = False
        self.job = job
        self.collecting = True
        self.others: tuple[tuple[StagedFile, ...], ...] = ()
        self.earlier: tuple[tuple[StagedFile, ...], ...] = ()

    def event(self, event: CaptureProgressed | Staged | Captured) -> None:
        """Handle an event from the camera process about this capture."""
        self._begun = True
        match event:
            case CaptureProgressed():
                self._extend_deadline(event.remaining_seconds + DEADLINE_MARGIN_SECONDS)
                left = event.exposure_seconds
                self.job.exposure_ends_at = None if left is None else self._clock() + left
                self._advance(CapturePhase(event.phase))
            case Staged():
                self._staged.append(StagedFile.reported(event, Path(event.path), self._camera.serial))
            case Captured():
                self._captured = event

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
            await self._gather()
        if not self._staged:
            return self._failed(self._with_lost_photo(failure or NO_PHOTO))
        self._extend_deadline(STORING_SECONDS)
        self._advance(CapturePhase.DOWNLOADING)
        try:
            async with asyncio.timeout(STORING_SECONDS):
                stored = await self._store()
        except TimeoutError:
            reason = (
                f"the disk did not store the photo within {STORING_SECONDS:.0f} s; the photo stays in {naming.STAGING}"
            )
            return await self._hand_on(CaptureFailure(FailureKind.HOST_STORAGE_UNUSABLE, reason))
        except PhotonicError as error:
            return await self._hand_on(failure_of(error))
        captured = self._captured
        record = self.job.saved(
            metadata=self._metadata().completed(exif_of(stored)),
            warning=self._warning(failure),
            now=self._clock(),
            attempts=1 if captured is None else captured.attempts,
            forced=captured is not None and captured.forced,
        )
        return CaptureResult(record, stored, self.job.directory, self.job.ordinal)

    async def _hand_on(self, failure: CaptureFailure) -> CaptureResult:
        """Fail the capture whose photo could not be stored, and leave what is whole of it to the import."""
        files = self._staged
        if failure.kind is FailureKind.CAMERA_FAULT:  # not the disk refused it: a file is incomplete
            with suppress(TimeoutError, StorageError):
                async with asyncio.timeout(STORING_SECONDS):
                    files = [one for one in files if await asyncio.to_thread(self._root.staging.fault, one) is None]
        # Without the Exif facts: the disk may hang.
        self.others = tuple(map(tuple, by_still(files, lambda _file: None)))
        return self._failed(kept(failure) if files else failure)

    def _failed(self, failure: CaptureFailure) -> CaptureResult:
        record = self.job.failed(failure, now=self._clock())
        return CaptureResult(record, (), self.job.directory, self.job.ordinal)

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

    async def _gather(self) -> None:
        """Collect complete files that a dead camera process staged but did not report; set incomplete ones aside."""
        reported = {file.path for file in self._staged}
        try:
            for found in await asyncio.to_thread(self._root.staging.files, self.job.id):
                if found.path in reported:
                    continue
                if await asyncio.to_thread(self._root.staging.fault, found) is None:
                    known = found_identity(found)
                    identity = None if self._in_ram else known
                    self._staged.append(replace(found, size_bytes=known.size_bytes, identity=identity))
                    continue
                aside = await asyncio.to_thread(self._root.staging.set_aside, found)
                log.warning("%s of capture %s is incomplete and was set aside as %s", found.name, self.job.id, aside)
            # Until its end is on record, the directory says that it was executed.
            await asyncio.to_thread(self._root.staging.make, self.job.id)
        except (StorageError, OSError) as error:
            log.warning(
                "cannot examine the files of capture %s; they stay in staging until the next start: %s",
                self.job.id,
                error,
            )

    async def _expose(self) -> None:
        await self._until_ready()
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

    async def _store(self) -> tuple[StoredFile, ...]:
        stills = await asyncio.to_thread(by_still, self._staged, self._root.staging.exif)
        number = await self._own(stills)
        # After a crash, what is on record here is of this release.
        await self._journal.stage(self.job.id, [file for still in stills[number:] for file in still])
        stored = await asyncio.to_thread(self._root.bring_in, stills[number], self.job.place)
        self.earlier, self.others = tuple(map(tuple, stills[:number])), tuple(map(tuple, stills[number + 1 :]))
        return tuple(stored)

    async def _own(self, stills: Sequence[Sequence[StagedFile]]) -> int:
        """Return the number of this capture's still: the first that is not a late one of an earlier capture.

        The first ones are unless their times prove the contrary, as many as the camera process says
        (``Captured.owed``), or all from the camera's RAM if the process ended before it could say so. Raises
        ``CaptureError`` if all are of earlier captures, ``StorageError``.
        """
        if self.job.exposed_at is None:
            return 0
        unsaid = len(stills) if stills[0][0].from_ram else 0
        owed = unsaid if self._captured is None else self._captured.owed
        exposed_at = self.job.exposed_at.timestamp()
        for number, still in enumerate(stills):
            if not await self._is_of_another(still[0], exposed_at, unless_proven=number < owed):
                return number
        raise CaptureError(
            f"the photo that arrived, {stills[0][0].name}, is or may be the late one of an earlier capture, "
            "according to the camera's clock; try again",
            kind=FailureKind.TIMEOUT,
        )

    def _metadata(self) -> CaptureMetadata:
        captured = self._captured
        return CaptureMetadata(
            timestamp=self.job.exposed_at or self.job.record.created_at,
            model=self._camera.model,
            iso=captured.iso if captured is not None else None,
            shutter_speed=captured.shutter_speed if captured is not None else None,
            aperture=captured.aperture if captured is not None else None,
        )

    def _warning(self, failure: CaptureFailure | None) -> str | None:
        from_camera = self._captured.warning if self._captured is not None else None
        afterwards = (
            f"this photo is complete, but a failure followed: {failure.reason}" if failure is not None else None
        )
        return "; ".join(filter(None, (from_camera, _other_stills(self.others), afterwards))) or None

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


def _other_stills(others: Sequence[Sequence[StagedFile]]) -> str | None:
    """Return a warning about additional stills of the same release; ``None`` if there are none."""
    if not others:
        return None
    if any(file.from_ram for still in others for file in still):
        return (
            f"{len(others)} more photos arrived from the camera's memory in the meantime: they cannot be matched to a "
            "capture, so they are recorded as taken with the camera's own button"
        )
    return f"the camera took {len(others) + 1} photos with this release: the others follow in the same session"
