"""The table of all routers, with the address under which each is included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Depends

from photonic.service.http.routes.access import access_router
from photonic.service.http.routes.audit import audit_router
from photonic.service.http.routes.authority import authority_router
from photonic.service.http.routes.camera import camera_router
from photonic.service.http.routes.cameras import cameras_router
from photonic.service.http.routes.captures import capture_router, captures_router
from photonic.service.http.routes.dependencies import documented_camera_id, only_known_query
from photonic.service.http.routes.diagnosis import camera_health_router, diagnosis_router
from photonic.service.http.routes.gallery import gallery_router
from photonic.service.http.routes.health import events_router, health_router
from photonic.service.http.routes.links import links_router
from photonic.service.http.routes.live import live_router
from photonic.service.http.routes.operator import operator_router
from photonic.service.http.routes.pages import add_pages
from photonic.service.http.routes.photos import photos_router
from photonic.service.http.routes.profiles import profiles_router
from photonic.service.http.routes.reference import add_reference
from photonic.service.http.routes.sequences import sequences_router
from photonic.service.http.routes.sessions import sessions_router
from photonic.service.http.routes.settings import settings_router
from photonic.service.http.routes.sign_in import add_sign_in
from photonic.service.http.routes.snapshot import snapshot_router
from photonic.service.http.routes.streamers import streamers_router
from photonic.service.http.routes.verification import verification_router

if TYPE_CHECKING:
    from pathlib import Path

    from fastapi import FastAPI

API = "/api/v1"

ONE_CAMERA = (
    camera_router,
    live_router,
    snapshot_router,
    capture_router,
    sequences_router,
    settings_router,
    profiles_router,
    camera_health_router,
    verification_router,
)
"""Included twice: under ``/camera``, the default camera, and under ``/cameras/{camera_id}``."""
ALL_CAMERAS = (
    cameras_router,
    captures_router,
    gallery_router,  # before photos_router: /photos/deleted would match /photos/{photo_id}
    photos_router,
    sessions_router,
    events_router,
    operator_router,
    audit_router,
    access_router,
    links_router,
    diagnosis_router,
)
"""Included under the API prefix; ``?camera=`` selects a camera where that makes sense."""
AT_ROOT = (health_router, authority_router)


def add_routes(app: FastAPI, page: Path | None, *, streamers: bool = True) -> None:
    """Add every route.

    Args:
        app: The application.
        page: The folder of the web page; ``None``: there is no page.
        streamers: Whether the addresses of mjpg-streamer and uStreamer exist.
    """
    known_query = Depends(only_known_query)
    for make in ONE_CAMERA:
        router = make()
        app.include_router(router, prefix=f"{API}/camera", dependencies=[known_query])
        named = [Depends(documented_camera_id), known_query]
        app.include_router(router, prefix=f"{API}/cameras/{{camera_id}}", dependencies=named)
    for make in ALL_CAMERAS:
        app.include_router(make(), prefix=API, dependencies=[known_query])
    for make in (*AT_ROOT, streamers_router) if streamers else AT_ROOT:
        app.include_router(make(), dependencies=[known_query])
    add_reference(app, page)
    add_sign_in(app, page)
    add_pages(app, page)
