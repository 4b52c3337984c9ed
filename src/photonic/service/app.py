"""Wiring: settings and stations in, an ASGI application out. Nothing happens at import."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING
from uuid import uuid4

import structlog
from fastapi import Depends, FastAPI
from starlette.middleware.cors import CORSMiddleware

from photonic.service.base.unexpected import Unexpected, Where
from photonic.service.camera.controller import CameraController
from photonic.service.camera.controller_settings import ControllerSettings
from photonic.service.config import cameras
from photonic.service.http import problems
from photonic.service.http.bodies import BodyLimit
from photonic.service.http.context import AppContext
from photonic.service.http.head import HeadOfGet
from photonic.service.http.operator_gate import OperatorGate
from photonic.service.http.routes.camera import camera_router
from photonic.service.http.routes.cameras import cameras_router
from photonic.service.http.routes.captures import capture_router, captures_router
from photonic.service.http.routes.dependencies import documented_camera_id, only_known_query
from photonic.service.http.routes.diagnosis import camera_health_router, diagnosis_router
from photonic.service.http.routes.gallery import gallery_router
from photonic.service.http.routes.health import events_router, health_router
from photonic.service.http.routes.live import live_router
from photonic.service.http.routes.operator import operator_router
from photonic.service.http.routes.pages import add_pages
from photonic.service.http.routes.photos import photos_router
from photonic.service.http.routes.profiles import profiles_router
from photonic.service.http.routes.reference import add_reference
from photonic.service.http.routes.sequences import sequences_router
from photonic.service.http.routes.sessions import sessions_router
from photonic.service.http.routes.settings import settings_router
from photonic.service.http.routes.snapshot import snapshot_router
from photonic.service.http.security import Gate, SecurityHeaders
from photonic.service.photo.template import PhotoName
from photonic.service.support.log_ring import LogRing
from photonic.worker.kinds import driver_of
from photonic.worker.supervision.claims import Claims

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence
    from pathlib import Path

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from photonic.service.config.settings import ServiceSettings
    from photonic.service.http.camera_control import CameraControl

API = "/api/v1"
KNOWN_QUERY = Depends(only_known_query)

SECONDS_A_DAY = 86_400.0

log = structlog.stdlib.get_logger(__name__)


def create_stations(settings: ServiceSettings) -> list[CameraController]:
    """A station for each camera that the settings name, the default one first."""
    claims = Claims()
    return [_create_station(one, claims) for one in cameras.singles(settings)]


def _create_station(settings: ServiceSettings, claims: Claims) -> CameraController:
    return CameraController(
        ControllerSettings(
            name=settings.camera_name,
            address=settings.camera,
            driver=driver_of(settings.camera),
            photo_root=settings.photo_root,
            capture_target=settings.capture_target.value,
            image_path=settings.image_path.value,
            queue_length=settings.queue_length,
            preview_grace_seconds=settings.preview_grace_seconds,
            min_free_bytes=settings.min_free_mb * 1_000_000,
            low_space_bytes=settings.low_space_mb * 1_000_000,
            retry_without_autofocus=settings.retry_without_autofocus,
            delete_after_download=settings.delete_after_download,
            fetch_films=settings.fetch_films,
            trash_seconds=settings.trash_days * SECONDS_A_DAY,
            photo_name=PhotoName(settings.photo_name),
            body_session=settings.body_session,
            hooks=settings.hooks,
            webhooks=settings.webhooks,
            profiles=settings.profiles,
            profile=settings.profile,
            foreign_folders=tuple(settings.cameras),
        ),
        boot_id=uuid4().hex,
        claims=claims,
    )


def create_app(
    settings: ServiceSettings,
    controllers: Sequence[CameraControl],
    page: Path | None = None,
    logs: LogRing | None = None,
) -> FastAPI:
    """The application over ``controllers``, the first of which is the default camera.

    ``page``: the folder of the web page, ``None`` for none. ``logs``: what the log is kept in; ``None``: it is not.
    The application's ``state.surface`` is its ``AppContext``.
    """
    app_context = AppContext(settings, controllers, logs=logs or LogRing())
    app = FastAPI(
        title="photonic",
        version=version("photonic"),
        description="Live view and safe captures for tethered cameras.",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
    )
    app.state.app_context = app_context
    problems.install(app)
    for router in (
        camera_router(),
        live_router(),
        snapshot_router(),
        capture_router(),
        sequences_router(),
        settings_router(),
        profiles_router(),
        camera_health_router(),
    ):
        app.include_router(router, prefix=f"{API}/camera", dependencies=[KNOWN_QUERY])
        named = [Depends(documented_camera_id), KNOWN_QUERY]
        app.include_router(router, prefix=f"{API}/cameras/{{camera_id}}", dependencies=named)
    for router in (
        cameras_router(),
        captures_router(),
        gallery_router(),
        photos_router(),
        sessions_router(),
        events_router(),
        operator_router(),
        diagnosis_router(),
    ):
        app.include_router(router, prefix=API, dependencies=[KNOWN_QUERY])
    app.include_router(health_router(), dependencies=[KNOWN_QUERY])
    add_reference(app, page)
    add_pages(app, page)
    # The last one added is the outermost.
    app.add_middleware(HeadOfGet)
    app.add_middleware(BodyLimit)
    app.add_middleware(OperatorGate, lock=app_context.lock)
    if settings.allowed_origins:
        app.add_middleware(
            CORSMiddleware, allow_origins=settings.allowed_origins, allow_methods=["*"], allow_headers=["*"]
        )
    app.add_middleware(Gate, settings=settings)
    app.add_middleware(LifespanFaults, unexpected=app_context.unexpected)
    app.add_middleware(SecurityHeaders)
    return app


class LifespanFaults:
    """ASGI: an exception that nobody expected is counted, logged in full once, and answered without its insides."""

    def __init__(self, app: ASGIApp, unexpected: Unexpected) -> None:
        self._app = app
        self._unexpected = unexpected

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection."""
        started = False

        async def watched_send(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched_send)
        except Exception as error:
            self._unexpected.met(Where.REQUESTS, error)
            if scope["type"] != "http" or started:
                raise
            log.error("request failed", method=scope["method"], path=scope["path"], error=type(error).__name__)  # noqa: TRY400 - in full once, by what counts it
            await problems.of_status(500, "the service failed; its log says why")(scope, receive, send)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncGenerator[None]:
    """Stations run for as long as the application is served; at its end each leaves its camera in order."""
    app_context: AppContext = app.state.app_context
    async with asyncio.TaskGroup() as tasks:
        for controller in app_context.controllers:
            tasks.create_task(app_context.run(controller))
        try:
            yield
        finally:
            app_context.stop()
