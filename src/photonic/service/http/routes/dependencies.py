"""Dependencies of the routes: the application context, the requested camera, and checks of parameters."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast

from fastapi import Depends, Path, Query
from starlette.requests import HTTPConnection

from photonic.access.principal import Principal
from photonic.access.visibility import reach_of
from photonic.errors import BadInput, StorageError
from photonic.model.gallery import capture_of
from photonic.model.reach import Reach
from photonic.service.http.camera_control import CameraControl
from photonic.service.http.context import AppContext
from photonic.serving.callers import path_below_root
from photonic.serving.gate import principal_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from fastapi import FastAPI
    from fastapi.dependencies.models import Dependant

CAMERA_ID_LIMIT = 128

CameraQuery = Annotated[
    str | None, Query(max_length=CAMERA_ID_LIMIT, description="name or serial number of a camera; default: all cameras")
]
Found = TypeVar("Found")

QUERY_NAMES = frozenset(
    {
        "after",
        "camera",
        "cursor",
        "download",
        "first",
        "limit",
        "max_fps",
        "scale",
        "size",
        "timeout_seconds",
        "wait_boot_id",
        "wait_rev",
    }
)
"""Every query parameter of the API. The OpenAPI document also contains them, but generating it would block all streams
for half a second."""

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_COMPAT = re.compile(
    r"/health|/api/v1/camera(?:s/[^/]+)?/(?:connect|disconnect|status|config|capture(?:/status)?"
    r"|liveview/(?:start|stop|stream))"
)
"""Addresses of the compat API, whose clients were written for another service and must work unmodified."""


def context_of(connection: HTTPConnection) -> AppContext:
    """The context of the application that serves this connection."""
    app = cast("FastAPI", connection.scope["app"])
    return cast("AppContext", app.state.app_context)


def named_controller(connection: HTTPConnection) -> CameraControl:
    """The camera in the path; the default camera if the path has none."""
    camera_id: Any = connection.path_params.get("camera_id")
    return context_of(connection).controller(camera_id)


async def documented_camera_id(
    camera_id: Annotated[str, Path(max_length=CAMERA_ID_LIMIT, description="name or serial number of the camera")],
) -> str:
    """Adds the path's camera to the OpenAPI document."""
    return camera_id


async def only_known_query(request: HTTPConnection) -> None:
    """Raises ``BadInput`` for a query parameter that other addresses accept and this one does not.

    Names that no address accepts are ignored, because pages add such names to bypass caches (``?t=123``). In requests
    to the compat API every unknown parameter is ignored, as by the service that its clients were written for.
    """
    scope = request.scope
    if scope["type"] == "http" and request.query_params and _COMPAT.fullmatch(path_below_root(scope)) is None:
        route: Any = scope.get("route")
        check_query(request, _taken_by(route.dependant))


def check_query(connection: HTTPConnection, taken: Collection[str]) -> None:
    """See ``only_known_query``; ``taken`` are the parameters that this address accepts."""
    for name in connection.query_params:
        if name in QUERY_NAMES and name not in taken:
            accepted = f"it accepts {', '.join(sorted(taken))}" if taken else "it accepts no parameters"
            raise BadInput(
                f"this address does not accept the parameter {name}: {accepted}", field=name, choices=sorted(taken)
            )


def _taken_by(dependant: Dependant) -> set[str]:
    """The query parameters of a route and its dependencies."""
    own = {field.alias for field in dependant.query_params}
    return own.union(*map(_taken_by, dependant.dependencies))


def checked_key(key: str | None) -> str | None:
    """Check an ``Idempotency-Key``; the result is the key. Raises ``BadInput``."""
    if key is not None and _KEY.fullmatch(key) is None:
        raise BadInput("Idempotency-Key must be 1 to 255 visible ASCII characters", field="Idempotency-Key")
    return key


async def shown(principal: Principal, controller: CameraControl, photo_id: str) -> bool:
    """Whether a photo exists for somebody; its still decides. Raises ``StorageError``."""
    if principal.is_operator:
        return True
    record = await controller.capture(capture_of(photo_id))
    return record is not None and reach_of(principal).includes(record)


async def _principal(connection: HTTPConnection) -> Principal:
    return principal_of(connection)


async def _captures_seen(connection: HTTPConnection) -> Reach:
    return reach_of(principal_of(connection))


async def _app_context(connection: HTTPConnection) -> AppContext:
    return context_of(connection)


async def _controller(connection: HTTPConnection) -> CameraControl:
    return named_controller(connection)


async def _indexed_controllers(connection: HTTPConnection, camera: CameraQuery = None) -> Sequence[CameraControl]:
    controllers = context_of(connection).chosen(camera)
    await asyncio.gather(*(controller.index_read() for controller in controllers))
    return controllers


async def first_found(
    controllers: Sequence[CameraControl], find: Callable[[CameraControl], Awaitable[Found | None]]
) -> Found | None:
    """The first result of ``find`` over these cameras; ``None`` if no camera has one.

    Raises ``StorageError`` if no camera has one and the index of a camera could not be read.
    """
    unread: StorageError | None = None
    for controller in controllers:
        try:
            await controller.index_read()
            found = await find(controller)
        except StorageError as error:
            unread = unread or error
            continue
        if found is not None:
            return found
    if unread is not None:
        raise unread
    return None


Context = Annotated[AppContext, Depends(_app_context)]
Who = Annotated[Principal, Depends(_principal)]
"""Who sent the request."""
Seen = Annotated[Reach, Depends(_captures_seen)]
"""Which captures exist for the sender of the request."""
Controller = Annotated[CameraControl, Depends(_controller)]
IndexedControllers = Annotated[Sequence[CameraControl], Depends(_indexed_controllers)]
"""All cameras, or the one that ``?camera=`` names, after their indexes have been read."""
ScaleQuery = Annotated[str | None, Query(description="size of the picture: auto, full, half or quarter")]
