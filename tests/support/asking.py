"""A client of the application without a network: for tests of routes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import httpx2
from tests.support import shared_routes

from photonic.service.app import create_app
from photonic.service.config.settings import ServiceSettings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from photonic.service.http.camera_control import CameraControl
    from photonic.service.http.context import AppContext

CAMERA = "/api/v1/camera"
NOWHERE = Path("/dev/null/nowhere")

shared_routes.install()


def asking(
    *controllers: CameraControl, page: Path | None = None, base: str = "http://127.0.0.1:8000", **settings: Any
) -> httpx2.AsyncClient:
    """A client of a service over ``controllers``; enter it with ``async with``."""
    settings.setdefault("photo_root", NOWHERE)
    app = create_app(ServiceSettings(**settings), controllers, page)
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=base)


def app_behind(client: httpx2.AsyncClient) -> FastAPI:
    """The application that ``asking`` made."""
    return cast("FastAPI", cast("httpx2.ASGITransport", client._transport).app)


def app_context_behind(client: httpx2.AsyncClient) -> AppContext:
    """The context of the application that ``asking`` made."""
    return cast("AppContext", app_behind(client).state.app_context)
