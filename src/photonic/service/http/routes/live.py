"""Live view: on, off, and the pictures as a stream."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.websockets import WebSocket

from photonic.errors import BadInput, CameraError
from photonic.model.api import Answer
from photonic.model.hints import parse_hints
from photonic.model.view_options import ViewOptions
from photonic.service.http import problems
from photonic.service.http.routes.camera import no_camera
from photonic.service.http.routes.dependencies import (
    ScaleQuery,
    TheStation,
    TheSurface,
    check_query,
    named_station,
    surface_of,
)
from photonic.service.http.sockets import POLICY_VIOLATION, converse, speaks_live
from photonic.service.http.streams import MultipartResponse

FpsQuery = Annotated[str | None, Query(description="at most so many frames a second, from 1 to 240")]


def live_router() -> APIRouter:
    """The routes, to be mounted under each camera prefix."""
    router = APIRouter(prefix="/liveview", tags=["live view"])

    @router.post("/start", response_model=Answer)
    async def start(controller: TheStation) -> Answer | Response:
        """Live view on, or started anew where it is stuck."""
        try:
            await controller.start_live()
        except CameraError as error:
            return no_camera(error)
        return Answer(message="live view started")

    @router.post("/look")
    async def look(wanted: ViewOptions, controller: TheStation) -> Answer:
        """Magnify a part of live view, move the focus point, or close the aperture for it; live view has to be on."""
        await controller.look(wanted)
        return Answer(message="done")

    @router.post("/stop")
    async def stop(controller: TheStation) -> Answer:
        """End the plain sockets; live view goes on while other viewers want it."""
        await controller.stop_live()
        return Answer(message="live view stopped")

    @router.websocket("/stream")
    async def stream(socket: WebSocket) -> None:
        app_context = surface_of(socket)
        try:
            controller = named_station(socket)
        except HTTPException as unknown:
            await socket.close(POLICY_VIOLATION, unknown.detail)
            return
        try:
            ours = speaks_live(socket)
            if ours:
                check_query(socket, {"scale", "max_fps"})
            hints = parse_hints(socket.query_params, adapts_by_default=ours)
        except BadInput as error:
            await socket.send_denial_response(problems.of_error(error))
            return
        await converse(socket, controller.hub, app_context.feed(controller), hints=hints, shutdown=app_context.shutdown)

    @router.get("/stream", responses={426: {"description": "The WebSocket asks for an upgrade."}})
    async def no_upgrade(controller: TheStation, scale: ScaleQuery = None, max_fps: FpsQuery = None) -> Response:
        """A WebSocket, asked for without an upgrade: 426, and what to look for. See ``/asyncapi.json``."""
        parse_hints(_given(scale=scale, max_fps=max_fps), adapts_by_default=True)
        detail = (
            f"this is the live WebSocket of camera {controller.camera_id}, and the request has no upgrade headers: a "
            "proxy may have removed Upgrade and Connection. stream.mjpg beside it needs none"
        )
        return problems.of_status(426, detail, {"Upgrade": "websocket", "Connection": "Upgrade"})

    @router.get("/stream.mjpg", response_class=Response)
    async def multipart(
        controller: TheStation, app_context: TheSurface, scale: ScaleQuery = None, max_fps: FpsQuery = None
    ) -> Response:
        """Frames as ``multipart/x-mixed-replace``: for ``<img>`` and players.

        ``max_fps`` and ``scale`` are for phones and wide links.
        """
        hints = parse_hints(_given(scale=scale, max_fps=max_fps), adapts_by_default=True)
        return MultipartResponse(controller.hub, hints, app_context.shutdown)

    return router


def _given(**query: str | None) -> dict[str, str]:
    """What the address says, without what it does not."""
    return {name: text for name, text in query.items() if text is not None}
