"""What routes ask for: the surface, and the camera that a request means."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast

from fastapi import Depends, Path, Query
from starlette.requests import HTTPConnection

from photonic.errors import BadInput, StorageError
from photonic.service.http.camera_control import CameraControl
from photonic.service.http.context import AppContext

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from fastapi import FastAPI
    from fastapi.dependencies.models import Dependant

CAMERA_ID_LIMIT = 128

CameraQuery = Annotated[str | None, Query(max_length=CAMERA_ID_LIMIT, description="one camera; all without it")]
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
"""Every query parameter of the interface. OpenAPI has them too, but to generate it stops all streams for
half a second."""

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_COMPAT = re.compile(
    r"/health|/api/v1/camera(?:s/[^/]+)?/(?:connect|disconnect|status|config|capture(?:/status)?"
    r"|liveview/(?:start|stop|stream))"
)
"""Addresses of the compat API: its clients were written for another service, and work unmodified."""


def surface_of(connection: HTTPConnection) -> AppContext:
    """The surface that the application was wired with."""
    app = cast("FastAPI", connection.scope["app"])
    return cast("AppContext", app.state.app_context)


def named_station(connection: HTTPConnection) -> CameraControl:
    """The camera that the path names; the default one where it names none."""
    camera_id: Any = connection.path_params.get("camera_id")
    return surface_of(connection).controller(camera_id)


async def documented_camera_id(
    camera_id: Annotated[str, Path(max_length=CAMERA_ID_LIMIT, description="configured name, or serial number")],
) -> str:
    """Puts the path's camera into the description of the interface."""
    return camera_id


async def only_known_query(request: HTTPConnection) -> None:
    """Raises ``BadInput`` for a parameter that other addresses take and this one does not.

    Names that none takes are let be: pages add such against caches (``?t=123``). So is whatever a client of the compat
    API sends: what its service does not know, it ignores.
    """
    scope = request.scope
    if scope["type"] == "http" and request.query_params and _COMPAT.fullmatch(scope["path"]) is None:
        route: Any = scope.get("route")
        check_query(request, _taken_by(route.dependant))


def check_query(connection: HTTPConnection, taken: Collection[str]) -> None:
    """See ``only_known_query``; ``taken``: what this address takes."""
    for name in connection.query_params:
        if name in QUERY_NAMES and name not in taken:
            takes = f"it takes {', '.join(sorted(taken))}" if taken else "it takes none"
            raise BadInput(f"this address takes no parameter {name}: {takes}", field=name, choices=sorted(taken))


def _taken_by(dependant: Dependant) -> set[str]:
    """The query parameters of a route, and of what it depends on."""
    own = {field.alias for field in dependant.query_params}
    return own.union(*map(_taken_by, dependant.dependencies))


def checked_key(key: str | None) -> str | None:
    """An ``Idempotency-Key`` as it came. Raises ``BadInput``."""
    if key is not None and _KEY.fullmatch(key) is None:
        raise BadInput("Idempotency-Key takes 1 to 255 visible ASCII characters", field="Idempotency-Key")
    return key


async def _app_context(connection: HTTPConnection) -> AppContext:
    return surface_of(connection)


async def _controller(connection: HTTPConnection) -> CameraControl:
    return named_station(connection)


async def _read_stations(connection: HTTPConnection, camera: CameraQuery = None) -> Sequence[CameraControl]:
    controllers = surface_of(connection).chosen(camera)
    await asyncio.gather(*(controller.index_read() for controller in controllers))
    return controllers


async def first_found(
    controllers: Sequence[CameraControl], find: Callable[[CameraControl], Found | None]
) -> Found | None:
    """What the first of these cameras' indexes finds; ``None``: it is in none of them.

    Raises ``StorageError`` where it may be in one that has not been read.
    """
    unread: StorageError | None = None
    for controller in controllers:
        try:
            await controller.index_read()
        except StorageError as error:
            unread = unread or error
            continue
        if (found := find(controller)) is not None:
            return found
    if unread is not None:
        raise unread
    return None


TheSurface = Annotated[AppContext, Depends(_app_context)]
TheStation = Annotated[CameraControl, Depends(_controller)]
ReadStations = Annotated[Sequence[CameraControl], Depends(_read_stations)]
"""All cameras, or the one that ``?camera=`` names: their indexes have been read."""
ScaleQuery = Annotated[str | None, Query(description="auto, full, half or quarter: how large the picture is")]
