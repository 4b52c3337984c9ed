"""Sessions: the list, their stills page by page, and all photos of a session as a ZIP file."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

from photonic.access.links import ScopeKind
from photonic.access.permission import Permission
from photonic.model.gallery import SessionPage, StillPage
from photonic.service.http.downloads import Download
from photonic.service.http.gallery_pages import oldest_first, session_page, still_page
from photonic.service.http.routes.dependencies import Context, IndexedControllers, Seen
from photonic.service.http.session_archive import SessionArchive
from photonic.serving.route_permissions import needs

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
        return await session_page([controller.gallery for controller in controllers], seen, cursor, limit)

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
        galleries = [controller.gallery for controller in controllers]
        return await still_page(galleries, seen, session_id, cursor, limit)

    @router.get("/{session_id}/photos.zip", summary="Download a session", response_class=StreamingResponse)
    @needs(Permission.PHOTOS, links=[ScopeKind.SESSION])
    async def zipped(
        session_id: SessionName, request: Request, app_context: Context, controllers: IndexedControllers, seen: Seen
    ) -> Response:
        """All photos of a session, RAW and JPEG, as a ZIP file that is created while it is sent."""
        galleries = [controller.gallery for controller in controllers]
        archive = SessionArchive(oldest_first(galleries, seen, session_id), session_id)
        if not await archive.begin():
            raise HTTPException(404, f"session {session_id[:100]} has no photos")
        headers = {"Content-Disposition": _attachment(f"{archive.folder}.zip"), "Cache-Control": "no-store"}
        whole = StreamingResponse(archive.pieces(), media_type="application/zip", headers=headers)
        return Download(whole, app_context.lease(request, Permission.PHOTOS))

    return router


def _attachment(name: str) -> str:
    """RFC 6266: the name in ASCII for old clients, and unchanged (RFC 8187)."""
    plain = "".join(letter if letter.isascii() and letter not in '"\\%' else "_" for letter in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
