"""The application context: the state that every route can use, and the start and end of the cameras.

Theory of operation. Each camera runs in a task of its own, with its status feed beside it. A camera task ends in two
ways. ``stop`` sets ``stopping``: streams and long waits end at once, and the camera is released while the last requests
are still being answered. If the task fails or returns instead, the service would look alive but take no photo, so the
failure is kept in ``failure`` and stops the whole service; the process then exits with an error, so that its supervisor
(such as systemd) restarts it. A feed that fails is restarted: it has no state that could be lost.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

import structlog
from starlette.exceptions import HTTPException
from structlog.contextvars import bind_contextvars

from photonic.access.audit import AuditAction, AuditEvent, event_of
from photonic.access.connection_counts import ConnectionCounts
from photonic.access.permission import Permission
from photonic.access.usage import Pool
from photonic.errors import PhotonicError
from photonic.service.base.background import leaf
from photonic.service.base.unexpected import Unexpected, Where
from photonic.service.files.root_probe import RootProbe
from photonic.service.http import descriptors
from photonic.service.http.guests import GuestAdmission
from photonic.service.http.refused_requests import RefusedRequests
from photonic.service.http.status_feed import StatusFeed
from photonic.service.support.doctor import DoctorRunner
from photonic.service.support.log_ring import LogRing
from photonic.serving.gate import PRINCIPAL, caller_from, principal_of
from photonic.serving.leases import CHECK_EVERY_SECONDS, Leases, StreamLease
from photonic.serving.shares import Shares
from photonic.serving.shutdown_scope import ShutdownScope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import HTTPConnection

    from photonic.access.caller import Caller
    from photonic.access.control import AccessControl
    from photonic.access.principal import Principal
    from photonic.machine.timekeeping import Timekeeping
    from photonic.service.base.surroundings import Surroundings
    from photonic.service.config.settings import ServiceSettings
    from photonic.service.http.camera_control import CameraControl
    from photonic.serving.access_state import AccessState
    from photonic.serving.audit_log import AuditLog
    from photonic.serving.certificates import Certificates

RESERVED_VIEWERS = 8
"""Viewers for which there is room even if guests watch on all other places."""
STOPPING = "the service is stopping"

log = structlog.stdlib.get_logger(__name__)


@dataclass(eq=False)
class AppContext:
    """The state of one application, shared by its routes, middleware and server.

    Args:
        settings: The service's settings.
        controllers: The cameras; the first is the default camera.
        access: Knows who sent a request.
        surroundings: The clocks and processes.
        shutdown: Ends streams and long waits.
        stopping: Set once, by ``stop``.
        failure: The exception that ended a camera; ``None`` while all cameras run.
        logs: The newest log lines.
        refused: Counts the requests that connections or the gate refused before a route saw them.
        unexpected: Counts unexpected failures that belong to no camera.
        audit_log: Records who got in, and who changed what.
        certificates: The service's certificate; ``None``: it speaks plain HTTP.
        access_state: What keeps ``access`` in files; ``None``: nothing does.
    """

    settings: ServiceSettings
    controllers: Sequence[CameraControl]
    access: AccessControl
    surroundings: Surroundings
    audit_log: AuditLog
    shutdown: ShutdownScope = field(default_factory=ShutdownScope)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    failure: BaseException | None = None
    logs: LogRing = field(default_factory=LogRing)
    unexpected: Unexpected = field(default_factory=Unexpected)
    certificates: Certificates | None = None
    access_state: AccessState | None = None
    refused: RefusedRequests = field(init=False)
    feeds: dict[int, StatusFeed] = field(init=False)
    leases: Leases = field(init=False)
    guests: GuestAdmission = field(init=False)
    doctor: DoctorRunner = field(init=False)
    root_probe: RootProbe = field(init=False)
    connections: ConnectionCounts = field(init=False)
    shares: Shares = field(init=False)

    def __post_init__(self) -> None:
        settings = self.settings
        self.refused = RefusedRequests(self.time.monotonic)
        self.connections = ConnectionCounts(
            descriptors.connection_limits(settings.max_connections, settings.max_connections_per_address)
        )
        viewers = Pool(settings.max_viewers, min(settings.max_viewers // 8, RESERVED_VIEWERS))
        self.shares = Shares(self.access, viewers)
        self.feeds = {id(controller): StatusFeed(controller) for controller in self.controllers}
        self.leases = Leases(self.access)
        self.guests = GuestAdmission(
            self.settings.guest_limits, pin_set=self.access.policy.pin is not None, time=self.time
        )
        self.doctor = DoctorRunner(self.settings, self.surroundings)
        self.root_probe = RootProbe(
            self.settings.photo_root,
            min_free_bytes=self.settings.min_free_mb * 1_000_000,
            cameras=tuple(self.settings.cameras),
        )

    @property
    def time(self) -> Timekeeping:
        """The clocks; the monotonic one is that of the frames."""
        return self.surroundings.time

    def controller(self, camera_id: str | None) -> CameraControl:
        """The camera with this name or else with this serial number; ``None``: the default camera.

        Raises a 404 that lists the known cameras.
        """
        if camera_id is None:
            return self.controllers[0]
        if (found := self.find(camera_id)) is not None:
            return found
        known = [controller.camera_id for controller in self.controllers]
        raise HTTPException(404, f"unknown camera {camera_id[:100]!r}; known cameras: {', '.join(known)}")

    def find(self, camera_id: str) -> CameraControl | None:
        """The camera with this name or else with this serial number; ``None``: there is none."""
        named = (controller for controller in self.controllers if controller.camera_id == camera_id)
        numbered = (controller for controller in self.controllers if controller.answers(camera_id))
        return next(chain(named, numbered), None)

    def chosen(self, camera_id: str | None) -> Sequence[CameraControl]:
        """The camera that ``controller`` finds; ``None``: all cameras. Raises a 404."""
        return self.controllers if camera_id is None else (self.controller(camera_id),)

    def feed(self, controller: CameraControl) -> StatusFeed:
        """The status feed of a camera."""
        return self.feeds[id(controller)]

    def lease(self, connection: HTTPConnection, permission: Permission = Permission.WATCH) -> StreamLease:
        """What bounds a stream to the sender of this request; ``permission``: what its route needs."""
        return StreamLease(self.leases, self.shutdown, principal_of(connection), self.shares, permission)

    async def audit(
        self,
        connection: HTTPConnection,
        action: AuditAction,
        what: str | None = None,
        *,
        camera: str | None = None,
        principal: Principal | None = None,
    ) -> None:
        """Record what the sender of a request did.

        Args:
            connection: The request.
            action: What it did.
            what: The id or name of its object, never a secret; ``None``: it has none.
            camera: The camera's name; ``None``: no camera is concerned.
            principal: Who did it; ``None``: the principal of the request, if it has one.
        """
        caller, who = caller_from(connection), principal or connection.scope.get(PRINCIPAL)
        await self.audit_log.record(event_of(action, who, address=caller.client, what=what, camera=camera))

    async def on_wrong_credential(self, caller: Caller) -> None:
        """Record a wrong token in a header."""
        await self.audit_log.record(AuditEvent(AuditAction.SIGN_IN_FAILED, means="token", address=caller.client))

    def stop(self) -> None:
        """Begin the shutdown: end every stream and every long wait, and let the server exit."""
        if self.stopping.is_set():
            return
        self.stopping.set()
        self.shutdown.end(STOPPING)

    async def run(self, controller: CameraControl) -> None:
        """Run one camera and its feed until the service stops; a camera that fails stops the service."""
        failure: BaseException = PhotonicError(f"camera {controller.camera_id} stopped without giving a reason")
        if len(self.controllers) > 1:
            # With several cameras, every log line of this task names its camera.
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
        except Exception as error:  # noqa: BLE001 - any failure: the service must not continue without its camera
            failure = leaf(error)
        else:
            if self.stopping.is_set():
                return
        log.critical("camera failed; stopping the service", camera=controller.camera_id, exc_info=failure)
        self.failure = failure
        self.stop()

    async def watch_access(self) -> None:
        """End the streams whose right has ended, until cancelled."""
        while True:
            await asyncio.sleep(CHECK_EVERY_SECONDS)
            self.leases.check()

    async def _end_when_stopping(self, running: asyncio.Task[None]) -> None:
        await self.stopping.wait()
        running.cancel()
