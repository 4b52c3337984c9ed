"""A single frame of live view: the newest one, in the requested size."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from photonic.access.links import ScopeKind
from photonic.access.permission import Permission
from photonic.errors import CameraError, EndOfStream, FailureKind, ProtocolError
from photonic.model.frame import Scale
from photonic.model.hints import parse_hints
from photonic.model.status import CameraState, LiveState
from photonic.service.http.head import head_only
from photonic.service.http.routes.dependencies import Context, Controller, ScaleQuery
from photonic.service.live.downscaler import reduce
from photonic.service.live.hub import ViewerKind
from photonic.serving.route_permissions import needs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from photonic.service.http.camera_control import CameraControl
    from photonic.service.http.context import AppContext
    from photonic.service.live.frames import LiveFrame

PICTURE_AGE_SECONDS = 2.0
PICTURE_WITHIN_SECONDS = 5.0

# In these states no frame will arrive, however long the request waits.
_WITHOUT_FRAMES: Mapping[CameraState, FailureKind] = {
    CameraState.ABSENT: FailureKind.CAMERA_ABSENT,
    CameraState.BLOCKED: FailureKind.BLOCKED,
    CameraState.DISCONNECTED: FailureKind.DISCONNECTED,
}


def captured_us(frame: LiveFrame) -> str:
    """The time of a frame as the service's own clients know it."""
    return str(frame.captured_us)


def snapshot_router() -> APIRouter:
    """The route, to be included under each camera prefix."""
    router = APIRouter(prefix="/liveview", tags=["live view"])

    @router.get("/snapshot.jpg", summary="Newest frame", response_class=Response)
    @needs(Permission.WATCH, links=[ScopeKind.LIVE])
    async def picture(
        request: Request, controller: Controller, app_context: Context, scale: ScaleQuery = None
    ) -> Response:
        """The newest frame; starts live view if it is off. `scale`: full, half or quarter; `auto` means full."""
        return await newest_picture(request, controller, app_context, scale)

    return router


async def newest_picture(
    request: Request,
    controller: CameraControl,
    app_context: AppContext,
    scale: str | None,
    timestamp: Callable[[LiveFrame], str] = captured_us,
) -> Response:
    """The newest frame as a response; HEAD neither starts live view nor waits for a frame.

    ``timestamp``: what X-Timestamp says of a frame. Raises ``BadInput`` for an invalid ``scale``, ``CameraError`` if no
    frame arrives.
    """
    wanted = parse_hints({} if scale is None else {"scale": scale}, adapts_by_default=True).scale
    if head_only(request) and _newest(controller, app_context) is None:
        _check_frames_possible(controller)
        head = Response(media_type="image/jpeg", headers={"Cache-Control": "no-store"})
        del head.headers["content-length"]  # not known yet (RFC 9110, 9.3.2)
        return head
    frame = await fresh_frame(controller, app_context)
    headers = {"Cache-Control": "no-store", "X-Sequence": str(frame.sequence), "X-Timestamp": timestamp(frame)}
    jpeg = frame.jpeg
    if wanted is not Scale.FULL:
        jpeg = await asyncio.to_thread(_reduced, frame, wanted)
        headers["X-Scale"] = wanted.value
    return Response(jpeg, media_type="image/jpeg", headers=headers)


async def fresh_frame(controller: CameraControl, app_context: AppContext) -> LiveFrame:
    """A frame that is at most ``PICTURE_AGE_SECONDS`` old. Raises ``CameraError`` if none arrives, with the reason."""
    if (newest := _newest(controller, app_context)) is not None:
        return newest
    _check_frames_possible(controller)
    try:
        with controller.hub.join(ViewerKind.PICTURE) as viewer:
            async with app_context.shutdown.bound(), asyncio.timeout(PICTURE_WITHIN_SECONDS):
                while True:
                    frame = await viewer.next(PICTURE_WITHIN_SECONDS)
                    if app_context.time.monotonic() - frame.captured_us / 1e6 <= PICTURE_AGE_SECONDS:
                        return frame
    except EndOfStream as ended:
        kind = FailureKind.SHUTTING_DOWN if app_context.shutdown.begun else FailureKind.DISCONNECTED
        raise CameraError(str(ended), kind=kind) from ended
    except TimeoutError as late:
        live = controller.snapshot().live
        reason = f"live view is {live.state}" + (f": {live.reason}" if live.reason else "")
        raise CameraError(
            f"no frame arrived within {PICTURE_WITHIN_SECONDS:g} seconds: {reason}", kind=FailureKind.TIMEOUT
        ) from late


def _newest(controller: CameraControl, app_context: AppContext) -> LiveFrame | None:
    """The newest frame, if it is recent enough."""
    newest = controller.hub.newest
    fresh = newest is not None and app_context.time.monotonic() - newest.captured_us / 1e6 <= PICTURE_AGE_SECONDS
    return newest if fresh else None


def _check_frames_possible(controller: CameraControl) -> None:
    """Raises ``CameraError`` in a state in which no frame will arrive."""
    status = controller.snapshot()
    if (kind := _WITHOUT_FRAMES.get(status.camera.state)) is not None:
        raise CameraError(status.camera.reason or f"the camera is {status.camera.state}", kind=kind)
    if status.live.state is LiveState.UNSUPPORTED:
        raise CameraError(status.live.reason or "this camera has no live view", kind=FailureKind.NOT_SUPPORTED)


def _reduced(frame: LiveFrame, scale: Scale) -> bytes | memoryview:
    """The picture reduced, or unchanged if it cannot be decoded. Takes milliseconds: call it in a thread."""
    try:
        return reduce(frame.jpeg, scale)
    except ProtocolError:
        return frame.jpeg
