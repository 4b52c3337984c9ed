"""What every route can reach: settings, stations, their status feeds, and the end of the service."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog
from starlette.exceptions import HTTPException
from structlog.contextvars import bind_contextvars

from photonic.errors import PhotonicError
from photonic.service.base.shutdown import ShutdownScope, leaf
from photonic.service.base.unexpected import Unexpected, Where
from photonic.service.files.root_probe import RootProbe
from photonic.service.http.operator_lock import OperatorLock
from photonic.service.http.refusals import Refusals
from photonic.service.http.status_feed import StatusFeed
from photonic.service.support.doctor import Examination
from photonic.service.support.log_ring import LogRing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from photonic.service.config.settings import ServiceSettings
    from photonic.service.http.camera_control import CameraControl

STOPPING = "the service is stopping"

log = structlog.stdlib.get_logger(__name__)


@dataclass(eq=False)
class AppContext:
    """One service's HTTP side; ``clock`` is monotonic seconds, the frames' clock.

    ``failure`` is what brought a station down, ``None`` while all is well; ``stopping`` is set once, by ``stop``.
    ``logs`` has the newest lines of the log, where somebody feeds it; ``examination`` is the doctor, ``root_probe``
    writes to the photo root. ``unexpected`` counts what belongs to no camera; ``refusals``: what the server refused
    before any route saw it.
    """

    settings: ServiceSettings
    controllers: Sequence[CameraControl]
    clock: Callable[[], float] = time.monotonic
    shutdown: ShutdownScope = field(default_factory=ShutdownScope)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    failure: BaseException | None = None
    logs: LogRing = field(default_factory=LogRing)
    refusals: Refusals = field(default_factory=Refusals)
    unexpected: Unexpected = field(default_factory=Unexpected)
    feeds: dict[int, StatusFeed] = field(init=False)
    lock: OperatorLock = field(init=False)
    examination: Examination = field(init=False)
    root_probe: RootProbe = field(init=False)

    def __post_init__(self) -> None:
        self.feeds = {id(controller): StatusFeed(controller) for controller in self.controllers}
        pin = self.settings.operator_pin
        self.lock = OperatorLock(
            pin.get_secret_value() if pin is not None else None, secrets.token_urlsafe(32), self.clock
        )
        self.examination = Examination(self.settings)
        self.root_probe = RootProbe(
            self.settings.photo_root,
            min_free_bytes=self.settings.min_free_mb * 1_000_000,
            cameras=tuple(self.settings.cameras),
        )

    def controller(self, camera_id: str | None) -> CameraControl:
        """The camera of that name, else of that serial number; ``None``: the default one.

        Raises a 404 that names those that there are.
        """
        if camera_id is None:
            return self.controllers[0]
        known = [controller.camera_id for controller in self.controllers]
        if camera_id in known:
            return self.controllers[known.index(camera_id)]
        for controller in self.controllers:
            if controller.answers(camera_id):
                return controller
        raise HTTPException(404, f"there is no camera {camera_id[:100]!r}; there is {', '.join(known)}")

    def chosen(self, camera_id: str | None) -> Sequence[CameraControl]:
        """The camera of that name, or all of them. Raises a 404."""
        return self.controllers if camera_id is None else (self.controller(camera_id),)

    def feed(self, controller: CameraControl) -> StatusFeed:
        """The station's status as text."""
        return self.feeds[id(controller)]

    def stop(self) -> None:
        """Begin the end: every stream and every long wait ends now; the server sees ``stopping``."""
        if self.stopping.is_set():
            return
        self.stopping.set()
        self.shutdown.end(STOPPING)

    async def run(self, controller: CameraControl) -> None:
        """Run one station and its feed until the service stops; a station that fails stops the service, and says so.

        The station leaves its camera while the last requests are answered, not after them.
        """
        failure: BaseException = PhotonicError(f"station {controller.camera_id} ended by itself")
        if len(self.controllers) > 1:
            # In every line that this station logs from here on: of several cameras, which one it is about.
            bind_contextvars(camera=controller.camera_id)
        try:
            async with asyncio.TaskGroup() as tasks:
                running = tasks.create_task(controller.run())
                beside = (
                    tasks.create_task(self.unexpected.kept(Where.STATUS, self.feed(controller).run)),
                    tasks.create_task(self._end_when_stopping(running)),
                )
                await asyncio.wait([running])
                for task in beside:
                    task.cancel()
        except Exception as error:  # noqa: BLE001 - whatever it was, the service must not go on without its camera
            failure = leaf(error)
        else:
            if self.stopping.is_set():
                return
        log.critical("station failed; the service stops", camera=controller.camera_id, exc_info=failure)
        self.failure = failure
        self.stop()

    async def _end_when_stopping(self, running: asyncio.Task[None]) -> None:
        await self.stopping.wait()
        running.cancel()
