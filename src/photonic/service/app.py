"""Wiring: settings and cameras in, an ASGI application out. Nothing happens at import."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from functools import cache, partial
from typing import TYPE_CHECKING

from fastapi import FastAPI

from photonic.access.forwarding import TrustedProxies
from photonic.access.origins import OriginRule
from photonic.protocol.live import SUBPROTOCOL
from photonic.service.base.surroundings import Surroundings
from photonic.service.base.unexpected import Where
from photonic.service.camera.controller import CameraController
from photonic.service.camera.controller_settings import ControllerSettings
from photonic.service.config import cameras
from photonic.service.config.access import access_policy, host_rule
from photonic.service.http.access import access_in_memory, route_permissions
from photonic.service.http.bodies import BodyLimit
from photonic.service.http.context import AppContext
from photonic.service.http.head import HeadOfGet
from photonic.service.http.routes.pages import VIEW
from photonic.service.http.routes.streamers import StreamerActions
from photonic.service.http.routes.table import add_routes
from photonic.service.http.unexpected_errors import UnexpectedErrors
from photonic.service.photo.template import PhotoName
from photonic.service.support.log_ring import LogRing
from photonic.serving import problems
from photonic.serving.audit_log import AuditLog
from photonic.serving.cross_origin import CrossOrigin
from photonic.serving.gate import Gate
from photonic.serving.proxies import Proxies
from photonic.serving.relative_redirects import RelativeRedirects
from photonic.serving.security_headers import SecurityHeaders
from photonic.serving.shares import ShareGate
from photonic.version import __version__
from photonic.worker.kinds import driver_of
from photonic.worker.supervision.claims import Claims

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from pathlib import Path

    from photonic.access.control import AccessControl
    from photonic.service.config.settings import ServiceSettings
    from photonic.service.http.camera_control import CameraControl

SECONDS_A_DAY = 86_400.0


def create_controllers(settings: ServiceSettings, surroundings: Surroundings) -> list[CameraController]:
    """A controller for each configured camera, the default camera first."""
    claims = Claims()
    root = settings.photo_root
    return [_create_controller(one, root, claims, surroundings) for one in cameras.singles(settings)]


def _create_controller(
    settings: ServiceSettings, root: Path, claims: Claims, surroundings: Surroundings
) -> CameraController:
    return CameraController(
        controller_settings(settings, root), boot_id=surroundings.new_id(), claims=claims, surroundings=surroundings
    )


def controller_settings(settings: ServiceSettings, root: Path | None = None) -> ControllerSettings:
    """The settings of one camera, from the service's settings as if it were the only one.

    ``root``: the photo root of the service; ``None``: it is this camera's.
    """
    return ControllerSettings(
        name=settings.camera_name,
        address=settings.camera,
        driver=driver_of(settings.camera),
        photo_root=settings.photo_root,
        saved=settings.saved,
        second_root=settings.second_root,
        # As in the photo root: a camera that is alone has the folder for itself.
        second_folder="" if root in {None, settings.photo_root} else settings.photo_root.name,
        capture_target=settings.capture_target.value,
        image_path=settings.image_path.value,
        queue_length=settings.queue_length,
        preview_grace_seconds=settings.preview_grace_seconds,
        min_free_bytes=settings.min_free_mb * 1_000_000,
        low_space_bytes=settings.low_space_mb * 1_000_000,
        photo_mode=int(settings.photo_mode, 8),
        retry_without_autofocus=settings.retry_without_autofocus,
        delete_after_download=settings.delete_after_download,
        fetch_films=settings.fetch_films,
        trash_seconds=settings.trash_days * SECONDS_A_DAY,
        photo_name=PhotoName(settings.photo_name),
        body_session=settings.body_session,
        hooks=settings.hooks,
        webhooks=settings.webhooks,
        verify_bytes_a_second=settings.verify_rate_mb * 1e6,
        index_copies=settings.index_copies,
        profiles=settings.profiles,
        profile=settings.profile,
        foreign_folders=tuple(settings.cameras),
    )


def create_app(
    settings: ServiceSettings,
    controllers: Sequence[CameraControl],
    page: Path | None = None,
    logs: LogRing | None = None,
    access: AccessControl | None = None,
    *,
    audit_log: AuditLog | None = None,
    surroundings: Surroundings | None = None,
) -> FastAPI:
    """Build the application.

    Args:
        settings: The service's settings.
        controllers: The cameras; the first is the default camera.
        page: The folder of the web page; ``None``: there is no page.
        logs: The handler that keeps the newest log lines; ``None``: the log shown over HTTP is empty.
        access: Knows who sent a request; ``None``: made from the settings, and kept in memory.
        audit_log: Records who got in, and who changed what; ``None``: nothing is recorded.
        surroundings: The clocks and processes; ``None``: those of this machine.

    Returns:
        The application; its ``state.app_context`` is the ``AppContext``.
    """
    surroundings = surroundings or Surroundings.of_this_machine()
    clock = surroundings.time.monotonic
    app_context = AppContext(
        settings,
        controllers,
        access or access_in_memory(access_policy(settings), clock),
        surroundings,
        audit_log or AuditLog(None, time=surroundings.time),
        logs=logs or LogRing(),
    )
    app = FastAPI(
        title="photonic",
        version=__version__,
        description="Live view and safe captures for tethered cameras.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_lifespan,
    )
    app.state.app_context = app_context
    problems.install(app)
    add_routes(app, page, streamers=settings.streamer_addresses)
    # The last middleware added is the outermost.
    app.add_middleware(HeadOfGet)
    app.add_middleware(BodyLimit)
    app.add_middleware(ShareGate, shares=app_context.shares)
    hosts, origins = host_rule(settings), OriginRule(settings.allowed_origins)
    app.add_middleware(
        Gate,
        control=app_context.access,
        hosts=hosts,
        origins=origins,
        permissions=cache(partial(route_permissions, app, app_context)),
        subprotocol=SUBPROTOCOL,
        on_wrong_credential=app_context.on_wrong_credential,
        refusals=app_context.refused.counts,
        clock=clock,
    )
    app.add_middleware(RelativeRedirects)
    app.add_middleware(UnexpectedErrors, unexpected=app_context.unexpected)
    app.add_middleware(CrossOrigin, origins=origins, shown_pages=(VIEW,))
    app.add_middleware(SecurityHeaders, origins=origins, shown_pages=(VIEW,))
    if settings.streamer_addresses:
        app.add_middleware(StreamerActions)
    app.add_middleware(
        Proxies, trusted=TrustedProxies.parse(settings.trusted_proxies), hosts=hosts, root_path=settings.root_path
    )
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncGenerator[None]:
    """Run the cameras while the application is served; then release each camera properly."""
    app_context: AppContext = app.state.app_context
    state, kept = app_context.access_state, app_context.unexpected.kept
    async with asyncio.TaskGroup() as tasks:
        for controller in app_context.controllers:
            tasks.create_task(app_context.run(controller))
        watchers = [tasks.create_task(kept(Where.ACCESS, app_context.watch_access))]
        if state is not None:
            watchers.append(tasks.create_task(kept(Where.ACCESS, state.run)))
        try:
            yield
        finally:
            for watcher in watchers:
                watcher.cancel()
            app_context.stop()
    if state is not None:
        with app_context.unexpected.survived(Where.ACCESS):
            await state.close()
