"""The taking of one still: the camera made ready, the exposure, the files put into their place.

Each wait has a deadline, and what has arrived whole is kept whatever the camera said after it.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from photonic.errors import BadInput, CameraError, CaptureError, FailureKind, PhotonicError, StorageError
from photonic.model.api import CaptureMetadata
from photonic.model.status import CapturePhase
from photonic.protocol.capture import CaptureFailure
from photonic.service.ingest.crash_recovery import found_identity
from photonic.service.photo import naming
from photonic.service.photo.staged import StagedFile, by_still, exif_of
from photonic.worker.link.messages import Captured, CaptureProgressed, Staged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from photonic.service.capture.camera import CaptureCamera
    from photonic.service.capture.job import CaptureJob
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.journal.captures import CaptureJournal
    from photonic.service.photo.staged import StoredFile

STORING_SECONDS = 30.0
"""How long the disk may take for one still."""
DEADLINE_MARGIN_SECONDS = 5.0
"""What the camera process's own deadline is given to act before the station's does."""
CANCELLED = CaptureFailure(FailureKind.CANCELLED, "cancelled on request before the exposure")
NO_PHOTO = CaptureFailure(FailureKind.CAMERA_FAULT, "the camera reported a capture, but delivered no photo")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ExecutionOutcome:
    """How a still went: ``failure``, or the files in their place with what is known of them.

    ``others``: the staged files of each further still that the same release has taken.
    """

    failure: CaptureFailure | None
    stored: tuple[StoredFile, ...] = ()
    others: tuple[tuple[StagedFile, ...], ...] = ()
    metadata: CaptureMetadata | None = None
    warning: str | None = None
    attempts: int = 1
    forced: bool = False


class CaptureExecution:
    """One ticket's turn; used once. ``on_change`` is called whenever the ticket has moved on.

    ``collecting``: files that are staged now still become part of this shot.
    """

    def __init__(
        self,
        job: CaptureJob,
        shutter: CaptureCamera,
        root: PhotoRoot,
        journal: CaptureJournal,
        *,
        clock: Callable[[], float],
        on_change: Callable[[], object],
    ) -> None:
        self._shutter = shutter
        self._root = root
        self._journal = journal
        self._clock = clock
        self._on_change = on_change
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

    def event(self, event: CaptureProgressed | Staged | Captured) -> None:
        """What the camera process says of this capture."""
        self._begun = True
        match event:
            case CaptureProgressed():
                self._allow(event.remaining_seconds + DEADLINE_MARGIN_SECONDS)
                left = event.exposure_seconds
                self.job.exposure_ends_at = None if left is None else self._clock() + left
                self._advance(CapturePhase(event.phase))
            case Staged():
                self._staged.append(StagedFile.told(event, Path(event.path), self._shutter.serial))
            case Captured():
                self._captured = event

    async def cancel(self) -> bool:
        """Give the shot up where its shutter has not fired, end a bulb exposure; whether the camera was asked.

        Raises ``CameraError``.
        """
        self._cancelled = True
        if self._shooting:
            await self._shutter.cancel(self.job.id)
            return True
        if self._timeout is not None and not self._timeout.expired():
            self._timeout.reschedule(asyncio.get_running_loop().time())
        return False

    async def take(self, seconds: float) -> ExecutionOutcome:
        """Take the still; ``seconds`` is the deadline until the camera process names its own. Raises nothing."""
        failure = await self._expose_in_time(seconds)
        self.collecting, self.job.exposure_ends_at = False, None
        if self._lost_camera:
            await self._gather()
        if not self._staged:
            return ExecutionOutcome(self._with_what_is_lost(failure or NO_PHOTO))
        self._allow(STORING_SECONDS)
        self._advance(CapturePhase.DOWNLOADING)
        try:
            async with asyncio.timeout(STORING_SECONDS):
                stored, others = await self._store()
        except TimeoutError:
            reason = f"the disk did not take the photo within {STORING_SECONDS:.0f} s; it is kept in {naming.STAGING}"
            return ExecutionOutcome(CaptureFailure(FailureKind.HOST_STORAGE_UNUSABLE, reason))
        except PhotonicError as error:
            return ExecutionOutcome(_failure(error))
        captured = self._captured
        return ExecutionOutcome(
            None,
            stored,
            tuple(map(tuple, others)),
            self._metadata().completed(exif_of(stored)),
            self._warning(failure, others),
            attempts=1 if captured is None else captured.attempts,
            forced=captured is not None and captured.forced,
        )

    async def _expose_in_time(self, seconds: float) -> CaptureFailure | None:
        try:
            async with asyncio.timeout(None) as self._timeout:
                self._allow(seconds)
                await self._expose()
        except TimeoutError:
            if self._cancelled and not self._shooting:
                return CANCELLED
            reason = f"the capture did not end within its deadline (it was {self.job.phase}): try it again"
            return CaptureFailure(FailureKind.TIMEOUT, reason)
        except PhotonicError as error:
            self._lost_camera = isinstance(error, CameraError)
            return _failure(error)
        finally:
            self._timeout = None
        return None

    async def _gather(self) -> None:
        """Take what a camera process has staged and not told of any more; what is not whole is kept aside."""
        told = {file.path for file in self._staged}
        try:
            for found in await asyncio.to_thread(self._root.staging.files, self.job.id):
                if found.path in told:
                    continue
                if await asyncio.to_thread(self._root.staging.is_whole, found):
                    known = found_identity(found)
                    identity = None if self._in_ram else known
                    self._staged.append(replace(found, size_bytes=known.size_bytes, identity=identity))
                    continue
                aside = await asyncio.to_thread(self._root.staging.set_aside, found)
                log.warning("%s of capture %s is not whole: it is kept as %s", found.name, self.job.id, aside)
        except StorageError as error:
            log.warning("staged files of capture %s wait for the next start: %s", self.job.id, error)

    async def _expose(self) -> None:
        await self._until_ready()
        await asyncio.to_thread(self._root.check, self.job.place.parent)
        staging = await asyncio.to_thread(self._root.staging.make, self.job.id)
        self._in_ram = self._shutter.in_ram
        self._advance(CapturePhase.PREPARING)
        while True:
            await self._until_ready()
            if self._cancelled:
                raise CaptureError(CANCELLED.reason, kind=CANCELLED.kind)
            self._shooting = True
            try:
                return await self._shutter.shoot(self.job.id, staging, self.job.options)
            except CameraError as error:
                self._shooting = False
                if self._begun:
                    raise
                # The camera process was just going down: nothing was exposed, the next one may take it.
                log.info("capture %s was not begun (%s): it waits for the camera", self.job.id, error.reason)
                await self._shutter.change()

    async def _until_ready(self) -> None:
        """Wait for the camera. Raises ``CaptureError`` when waiting a while would not help."""
        while not (readiness := self._shutter.readiness()).ready:
            if readiness.refusal is not None:
                raise CaptureError(readiness.refusal.reason, kind=readiness.refusal.kind)
            await self._shutter.change()

    async def _store(self) -> tuple[tuple[StoredFile, ...], list[list[StagedFile]]]:
        job = self.job
        await self._journal.stage(job.id, self._staged)
        first, *others = await asyncio.to_thread(by_still, self._staged, self._root.staging.exif)
        return tuple(await asyncio.to_thread(self._root.bring_in, first, job.place)), others

    def _metadata(self) -> CaptureMetadata:
        captured = self._captured
        return CaptureMetadata(
            timestamp=self.job.exposed_at or self.job.record.created_at,
            model=self._shutter.model,
            iso=captured.iso if captured is not None else None,
            shutter_speed=captured.shutter_speed if captured is not None else None,
            aperture=captured.aperture if captured is not None else None,
        )

    def _warning(self, failure: CaptureFailure | None, others: Sequence[Sequence[StagedFile]]) -> str | None:
        of_the_camera = self._captured.warning if self._captured is not None else None
        afterwards = f"after this photo had arrived: {failure.reason}" if failure is not None else None
        return "; ".join(filter(None, (of_the_camera, several(others), afterwards))) or None

    def _with_what_is_lost(self, failure: CaptureFailure) -> CaptureFailure:
        """The failure, with the photo that went with it where nothing but the camera's memory had it."""
        if not (self.job.may_have_fired(failure.kind) and self._in_ram):
            return failure
        lost = "a photo that was taken was in the camera's memory only, and is lost: a card in the camera keeps it"
        log.warning("capture %s: %s", self.job.id, lost)
        return CaptureFailure(failure.kind, f"{failure.reason}; {lost}")

    def _allow(self, seconds: float) -> None:
        """Move the deadline to ``seconds`` from now."""
        self.job.deadline = self._clock() + seconds
        if self._timeout is not None and not self._timeout.expired():
            self._timeout.reschedule(asyncio.get_running_loop().time() + seconds)

    def _advance(self, phase: CapturePhase) -> None:
        self.job.advance(phase)
        self._on_change()


def several(others: Sequence[Sequence[StagedFile]]) -> str | None:
    """Where further stills are that came during a shot; ``None`` where there are none."""
    if not others:
        return None
    if any(file.from_ram for still in others for file in still):
        return (
            f"{len(others)} more photos came out of the camera's memory meanwhile: whose they are cannot be told, and "
            "they are recorded as the body's own"
        )
    return f"the camera took {len(others) + 1} photos with this release: the others follow in the same session"


def _failure(error: PhotonicError) -> CaptureFailure:
    match error:
        case CaptureError() | CameraError() | StorageError():
            return CaptureFailure(error.kind, error.reason)
        case BadInput():
            return CaptureFailure(FailureKind.BAD_INPUT, error.reason)
        case _:
            return CaptureFailure(FailureKind.CAMERA_FAULT, str(error))
