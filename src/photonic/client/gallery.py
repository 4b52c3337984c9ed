"""The gallery of a service: sessions, thumbnails, delete and restore, a session as ZIP.

Used as ``CameraClient.gallery``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from photonic.client.problem import parsed_body
from photonic.model.api import CaptureRecord
from photonic.model.gallery import SessionPage, StillPage, ThumbnailSize

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from photonic.client.ask import Ask

PAGE_LENGTH = 200


class GalleryClient:
    """The photos of the client's camera, or of all cameras if it has none. Every method raises ``ServiceError``.

    Args:
        ask: Sends a request to a route below ``/api/v1``.
        chunks: Returns the body of a GET chunk by chunk.
    """

    def __init__(self, ask: Ask, chunks: Callable[[str], AsyncIterator[bytes]]) -> None:
        self._ask = ask
        self._chunks = chunks

    async def sessions(self, *, cursor: str | None = None, limit: int = PAGE_LENGTH) -> SessionPage:
        """One page of sessions, the one with the newest photo first."""
        return parsed_body(await self._ask("GET", "/sessions", params=_page(cursor, limit)), SessionPage)

    async def stills(self, session_id: str, *, cursor: str | None = None, limit: int = PAGE_LENGTH) -> StillPage:
        """One page of a session's stills, newest first; RAW and JPEG of one shot are one still."""
        route = f"/sessions/{_quoted(session_id)}/photos"
        return parsed_body(await self._ask("GET", route, params=_page(cursor, limit)), StillPage)

    async def every_still(self, session_id: str) -> AsyncGenerator[CaptureRecord]:
        """All stills of a session, newest first, page by page."""
        cursor: str | None = None
        while True:
            page = await self.stills(session_id, cursor=cursor)
            for still in page.stills:
                yield still
            if (cursor := page.next_cursor) is None:
                return

    async def deleted(self, *, cursor: str | None = None, limit: int = PAGE_LENGTH) -> StillPage:
        """One page of the deleted stills that can still be restored, newest first."""
        return parsed_body(await self._ask("GET", "/photos/deleted", params=_page(cursor, limit)), StillPage)

    async def thumbnail(self, photo_id: str, size: ThumbnailSize = ThumbnailSize.SMALL) -> bytes:
        """A small upright JPEG of a photo; for a RAW file, of its preview."""
        return await self._ask("GET", f"/photos/{_quoted(photo_id)}/thumbnail", params={"size": size.value})

    async def delete(self, photo_id: str) -> CaptureRecord:
        """Delete the still that this photo belongs to, RAW and JPEG; it can be restored for some time."""
        return parsed_body(await self._ask("DELETE", f"/photos/{_quoted(photo_id)}"), CaptureRecord)

    async def restore(self, photo_id: str) -> CaptureRecord:
        """Undo a deletion."""
        return parsed_body(await self._ask("POST", f"/photos/{_quoted(photo_id)}/restore"), CaptureRecord)

    def zipped(self, session_id: str) -> AsyncIterator[bytes]:
        """All files of a session as ZIP, chunk by chunk."""
        return self._chunks(f"/sessions/{_quoted(session_id)}/photos.zip")


def _page(cursor: str | None, limit: int) -> dict[str, str | int]:
    return {"limit": limit} if cursor is None else {"limit": limit, "cursor": cursor}


def _quoted(name: str) -> str:
    return quote(name, safe="")
