"""The real service over a camera process that is none: it paints the simulated scene and does as a test says."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tests.support import shared_routes
from tests.support.camera_process import OPENED, FakeCameraProcess
from tests.support.surroundings import THIS_MACHINE

from photonic import web
from photonic.model.capture_options import PLAIN
from photonic.service.camera.controller import CameraController
from photonic.service.camera.controller_settings import ControllerSettings
from photonic.service.config.access import access_policy
from photonic.service.config.certificates import create_certificates
from photonic.service.config.settings import ServiceSettings
from photonic.service.http.access import access_in_memory
from photonic.service.server import serve_cameras
from photonic.service.support.log_ring import LogRing
from photonic.serving.listening import bind, url_of
from photonic.serving.unix_socket import bind_unix
from photonic.simulator.pixels import Stamp
from photonic.simulator.scene import Scene
from photonic.worker.link.messages import CameraOpened, PreviewChanged

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from photonic.model.capture_options import ArrivedPhoto, CaptureOptions
    from photonic.model.hook import Hook
    from photonic.service.camera.dispatch import EventDispatch
    from photonic.worker.link.messages import Profiles

shared_routes.install()

PAGE = Path(web.__file__).parent
FRAME_SECONDS = 1 / 30
SCENE = Scene(480, 320, target_bytes=24_000)
NO_HOOKS: Mapping[str, Hook] = MappingProxyType({})
ISO, APERTURE_TENTHS, SHUTTER_US = 400, 56, 8_000


class ScenicCamera(FakeCameraProcess):
    """Frames at 30 a second while live view is on, none during a capture; ``flowing`` False: none at all.

    ``started`` is set whenever live view has been asked for.
    """

    def __init__(self, profiles: Profiles, listener: EventDispatch) -> None:
        super().__init__(profiles, listener)
        self.opened = None
        self.counter = 0
        self.flowing = True
        self.live = False
        self.started = asyncio.Event()
        self.photos = {"IMG_0001.JPG": self.painted("photo")}

    def painted(self, kind: str = "viewfinder") -> bytes:
        """A picture whose stamp has the next counter."""
        self.counter += 1
        camera_us = time.monotonic_ns() // 1000
        return SCENE.frame(
            Stamp(
                "photo" if kind == "photo" else "viewfinder", self.counter, camera_us, ISO, APERTURE_TENTHS, SHUTTER_US
            )
        )

    async def run(self) -> None:
        """Frames until cancelled."""
        self.listener.event(OPENED)
        while True:
            await asyncio.sleep(FRAME_SECONDS)
            if self.live and self.flowing:
                self.listener.frame(time.monotonic_ns() // 1000, self.painted())

    async def start_preview(self) -> None:
        """Live view on."""
        self.calls.append("start_preview")
        self.listener.event(PreviewChanged(state="starting"))
        self.live = True
        self.started.set()
        self.listener.event(PreviewChanged(state="running"))

    async def stop_preview(self) -> None:
        """Live view off."""
        self.live = False
        await super().stop_preview()

    async def capture(
        self,
        capture_id: str,
        staging: str,
        options: CaptureOptions = PLAIN,
        earlier: ArrivedPhoto | None = None,
    ) -> None:
        """Live view pauses until the photo is there or has failed."""
        was_live, self.live = self.live, False
        self.listener.event(PreviewChanged(state="paused", reason="a photo is taken", resume_by_seconds=20.0))
        try:
            await super().capture(capture_id, staging, options, earlier)
        finally:
            self.live = was_live
            self.listener.event(PreviewChanged(state="running" if was_live else "off"))

    def come_back(self, opened: CameraOpened = OPENED) -> None:
        """The camera is there again, with live view off."""
        self.live = False
        super().come_back(opened)


class ScenicService:
    """The service, its newest ``camera`` process, its page's ``url``, and who gets in (``access``).

    ``settings`` may say TLS. ``logs``: what the page shows of the log.
    """

    def __init__(self, photo_root: Path, port: int = 0, hooks: Mapping[str, Hook] = NO_HOOKS, **settings: Any) -> None:
        self._cameras: list[ScenicCamera] = []
        self._settings = ServiceSettings(photo_root=photo_root, **settings)
        uds = self._settings.uds
        self._listener = bind("127.0.0.1", port) if uds is None else bind_unix(uds)
        self._certificates = create_certificates(self._settings, THIS_MACHINE.time)
        self.access = access_in_memory(access_policy(self._settings), THIS_MACHINE.time.monotonic)
        self._stop = asyncio.Event()
        self._ready = asyncio.Event()
        self.logs = LogRing()
        self.url = url_of(self._listener, tls=self._certificates is not None)
        self.port: int = self._listener.getsockname()[1] if uds is None else 0
        self.controller = CameraController(
            ControllerSettings(
                name=None,
                address="fake",
                photo_root=photo_root,
                saved=self._settings.saved,
                second_root=self._settings.second_root,
                min_free_bytes=0,
                hooks=hooks,
            ),
            boot_id=THIS_MACHINE.new_id(),
            surroundings=THIS_MACHINE,
            start=self._start,
        )

    @property
    def camera(self) -> ScenicCamera:
        """The camera process that runs now."""
        return self._cameras[-1]

    async def run(self) -> None:
        """Serve until ``stop``."""
        await serve_cameras(
            self._settings,
            [self.controller],
            [self._listener],
            certificates=self._certificates,
            page=PAGE,
            logs=self.logs,
            on_ready=self._ready.set,
            handle_signals=False,
            stop=self._stop,
            access=self.access,
        )

    def _start(self, profiles: Profiles, listener: EventDispatch) -> ScenicCamera:
        self._cameras.append(ScenicCamera(profiles, listener))
        return self._cameras[-1]

    async def up(self) -> None:
        """Waits until requests are answered."""
        await self._ready.wait()

    def stop(self) -> None:
        """Ends ``run``."""
        self._stop.set()


@asynccontextmanager
async def scenic_service(
    photo_root: Path, port: int = 0, hooks: Mapping[str, Hook] = NO_HOOKS, **settings: Any
) -> AsyncGenerator[ScenicService]:
    """A service that answers, and that is gone on leaving; ``settings``: of the service, such as ``token``."""
    service = ScenicService(photo_root, port, hooks, **settings)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(service.run())
        try:
            async with asyncio.timeout(20):
                await service.up()
            yield service
        finally:
            service.stop()
            await asyncio.wait([running])
