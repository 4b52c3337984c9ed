"""The addresses of mjpg-streamer and uStreamer at the root, so that programs made for them find the live view.

They are routes of the service, because they serve its hub and its frames; they stand for ``/liveview/stream.mjpg`` and
``/liveview/snapshot.jpg``, need the same right, and are opened by the same signed links. ``/?action=stream`` is the
address of the front page otherwise: ``StreamerActions`` turns it into ``/stream`` before anything decides about the
request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from photonic.access.links import ScopeKind
from photonic.access.permission import Permission
from photonic.model.hints import parse_hints
from photonic.service.http.routes.dependencies import CameraQuery, Context, ScaleQuery
from photonic.service.http.routes.live import FpsQuery, given
from photonic.service.http.routes.snapshot import newest_picture
from photonic.service.http.streams import MultipartResponse
from photonic.service.live.frames import WallClockParts
from photonic.serving.callers import path_below_root
from photonic.serving.gate import caller_from
from photonic.serving.route_permissions import needs

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

STREAM = "/stream"
SNAPSHOT = "/snapshot"
ACTIONS = {"stream": STREAM, "snapshot": SNAPSHOT}


def streamers_router() -> APIRouter:
    """The routes, to be included at the root."""
    router = APIRouter(tags=["live view"])

    @router.get(f"{STREAM}.mjpg", summary="MJPEG stream", response_class=Response)
    @router.get(STREAM, summary="MJPEG stream", response_class=Response)
    @needs(Permission.WATCH, links=[ScopeKind.LIVE], by_query=True)
    async def stream(
        request: Request,
        app_context: Context,
        camera: CameraQuery = None,  # noqa: ARG001 - read as the gate has read it
        scale: ScaleQuery = None,
        max_fps: FpsQuery = None,
    ) -> Response:
        """The stream of the default camera, or of `camera`, at the address that mjpg-streamer and uStreamer have.

        X-Timestamp is in unix seconds, as theirs.
        """
        hints = parse_hints(given(scale=scale, max_fps=max_fps), adapts_by_default=True)
        controller = app_context.controller(caller_from(request).camera)
        return MultipartResponse(controller.hub, hints, app_context.lease(request), WallClockParts(app_context.time))

    @router.get(f"{SNAPSHOT}.jpg", summary="Newest frame", response_class=Response)
    @router.get(SNAPSHOT, summary="Newest frame", response_class=Response)
    @needs(Permission.WATCH, links=[ScopeKind.LIVE], by_query=True)
    async def snapshot(
        request: Request,
        app_context: Context,
        camera: CameraQuery = None,  # noqa: ARG001 - read as the gate has read it
        scale: ScaleQuery = None,
    ) -> Response:
        """The newest frame of the default camera, or of `camera`; starts live view if it is off."""
        controller = app_context.controller(caller_from(request).camera)
        timestamp = WallClockParts(app_context.time).timestamp
        return await newest_picture(request, controller, app_context, scale, timestamp)

    return router


class StreamerActions:
    """ASGI: turns ``/?action=stream`` and ``/?action=snapshot`` into ``/stream`` and ``/snapshot``.

    This has to be outside the gate, which decides by the path. Every other request to ``/`` is the front page's.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "http" and scope["method"] in {"GET", "HEAD"} and path_below_root(scope) == "/":
            actions = parse_qs(scope["query_string"].decode("latin-1")).get("action", [""])
            if (path := ACTIONS.get(actions[0])) is not None:
                whole = scope["path"].removesuffix("/") + path
                scope = {**scope, "path": whole, "raw_path": whole.encode()}
        await self._app(scope, receive, send)
