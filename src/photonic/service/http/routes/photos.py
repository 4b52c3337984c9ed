"""Photos: the list, and each file with ETag and Range."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response

from photonic.access.links import ScopeKind
from photonic.access.permission import Permission
from photonic.model.api import PhotoList
from photonic.service.http.gallery_pages import newest_stills
from photonic.service.http.photo_response import photo_headers, photo_response
from photonic.service.http.routes.dependencies import (
    CameraQuery,
    Context,
    IndexedControllers,
    Seen,
    first_found,
    shown,
)
from photonic.serving.gate import principal_of
from photonic.serving.route_permissions import needs

if TYPE_CHECKING:
    from pathlib import Path

    from photonic.model.api import PhotoFile
    from photonic.service.http.camera_control import CameraControl

LIST_LENGTH = 100
LIST_LIMIT = 1000


def photos_router() -> APIRouter:
    """The photos of all cameras, or of the one that ``?camera=`` names; to be included under the API prefix."""
    router = APIRouter(prefix="/photos", tags=["photos"])

    @router.get("", summary="List photos")
    @needs(Permission.PHOTOS)
    async def photos(
        controllers: IndexedControllers,
        seen: Seen,
        limit: Annotated[int, Query(ge=1, le=LIST_LIMIT)] = LIST_LENGTH,
    ) -> PhotoList:
        """The newest photos of all cameras, or of `camera`; a guest's own only."""
        stills = await newest_stills([controller.gallery for controller in controllers], seen, limit)
        newest = (file for still in stills for file in reversed(still.record.files))
        return PhotoList(photos=tuple(islice(newest, limit)))

    @router.get("/{photo_id}", summary="Get a photo", response_class=FileResponse)
    @needs(Permission.PHOTOS, links=[ScopeKind.PHOTO, ScopeKind.SESSION])
    async def photo(
        photo_id: str,
        request: Request,
        app_context: Context,
        camera: CameraQuery = None,
        download: bool = False,
    ) -> Response:
        """A photo's file, with its SHA-256 as ETag. With `download`, browsers save it instead of showing it."""
        who = principal_of(request)

        async def find(controller: CameraControl) -> tuple[PhotoFile, Path] | None:
            return await controller.photo(photo_id) if await shown(who, controller, photo_id) else None

        found = await first_found(app_context.chosen(camera), find)
        if found is None:
            raise HTTPException(404, f"unknown photo {photo_id[:100]}")
        file, path = found
        whole = photo_response(file, path, app_context.lease(request, Permission.PHOTOS), download=download)
        headers = photo_headers(file)
        if names_tag(request.headers.get("if-none-match", ""), headers["ETag"]):
            return Response(status_code=304, headers=headers)
        return whole

    return router


def names_tag(if_none_match: str, tag: str) -> bool:
    """RFC 9110, 13.1.2: a list of tags, compared weakly, or ``*``."""
    listed = [item.strip().removeprefix("W/") for item in if_none_match.split(",")]
    return "*" in listed or tag in listed
