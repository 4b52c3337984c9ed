"""One camera as the HTTP API uses it: its state, captures, photos and live view.

Every wait here has a deadline and reports a reason; reading a status never touches the camera or the disk.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from photonic.errors import CameraError, FailureKind
from photonic.model.reach import EVERYTHING, Reach
from photonic.model.requester import NOBODY, Requester
from photonic.model.status import CameraState, CapturePhase, LiveState
from photonic.protocol.capture import CaptureFailure
from photonic.service.camera.assembly import assemble
from photonic.service.camera.reasons import DISCONNECTED
from photonic.service.camera.tasks import tasks_of
from photonic.service.library.capture_list import capture_page
from photonic.service.live.demand_machine import NO_LIVE_VIEW
from photonic.service.live.hub import ViewerKind

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
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
    from photonic.model.saved import SaveLevel
    from photonic.model.status import Snapshot
    from photonic.model.view_options import ViewOptions
    from photonic.service.base.surroundings import Surroundings
    from photonic.service.camera.assembly import StartProcess
    from photonic.service.camera.controller_settings import ControllerSettings
    from photonic.service.capture.job import CaptureJob
    from photonic.service.library.gallery import Gallery
    from photonic.service.library.verification import Verification
    from photonic.service.sequence.service import SequenceService
    from photonic.worker.supervision.claims import Claims

CONNECT_SECONDS = 10.0
SHUTDOWN_SECONDS = 0.5
"""How long a shutdown waits for a capture; for a photo being fetched from the camera's RAM, up to its deadline."""
STOPPING = CaptureFailure(FailureKind.SHUTTING_DOWN, "the service is stopping")


class CameraController:
    """Controls one camera. ``run`` owns all tasks; call the other methods from the same event loop.

    Args:
        settings: The settings of this camera.
        boot_id: Identifies this run of the service in the status.
        surroundings: Its clocks, ids and processes.
        claims: Which ports the service's cameras use; ``None``: this is the only camera.
        start: Creates the supervisor of a camera process; ``None``: starts real processes.
    """

    def __init__(
        self,
        settings: ControllerSettings,
        *,
        boot_id: str,
        surroundings: Surroundings,
        claims: Claims | None = None,
        start: StartProcess | None = None,
    ) -> None:
        parts = assemble(settings, boot_id=boot_id, surroundings=surroundings, claims=claims, start=start)
        self._parts = parts
        self._clock = surroundings.time.monotonic
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
        """How many times the camera was lost or its process ended since the service started."""
        return self._camera.outages

    @property
    def saved_levels(self) -> Mapping[SaveLevel, int]:
        """How many captures reached each level of "saved" before they were answered, since the service started."""
        return self._photos.capture_index.saved_levels

    @property
    def sequences(self) -> SequenceService:
        """The camera's bursts, time-lapses and other sequences."""
        return self._photos.sequences

    @property
    def gallery(self) -> Gallery:
        """The camera's photos, for viewing."""
        return self._photos.gallery

    @property
    def verification(self) -> Verification:
        """The checks of the camera's stored photos."""
        return self._photos.verified.verification

    def answers(self, camera_id: str) -> bool:
        """Whether the camera has this name or serial number, which its address may give before it is first opened."""
        return camera_id in {self._camera.camera_id, self._camera.serial} or self.address == f"usb:{camera_id}"

    async def run(self) -> None:
        """Run the camera, its live view and its captures until cancelled.

        On cancellation it accepts no more captures, disconnects the viewers, waits for a photo that is being fetched
        from the camera's RAM until the photo's deadline (a second cancellation ends that wait), and ends the camera
        process.
        """
        try:
            async with asyncio.TaskGroup() as tasks:
                # An unexpected failure restarts the task in which it happened and never ends the service.
                work = [tasks.create_task(self.unexpected.kept(*task)) for task in tasks_of(self._parts).items()]
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
        """Connect the camera and wait until it is open.

        Raises ``CameraError`` after ``CONNECT_SECONDS``; the connection request stays in force.
        """
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
            cause, outage = self._camera.reason, self._camera.outage
            reason = f"no camera within {CONNECT_SECONDS:.0f} s" + (f": {cause.text}" if cause is not None else "")
            raise CameraError(reason, kind=outage.kind if outage else FailureKind.CAMERA_ABSENT) from None

    async def disconnect(self) -> None:
        """Release the camera until ``connect`` is called; a photo being fetched from its RAM is waited for first."""
        await self._photos.captures.fail_waiting(CaptureFailure(FailureKind.DISCONNECTED, DISCONNECTED.text))
        await self._wait_for_capture()
        # Immediately: once the status says that the camera is disconnected, no viewer may get another frame.
        self._live.disconnected(DISCONNECTED)
        await self._camera.disconnect()
        if not self._camera.wanted:
            self._live.disconnected(DISCONNECTED)

    async def start_live(self) -> None:
        """Start live view, or restart it if it is stuck; ignored while the camera is recovering.

        Raises ``CameraError``: NOT_SUPPORTED on a camera without live view.
        """
        if self._live.state is LiveState.UNSUPPORTED:
            raise CameraError(NO_LIVE_VIEW, kind=FailureKind.NOT_SUPPORTED)
        if not self._camera.up and self._camera.state is not CameraState.RECOVERING:
            self._camera.process()
        self._live.request()

    async def stop_live(self) -> None:
        """End the streams of the compat API; live view keeps running while it has other viewers."""
        self.hub.dismiss("live view was stopped", ViewerKind.PLAIN)
        self._live.release()

    async def apply(self, config: ConfigRequest) -> None:
        """Apply all given settings, or none. Raises ``BadInput`` naming the field, ``CameraError``."""
        await self._camera.apply(config)

    async def focus(self, request: FocusRequest) -> None:
        """Focus without taking a photo. Raises ``BadInput``, ``CameraError`` (also AUTOFOCUS_FAILED)."""
        await self._camera.focus(request.action, request.size, request.steps)

    async def look(self, wanted: ViewOptions) -> None:
        """Change how live view shows the scene. Raises ``BadInput``, ``CameraError`` (also NOT_SUPPORTED)."""
        await self._camera.look(wanted)

    def snapshot(self) -> Snapshot:
        """The current status."""
        return self._board.snapshot()

    async def changed(self, boot_id: str, rev: int, timeout_seconds: float) -> Snapshot:
        """The status: immediately if it is from another boot or newer than ``rev``, else on a change or timeout."""
        return await self._board.changed(boot_id, rev, timeout_seconds)

    def snapshots(self) -> AsyncGenerator[Snapshot]:
        """Yields the status now, on every change, and at least once a second."""
        return self._board.snapshots()

    def status(self) -> StatusAnswer:
        """The status in the compat API; without a camera, only ``connected`` is set."""
        return self._board.status()

    def capture_status(self) -> CaptureStatusAnswer:
        """The snapshot, whether a capture is running, and the fields of the oldest one; never touches the camera."""
        return self._board.capture_status()

    def health(self) -> CameraHealth:
        """The camera's viewers, recovery attempts, free space on its card, and hooks."""
        verified = self._photos.verified.verification.status().brief
        update = {"targets": self._photos.outbox.health(), "verification": verified}
        return self._board.health().model_copy(update=update)

    async def submit(
        self, request: CaptureRequest, idempotency_key: str | None, requester: Requester = NOBODY
    ) -> CaptureJob:
        """Accept one capture; the request is on the disk when this returns.

        A requester's own key returns the same job, also after a restart of the service, and never exposes twice.
        Raises ``BadInput``, ``StorageError``, ``CaptureError`` (``queue_full``, ``camera_absent`` ...).
        """
        return await self._photos.captures.submit(request, idempotency_key, requester=requester)

    async def cancel(self, capture_id: str) -> CaptureRecord:
        """Cancel a queued capture. Raises ``CaptureError`` if it is unknown (``not_found``) or has already started."""
        return await self._photos.captures.cancel(capture_id)

    async def index_read(self) -> None:
        """Wait until the index is read. Raises ``StorageError`` if that takes too long (INDEX_UNREAD) or fails."""
        await self._photos.capture_index.wait_until_read()

    async def knows_key(self, idempotency_key: str, requester: Requester) -> bool:
        """Whether ``requester`` has requested a capture with this key before; false also if that is unknown."""
        return await self._photos.captures.knows_key(idempotency_key, requester)

    def current_capture(self, capture_id: str) -> CaptureRecord | None:
        """A capture that runs or has just ended; ``None`` for any other id."""
        running = (job.record for job in self._photos.captures.running if job.id == capture_id)
        return next(running, None) or self._photos.capture_index.latest(capture_id)

    async def capture(self, capture_id: str) -> CaptureRecord | None:
        """A capture, running or ended; ``None`` for an unknown id. Raises ``StorageError``."""
        running = (job.record for job in self._photos.captures.running if job.id == capture_id)
        return next(running, None) or await self._photos.capture_index.find(capture_id)

    async def captures_page(self, cursor: str | None, limit: int, reach: Reach = EVERYTHING) -> CapturePage:
        """One page of the captures within reach, newest first, starting after ``cursor``.

        Raises ``BadInput``, ``StorageError``.
        """
        running = [(job.ordinal, job.record) for job in self._photos.captures.running]
        return await capture_page(self._photos.capture_index, running, cursor, limit, reach)

    async def photo(self, photo_id: str) -> tuple[PhotoFile, Path] | None:
        """A photo's details and its absolute path; ``None`` for an unknown id. Raises ``StorageError``."""
        return await self._photos.capture_index.photo(photo_id)

    async def _wind_down(self) -> None:
        self._photos.sequences.close()
        if self._photos.second_copies is not None:
            self._photos.second_copies.close()
        await self._photos.captures.close(STOPPING)
        self.hub.dismiss(STOPPING.reason)
        await self._wait_for_capture()

    async def _wait_for_capture(self) -> None:
        """Wait briefly for the capture in progress; longer for a photo that exists only in the camera's RAM."""
        deadline = self._clock() + SHUTDOWN_SECONDS
        while (job := self._photos.captures.current) is not None:
            opened = self._camera.opened
            only_in_ram = (
                opened is not None and opened.capture_target == "ram" and job.phase is CapturePhase.DOWNLOADING
            )
            left = self._photos.captures.remaining_seconds(job) if only_in_ram else deadline - self._clock()
            if left <= 0:
                return
            await self._revision.newer_than(self._revision.number, left)
