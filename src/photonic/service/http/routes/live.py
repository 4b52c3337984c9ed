"""Live view: start, stop, view options, and the frames as a stream."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from photonic.access.links import ScopeKind
from photonic.access.permission import Permission
from photonic.errors import BadInput, CameraError
from photonic.model.api import Answer
from photonic.model.hints import parse_hints
from photonic.model.view_options import ViewOptions
from photonic.service.http.routes.camera import no_camera
from photonic.service.http.routes.dependencies import (
    Context,
    Controller,
    ScaleQuery,
    check_query,
    context_of,
    named_controller,
)
from photonic.service.http.sockets import POLICY_VIOLATION, offers_live_protocol, refuse_viewer, serve_live_socket
from photonic.service.http.streams import MultipartResponse
from photonic.serving import problems
from photonic.serving.route_permissions import needs
from photonic.serving.shares import ShareRefused

FpsQuery = Annotated[str | None, Query(description="maximum frames per second, from 1 to 240")]


def live_router() -> APIRouter:
    """The routes, to be included under each camera prefix."""
    router = APIRouter(prefix="/liveview", tags=["live view"])

    @router.post("/start", summary="Start live view", response_model=Answer)
    @needs(Permission.WATCH)
    async def start(controller: Controller) -> Answer | Response:
        """Start live view, or restart it if it is stuck."""
        try:
            await controller.start_live()
        except CameraError as error:
            return no_camera(error)
        return Answer(message="live view started")

    @router.post("/look", summary="Change the view options")
    @needs(Permission.OPERATE)
    async def look(wanted: ViewOptions, controller: Controller) -> Answer:
        """Magnify live view, move the focus point, or stop down the aperture; live view must be running."""
        await controller.look(wanted)
        return Answer(message="done")

    @router.post("/stop", summary="Stop live view")
    @needs(Permission.OPERATE)
    async def stop(controller: Controller) -> Answer:
        """Close the WebSockets without a subprotocol; live view stops unless it has other viewers."""
        await controller.stop_live()
        return Answer(message="live view stopped")

    @router.websocket("/stream")
    @needs(Permission.WATCH, links=[ScopeKind.LIVE])
    async def stream(socket: WebSocket) -> None:
        app_context = context_of(socket)
        try:
            controller = named_controller(socket)
        except HTTPException as unknown:
            await socket.close(POLICY_VIOLATION, unknown.detail)
            return
        try:
            with_status = offers_live_protocol(socket)
            if with_status:
                check_query(socket, {"scale", "max_fps"})
            hints = parse_hints(socket.query_params, adapts_by_default=with_status)
        except BadInput as error:
            await socket.send_denial_response(problems.of_error(error))
            return
        lease = app_context.lease(socket)
        held = lease.hold(views=True)
        if isinstance(held, ShareRefused):
            await refuse_viewer(socket, held)
            return
        with held:
            await serve_live_socket(socket, controller.hub, app_context.feed(controller), hints=hints, lease=lease)

    @router.get(
        "/stream",
        summary="Request without an upgrade",
        responses={426: {"description": "The WebSocket needs an upgrade."}},
    )
    @needs(Permission.WATCH, links=[ScopeKind.LIVE])
    async def no_upgrade(controller: Controller, scale: ScaleQuery = None, max_fps: FpsQuery = None) -> Response:
        """426 for a request without an upgrade. `/asyncapi.json` describes the WebSocket."""
        parse_hints(given(scale=scale, max_fps=max_fps), adapts_by_default=True)
        detail = (
            f"this is the live WebSocket of camera {controller.camera_id}, but the request has no upgrade headers: a "
            "proxy may have removed Upgrade and Connection. stream.mjpg at the same path does not need them"
        )
        return problems.of_status(426, detail, {"Upgrade": "websocket", "Connection": "Upgrade"})

    @router.get("/stream.mjpg", summary="MJPEG stream", response_class=Response)
    @needs(Permission.WATCH, links=[ScopeKind.LIVE])
    async def multipart(
        request: Request,
        controller: Controller,
        app_context: Context,
        scale: ScaleQuery = None,
        max_fps: FpsQuery = None,
    ) -> Response:
        """Frames as `multipart/x-mixed-replace`, for `<img>` and players.

        `max_fps` and `scale` save bandwidth, for example on phones.
        """
        hints = parse_hints(given(scale=scale, max_fps=max_fps), adapts_by_default=True)
        return MultipartResponse(controller.hub, hints, app_context.lease(request))

    return router


def given(**query: str | None) -> dict[str, str]:
    """The query parameters that are present."""
    return {name: text for name, text in query.items() if text is not None}
