"""Sessions: the list, their stills page by page, and all photos of a session as a ZIP file."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

from photonic.access.links import ScopeKind
from photonic.access.permission import Permission
from photonic.model.gallery import SessionPage, StillPage
from photonic.service.http.downloads import Download
from photonic.service.http.routes.dependencies import Context, IndexedControllers, Seen
from photonic.service.http.routes.ordering import order_of
from photonic.service.library import zip_archive
from photonic.service.library.sessions import in_order, session_page, sessions, still_page
from photonic.serving.route_permissions import needs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from photonic.model.api import CaptureRecord
    from photonic.service.http.camera_control import CameraControl
    from photonic.service.library.table import CaptureFilter

SESSIONS_LENGTH = 100
PAGE_LENGTH = 100
PAGE_LIMIT = 500

SessionName = Annotated[str, Path(max_length=200)]
Cursor = Annotated[str | None, Query(max_length=300, description="next_cursor of the previous page")]
Limit = Annotated[int, Query(ge=1, le=PAGE_LIMIT)]


def sessions_router() -> APIRouter:
    """The sessions of all cameras, or of the one that ``?camera=`` names; to be included under the API prefix."""
    router = APIRouter(prefix="/sessions", tags=["photos"])

    @router.get("", summary="List sessions")
    @needs(Permission.PHOTOS)
    async def listed(
        controllers: IndexedControllers, seen: Seen, cursor: Cursor = None, limit: Limit = SESSIONS_LENGTH
    ) -> SessionPage:
        """The sessions, with their number of photos, times and cover photo; the one with the newest photo first.

        For a guest, sessions consist of its own photos.
        """
        order = order_of(controllers)
        found = sessions(_stills(controllers, None, seen), order)
        return session_page(found, cursor, limit, order)

    @router.get("/{session_id}/photos", summary="List the stills of a session")
    @needs(Permission.PHOTOS, links=[ScopeKind.SESSION])
    async def stills(
        session_id: SessionName,
        controllers: IndexedControllers,
        seen: Seen,
        cursor: Cursor = None,
        limit: Limit = PAGE_LENGTH,
    ) -> StillPage:
        """The stills of a session, newest first; RAW and JPEG of one shot are one still with two files."""
        return still_page(_stills(controllers, session_id, seen), cursor, limit, order_of(controllers))

    @router.get("/{session_id}/photos.zip", summary="Download a session", response_class=StreamingResponse)
    @needs(Permission.PHOTOS, links=[ScopeKind.SESSION])
    async def zipped(
        session_id: SessionName, request: Request, app_context: Context, controllers: IndexedControllers, seen: Seen
    ) -> Response:
        """All photos of a session, RAW and JPEG, as a ZIP file that is created while it is sent."""
        entries = _entries(controllers, session_id, seen)
        if not entries:
            raise HTTPException(404, f"session {session_id[:100]} has no photos")
        (folder,) = zip_archive.entry_names([session_id])
        headers = {"Content-Disposition": _attachment(f"{folder}.zip"), "Cache-Control": "no-store"}
        archive = StreamingResponse(zip_archive.pieces(entries, folder), media_type="application/zip", headers=headers)
        return Download(archive, app_context.lease(request, Permission.PHOTOS))

    return router


def _stills(
    controllers: Sequence[CameraControl], session_id: str | None, seen: CaptureFilter
) -> Iterator[CaptureRecord]:
    return (still for one in controllers for still in one.gallery.stills(session_id) if seen(still))


def _entries(controllers: Sequence[CameraControl], session_id: str, seen: CaptureFilter) -> list[zip_archive.Entry]:
    """The files of the session's stills, oldest first."""
    stills = in_order(_stills(controllers, session_id, seen), order_of(controllers))
    found = [
        (still.created_at.timestamp(), place[1], file.sha256)
        for still in stills
        for file in still.files
        for controller in controllers
        if (place := controller.gallery.photo(file.id)) is not None
    ]
    names = zip_archive.entry_names([PurePath(path).name for _taken_at, path, _sha256 in found])
    return [
        zip_archive.Entry(name, path, taken_at, sha256)
        for name, (taken_at, path, sha256) in zip(names, found, strict=True)
    ]


def _attachment(name: str) -> str:
    """RFC 6266: the name in ASCII for old clients, and unchanged (RFC 8187)."""
    plain = "".join(letter if letter.isascii() and letter not in '"\\%' else "_" for letter in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
