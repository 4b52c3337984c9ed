"""The gallery: thumbnails, deleting and restoring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

from photonic.access.audit import AuditAction
from photonic.access.links import ScopeKind
from photonic.access.permission import Permission
from photonic.errors import CaptureError, FailureKind
from photonic.model.api import CaptureRecord
from photonic.model.gallery import StillPage, ThumbnailSize
from photonic.service.http.gallery_pages import deleted_page
from photonic.service.http.photo_response import KEPT_BY_BROWSERS
from photonic.service.http.routes.dependencies import (
    CameraQuery,
    Context,
    IndexedControllers,
    first_found,
    shown,
)
from photonic.service.http.routes.photos import LIST_LENGTH, LIST_LIMIT, names_tag
from photonic.service.library import thumbnails
from photonic.serving.gate import principal_of
from photonic.serving.route_permissions import needs

if TYPE_CHECKING:
    from pathlib import Path

    from photonic.access.principal import Principal
    from photonic.model.api import PhotoFile
    from photonic.service.http.camera_control import CameraControl
    from photonic.service.http.gallery_control import GalleryControl


def gallery_router() -> APIRouter:
    """To be included before ``photos_router``, so that ``/photos/deleted`` does not match the id of a photo."""
    router = APIRouter(prefix="/photos", tags=["photos"])

    @router.get("/deleted", summary="List deleted stills")
    @needs(Permission.OPERATE)
    async def deleted(
        controllers: IndexedControllers,
        cursor: Annotated[str | None, Query(max_length=128)] = None,
        limit: Annotated[int, Query(ge=1, le=LIST_LIMIT)] = LIST_LENGTH,
    ) -> StillPage:
        """Deleted stills that can be restored, newest first."""
        return await deleted_page([controller.gallery for controller in controllers], cursor, limit)

    @router.get("/{photo_id}/thumbnail", response_class=Response)
    @needs(Permission.PHOTOS, links=[ScopeKind.PHOTO, ScopeKind.SESSION])
    async def thumbnail(
        photo_id: str,
        request: Request,
        app_context: Context,
        camera: CameraQuery = None,
        size: Annotated[ThumbnailSize, Query(description="maximum length of the longer side in pixels")] = (
            ThumbnailSize.SMALL
        ),
    ) -> Response:
        """A small upright JPEG of a photo (of a RAW file: of its preview); also for deleted photos."""
        who = principal_of(request)
        found = await first_found(app_context.chosen(camera), lambda controller: _found(controller, photo_id, who))
        if found is None:
            raise HTTPException(404, f"unknown photo {photo_id[:100]}")
        gallery, photo, path = found
        tag = thumbnails.tag(photo, size)
        headers = {"ETag": tag, "Cache-Control": KEPT_BY_BROWSERS}
        if names_tag(request.headers.get("if-none-match", ""), tag):
            return Response(status_code=304, headers=headers)
        data = await gallery.thumbnail(photo, path, size)
        return Response(data, media_type="image/jpeg", headers=headers)

    @router.delete("/{photo_id}", summary="Delete a still")
    @needs(Permission.OPERATE)
    async def delete(
        photo_id: str, request: Request, app_context: Context, camera: CameraQuery = None
    ) -> CaptureRecord:
        """Move the still of this photo, RAW and JPEG, to the trash; it can be restored for `trash_days` days."""
        for controller in app_context.chosen(camera):
            if (record := await controller.gallery.delete(photo_id)) is not None:
                await app_context.audit(request, AuditAction.PHOTO_DELETED, photo_id, camera=controller.camera_id)
                return record
        raise _unknown(photo_id)

    @router.post("/{photo_id}/restore", summary="Restore a still")
    @needs(Permission.OPERATE)
    async def restore(
        photo_id: str, request: Request, app_context: Context, camera: CameraQuery = None
    ) -> CaptureRecord:
        """Undo a deletion. The still returns to its folder, under another name if its own is taken."""
        for controller in app_context.chosen(camera):
            if (record := await controller.gallery.restore(photo_id)) is not None:
                await app_context.audit(request, AuditAction.PHOTO_RESTORED, photo_id, camera=controller.camera_id)
                return record
        raise _unknown(photo_id)

    return router


async def _found(
    controller: CameraControl, photo_id: str, who: Principal
) -> tuple[GalleryControl, PhotoFile, Path] | None:
    if not await shown(who, controller, photo_id):
        return None
    # What is in the trash exists for the operator only.
    found = await (controller.gallery.photo(photo_id) if who.is_operator else controller.photo(photo_id))
    return None if found is None else (controller.gallery, *found)


def _unknown(photo_id: str) -> CaptureError:
    return CaptureError(f"unknown photo {photo_id[:100]}", kind=FailureKind.NOT_FOUND)
