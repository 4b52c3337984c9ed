"""The service's view of one camera: its state, its captures, its live view.

Every wait here has a deadline and a reason; nothing that is asked for a status touches the camera or the disk.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from photonic.errors import CameraError, FailureKind, StorageError
from photonic.model.status import CameraState, CapturePhase, LiveState
from photonic.protocol.capture import CaptureFailure
from photonic.service.base.unexpected import Where
from photonic.service.camera.assembly import assemble
from photonic.service.camera.reasons import DISCONNECTED
from photonic.service.live.demand_machine import NO_LIVE_VIEW
from photonic.service.live.hub import ViewerKind

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
    from pathlib import Path

    from photonic.model.api import (
        CapturePage,
        CaptureRecord,
        CaptureRequest,
        CaptureStatusAnswer,
        ConfigRequest,
        FocusRequest,
        PhotoFile,
        StatusAnswer,
    )
    from photonic.model.health import CameraHealth
    from photonic.model.status import Snapshot
    from photonic.model.view_options import ViewOptions
    from photonic.service.camera.assembly import StartProcess
    from photonic.service.camera.controller_settings import ControllerSettings
    from photonic.service.capture.job import CaptureJob
    from photonic.service.library.gallery import Gallery
    from photonic.service.sequence.service import SequenceService
    from photonic.worker.supervision.claims import Claims

CONNECT_SECONDS = 10.0
SHUTDOWN_SECONDS = 0.5
"""What a capture is given to end at a shutdown; a photo on its way out of the camera's RAM gets up to its deadline."""
STOPPING = CaptureFailure(FailureKind.SHUTTING_DOWN, "the service is stopping")


class CameraController:
    """One camera. ``run`` owns everything that goes on; the other methods may be called from the same event loop.

    ``boot_id`` names this run of the service. ``clock`` gives seconds of CLOCK_MONOTONIC. ``claims``: of the service's
    cameras; ``None``: there is no other one. ``start`` makes the supervisor of a camera process; ``None``: a real one.
    """

    def __init__(
        self,
        settings: ControllerSettings,
        *,
        boot_id: str,
        clock: Callable[[], float] = time.monotonic,
        claims: Claims | None = None,
        start: StartProcess | None = None,
    ) -> None:
        parts = assemble(settings, boot_id=boot_id, clock=clock, claims=claims, start=start)
        self._clock = clock
        self._revision = parts.revision
        self._camera = parts.connection
        self._live = parts.live
        self._photos = parts.photos
        self._board = parts.board
        self.boot_id = boot_id
        self.address = settings.address
        self.unexpected = parts.unexpected
        self.hub = parts.hub
        self.settings = parts.settings
        self.profiles = parts.profiles

    @property
    def camera_id(self) -> str:
        """The configured name, else the serial number once it is known, else ``camera``."""
        return self._camera.camera_id

    @property
    def serial(self) -> str | None:
        """The camera's serial number; ``None`` before it was first opened."""
        return self._camera.serial

    @property
    def outages(self) -> int:
        """How often the camera was lost, or its process ended, since the start."""
        return self._camera.outages

    @property
    def sequences(self) -> SequenceService:
        """Its bursts and time-lapses."""
        return self._photos.sequences

    @property
    def gallery(self) -> Gallery:
        """Its photos, as people look at them."""
        return self._photos.gallery

    def answers(self, camera_id: str) -> bool:
        """Whether this is the camera of that name or serial number; an address may have the number before it is met."""
        return camera_id in {self._camera.camera_id, self._camera.serial} or self.address == f"usb:{camera_id}"

    # What happens: the station as the owner of its tasks.

    async def run(self) -> None:
        """Keep the camera, its live view and its captures going until cancelled.

        Then no capture is accepted, viewers are dismissed, a photo that is being fetched from the camera's RAM is
        waited for up to its deadline (a second cancellation ends that wait), and no camera process is left.
        """
        try:
            async with asyncio.TaskGroup() as tasks:
                # Whatever a camera, a file or a network brings about: it ends one task's turn, never the service.
                work = [tasks.create_task(self.unexpected.kept(*task)) for task in self._work().items()]
                try:
                    await asyncio.Event().wait()
                finally:
                    await self._wind_down()
                    for task in work:
                        task.cancel()
        finally:
            await asyncio.to_thread(self._photos.thumbnails.close)
            await self._photos.journal.close()

    async def connect(self) -> None:
        """Have the camera open. Raises ``CameraError`` when it is not within ``CONNECT_SECONDS``; the wish stays."""
        before = self._camera.outages
        self._camera.connect()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                while not self._camera.up:
                    refusal = self._camera.readiness().refusal
                    if refusal is not None and self._camera.outages > before:
                        raise CameraError(refusal.reason, kind=refusal.kind)
                    await self._camera.change()
        except TimeoutError:
            why, outage = self._camera.reason, self._camera.outage
            reason = f"no camera within {CONNECT_SECONDS:.0f} s: {why.text if why else None}"
            raise CameraError(reason, kind=outage.kind if outage else FailureKind.CAMERA_ABSENT) from None

    async def disconnect(self) -> None:
        """Let go of the camera until ``connect``; a photo on its way out of the camera's RAM is waited for."""
        await self._photos.captures.fail_waiting(CaptureFailure(FailureKind.DISCONNECTED, DISCONNECTED.text))
        await self._let_capture_end()
        # At once: no viewer gets the newest frame after the word that the camera is disconnected.
        self._live.disconnected(DISCONNECTED)
        await self._camera.disconnect()
        if not self._camera.wanted:
            self._live.disconnected(DISCONNECTED)

    async def start_live(self) -> None:
        """Live view on, and anew when it is stuck; ignored while the camera recovers.

        Raises ``CameraError``: NOT_SUPPORTED on a camera without live view.
        """
        if self._live.state is LiveState.UNSUPPORTED:
            raise CameraError(NO_LIVE_VIEW, kind=FailureKind.NOT_SUPPORTED)
        if not self._camera.up and self._camera.state is not CameraState.RECOVERING:
            self._camera.process()
        self._live.request()

    async def stop_live(self) -> None:
        """End the streams of part A; live view goes on while other viewers want it."""
        self.hub.dismiss("live view was stopped", ViewerKind.PLAIN)
        self._live.release()

    async def apply(self, config: ConfigRequest) -> None:
        """Take every given setting, or none. Raises ``BadInput`` naming the field, ``CameraError``."""
        await self._camera.apply(config)

    async def focus(self, request: FocusRequest) -> None:
        """Focus without a photo. Raises ``BadInput``, ``CameraError`` (AUTOFOCUS_FAILED among its kinds)."""
        await self._camera.focus(request.action, request.size, request.steps)

    async def look(self, wanted: ViewOptions) -> None:
        """Have live view show that. Raises ``BadInput``, ``CameraError`` (NOT_SUPPORTED among its kinds)."""
        await self._camera.look(wanted)

    # What is asked.

    def snapshot(self) -> Snapshot:
        """The whole status now."""
        return self._board.snapshot()

    async def changed(self, boot_id: str, rev: int, timeout_seconds: float) -> Snapshot:
        """The status, at once when it is of another boot or newer than ``rev``, else when it changes or time is up."""
        return await self._board.changed(boot_id, rev, timeout_seconds)

    def snapshots(self) -> AsyncGenerator[Snapshot]:
        """The status now, on every change, and at least every second; for as long as it is iterated."""
        return self._board.snapshots()

    def status(self) -> StatusAnswer:
        """The status of part A; without a camera every field but ``connected`` is empty."""
        return self._board.status()

    def capture_status(self) -> CaptureStatusAnswer:
        """Whether a capture runs, with the oldest one's fields, beside the snapshot; never touches the camera."""
        return self._board.capture_status()

    def health(self) -> CameraHealth:
        """Its viewers, what recovery has tried, the room on its card, its hooks."""
        return self._board.health().model_copy(update={"targets": self._photos.outbox.health()})

    async def submit(self, request: CaptureRequest, idempotency_key: str | None, *, guest: bool = False) -> CaptureJob:
        """Accept one capture; its intent is on the disk when this returns.

        The same key gives the same ticket, in this run of the service or a later one, never a second exposure. Raises
        ``BadInput``, ``StorageError``, ``CaptureError`` (``queue_full``, ``camera_absent`` ...).
        """
        return await self._photos.captures.submit(request, idempotency_key, guest=guest)

    async def cancel(self, capture_id: str) -> CaptureRecord:
        """End a capture that still waits. Raises ``CaptureError`` when it is unknown (``not_found``) or too late."""
        return await self._photos.captures.cancel(capture_id)

    async def index_read(self) -> None:
        """Wait until its index has been read. Raises ``StorageError``: it takes long (INDEX_UNREAD), or cannot be."""
        await self._photos.capture_index.wait_until_read()

    def capture(self, capture_id: str) -> CaptureRecord | None:
        """A capture, running or ended; ``None`` when there is none by this id."""
        running = (job.record for job in self._photos.captures.running if job.id == capture_id)
        return next(running, None) or self._photos.capture_index.record(capture_id)

    def captures_page(self, cursor: str | None, limit: int) -> CapturePage:
        """Captures, newest first, from after ``cursor``. Raises ``BadInput``."""
        return self._photos.capture_index.page([job.record for job in self._photos.captures.running], cursor, limit)

    def photo(self, photo_id: str) -> tuple[PhotoFile, Path] | None:
        """A photo's facts and its absolute path; ``None`` when there is none by this id."""
        return self._photos.capture_index.photo(photo_id)

    def photos(self) -> tuple[PhotoFile, ...]:
        """Every photo, newest first."""
        return self._photos.capture_index.photos()

    # Inside.

    def _work(self) -> Mapping[Where, Callable[[], Coroutine[None, None, None]]]:
        """The tasks of this camera by the label that their failures are counted under."""
        photos = self._photos
        cleanup = {} if photos.card_cleanup is None else {Where.CARD_COPIES: photos.card_cleanup.run}
        return {
            Where.CAMERA_PROCESS: self._camera.run,
            Where.LIVE_VIEW: self._live.run,
            Where.FRAMES: self.hub.run,
            Where.CAPTURES: photos.captures.run,
            Where.SEQUENCES: photos.sequences.run,
            Where.UNASKED_PHOTOS: photos.photo_importer.run,
            Where.CARD: photos.card_importer.run,
            Where.DISK: photos.space.run,
            Where.TRASH: photos.trash.run,
            Where.DELIVERIES: photos.outbox.run,
            Where.INDEX: self._read_index,
            **cleanup,
        }

    async def _read_index(self) -> None:
        with suppress(StorageError):  # the index reports it to everyone who asks
            await self._photos.capture_index.open()
        self._board.touch()

    async def _wind_down(self) -> None:
        self._photos.sequences.close()
        await self._photos.captures.close(STOPPING)
        self.hub.dismiss(STOPPING.reason)
        await self._let_capture_end()

    async def _let_capture_end(self) -> None:
        """Wait a moment for the capture that is being taken; for a photo that only the camera's RAM has, longer."""
        patience = self._clock() + SHUTDOWN_SECONDS
        while (job := self._photos.captures.current) is not None:
            opened = self._camera.opened
            precious = opened is not None and opened.capture_target == "ram" and job.phase is CapturePhase.DOWNLOADING
            left = self._photos.captures.remaining_seconds(job) if precious else patience - self._clock()
            if left <= 0:
                return
            await self._revision.newer_than(self._revision.number, left)
