"""A service's photos for people: sessions, small pictures, delete and restore, a session as ZIP.

Used as ``CameraClient.gallery``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from photonic.errors import ServiceError
from photonic.model.api import CaptureRecord
from photonic.model.gallery import SessionPage, StillPage, ThumbnailSize

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from photonic.client.ask import Ask

PAGE_LENGTH = 200

Model = TypeVar("Model", bound=BaseModel)


class GalleryClient:
    """The photos of the client's camera, or of all cameras if it names none. Every method raises ``ServiceError``.

    ``ask`` sends a request to a route below ``/api/v1``; ``pieces`` returns the body of a GET piece by piece.
    """

    def __init__(self, ask: Ask, pieces: Callable[[str], AsyncIterator[bytes]]) -> None:
        self._ask = ask
        self._pieces = pieces

    async def sessions(self, *, cursor: str | None = None, limit: int = PAGE_LENGTH) -> SessionPage:
        """One page of sessions, the one with the newest photo first."""
        return _parsed(await self._ask("GET", "/sessions", params=_page(cursor, limit)), SessionPage)

    async def stills(self, session_id: str, *, cursor: str | None = None, limit: int = PAGE_LENGTH) -> StillPage:
        """One page of a session's stills, newest first; RAW and JPEG of one shot are one still."""
        route = f"/sessions/{_quoted(session_id)}/photos"
        return _parsed(await self._ask("GET", route, params=_page(cursor, limit)), StillPage)

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
        """One page of the stills that were deleted and can be restored, newest first."""
        return _parsed(await self._ask("GET", "/photos/deleted", params=_page(cursor, limit)), StillPage)

    async def thumbnail(self, photo_id: str, size: ThumbnailSize = ThumbnailSize.SMALL) -> bytes:
        """A photo as a small upright JPEG; of a RAW file its preview."""
        return await self._ask("GET", f"/photos/{_quoted(photo_id)}/thumbnail", params={"size": size.value})

    async def delete(self, photo_id: str) -> CaptureRecord:
        """Delete the still that this photo is of, RAW and JPEG: it can be restored for a time."""
        return _parsed(await self._ask("DELETE", f"/photos/{_quoted(photo_id)}"), CaptureRecord)

    async def restore(self, photo_id: str) -> CaptureRecord:
        """Undo a delete."""
        return _parsed(await self._ask("POST", f"/photos/{_quoted(photo_id)}/restore"), CaptureRecord)

    def zipped(self, session_id: str) -> AsyncIterator[bytes]:
        """All files of a session as ZIP, piece by piece."""
        return self._pieces(f"/sessions/{_quoted(session_id)}/photos.zip")


def _page(cursor: str | None, limit: int) -> dict[str, str | int]:
    return {"limit": limit} if cursor is None else {"limit": limit, "cursor": cursor}


def _quoted(name: str) -> str:
    return quote(name, safe="")


def _parsed(body: bytes, shape: type[Model]) -> Model:
    try:
        return shape.model_validate_json(body)
    except ValidationError as error:
        raise ServiceError(f"the answer is no {shape.__name__}: {error.error_count()} fields are off") from error
