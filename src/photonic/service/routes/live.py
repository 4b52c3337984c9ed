"""Live view: on, off, and the picture in its three forms."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from photonic.errors import BadInput, CameraError, EndOfStream, FailureKind
from photonic.model.api import Answer
from photonic.model.hints import parse_hints
from photonic.model.look import Look
from photonic.model.status import CameraState, LiveState
from photonic.service import problems
from photonic.service.hub import ViewerKind
from photonic.service.routes.camera import no_camera
from photonic.service.routes.dependencies import TheStation, TheSurface, named_station, surface_of
from photonic.service.sockets import POLICY_VIOLATION, converse, speaks_live
from photonic.service.streams import MultipartResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from photonic.service.frames import LiveFrame
    from photonic.service.roles import CameraStation
    from photonic.service.surface import Surface

PICTURE_AGE_SECONDS = 2.0
PICTURE_WITHIN_SECONDS = 5.0

# States in which no frame will come however long a picture is waited for.
_HOPELESS: Mapping[CameraState, FailureKind] = {
    CameraState.ABSENT: FailureKind.CAMERA_ABSENT,
    CameraState.BLOCKED: FailureKind.BLOCKED,
    CameraState.DISCONNECTED: FailureKind.DISCONNECTED,
}


def live_router() -> APIRouter:
    """The routes, to be mounted under each camera prefix."""
    router = APIRouter(prefix="/liveview", tags=["live view"])

    @router.post("/start", response_model=Answer)
    async def start(station: TheStation) -> Answer | Response:
        """Live view on, or started anew where it is stuck."""
        try:
            await station.start_live()
        except CameraError as error:
            return no_camera(error)
        return Answer(message="live view started")

    @router.post("/look")
    async def look(wanted: Look, station: TheStation) -> Answer:
        """Magnify a part of live view, move the focus point, or close the aperture for it; live view has to be on."""
        await station.look(wanted)
        return Answer(message="done")

    @router.post("/stop")
    async def stop(station: TheStation) -> Answer:
        """End the plain sockets; live view goes on while other viewers want it."""
        await station.stop_live()
        return Answer(message="live view stopped")

    @router.websocket("/stream")
    async def stream(socket: WebSocket) -> None:
        surface = surface_of(socket)
        try:
            station = named_station(socket)
        except HTTPException as unknown:
            await socket.close(POLICY_VIOLATION, unknown.detail)
            return
        try:
            hints = parse_hints(socket.query_params, adapts_by_default=speaks_live(socket))
        except BadInput as error:
            await socket.send_denial_response(problems.of_error(error))
            return
        await converse(socket, station.hub, surface.feed(station), hints=hints, endings=surface.endings)

    @router.get("/stream.mjpg", response_class=Response)
    async def multipart(request: Request, station: TheStation, surface: TheSurface) -> Response:
        """Frames as ``multipart/x-mixed-replace``: for ``<img>`` and players.

        ``max_fps`` and ``scale`` (auto, full, half, quarter) are for phones and wide links.
        """
        hints = parse_hints(request.query_params, adapts_by_default=True)
        return MultipartResponse(station.hub, hints, surface.endings)

    @router.get("/snapshot.jpg", response_class=Response)
    async def picture(station: TheStation, surface: TheSurface) -> Response:
        """The newest frame, starting live view if it is off."""
        frame = await fresh_frame(station, surface)
        headers = {
            "Cache-Control": "no-store",
            "X-Sequence": str(frame.sequence),
            "X-Timestamp": str(frame.captured_us),
        }
        return Response(frame.jpeg, media_type="image/jpeg", headers=headers)

    return router


async def fresh_frame(station: CameraStation, surface: Surface) -> LiveFrame:
    """A frame that is at most ``PICTURE_AGE_SECONDS`` old. Raises ``CameraError`` that says why there is none."""
    newest = station.hub.newest
    if newest is not None and surface.clock() - newest.captured_us / 1e6 <= PICTURE_AGE_SECONDS:
        return newest
    status = station.snapshot()
    if (kind := _HOPELESS.get(status.camera.state)) is not None:
        raise CameraError(status.camera.reason or f"the camera is {status.camera.state}", kind=kind)
    if status.live.state is LiveState.UNSUPPORTED:
        raise CameraError(status.live.reason or "this camera has no live view", kind=FailureKind.NOT_SUPPORTED)
    try:
        with station.hub.join(ViewerKind.PICTURE) as viewer:
            async with surface.endings.bound(), asyncio.timeout(PICTURE_WITHIN_SECONDS):
                while True:
                    frame = await viewer.next(PICTURE_WITHIN_SECONDS)
                    if surface.clock() - frame.captured_us / 1e6 <= PICTURE_AGE_SECONDS:
                        return frame
    except EndOfStream as ended:
        kind = FailureKind.SHUTTING_DOWN if surface.endings.begun else FailureKind.DISCONNECTED
        raise CameraError(str(ended), kind=kind) from ended
    except TimeoutError as late:
        live = station.snapshot().live
        reason = f"live view is {live.state}" + (f": {live.reason}" if live.reason else "")
        raise CameraError(
            f"no frame came within {PICTURE_WITHIN_SECONDS:g} seconds; {reason}", kind=FailureKind.TIMEOUT
        ) from late
