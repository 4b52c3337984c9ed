"""One camera's photos for browsing: sessions, thumbnails, deletion and restoration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.model.gallery import capture_of

if TYPE_CHECKING:
    from pathlib import Path

    from photonic.model.api import CaptureRecord, PhotoFile
    from photonic.model.gallery import ThumbnailSize
    from photonic.service.library.index import CaptureIndex
    from photonic.service.library.sessions import Order
    from photonic.service.library.thumbnails import Thumbnails
    from photonic.service.library.trash import Trash


class Gallery:
    """Serves the routes for photos and sessions of one camera. The id of any of its files identifies a still."""

    def __init__(self, capture_index: CaptureIndex, thumbnails: Thumbnails, trash: Trash) -> None:
        self._capture_index = capture_index
        self._thumbnails = thumbnails
        self._trash = trash

    @property
    def order(self) -> Order:
        """The position of each still in the order of acceptance, including deleted stills."""
        return self._capture_index.session_index.order

    def stills(self, session_id: str | None = None) -> list[CaptureRecord]:
        """Return the stills of a session (``None``: of all sessions), in no particular order."""
        return self._capture_index.session_index.stills(session_id)

    def deleted(self) -> list[CaptureRecord]:
        """Return the stills that can be restored, in no particular order."""
        return self._capture_index.session_index.deleted()

    def photo(self, photo_id: str) -> tuple[PhotoFile, Path] | None:
        """Return a photo's facts and its absolute path, even if it is in the trash; ``None`` for an unknown id."""
        return self._capture_index.photo(photo_id, deleted=True)

    async def thumbnail(self, photo: PhotoFile, path: Path, size: ThumbnailSize) -> bytes:
        """Return the photo as a JPEG of this size. Raises ``CaptureError``."""
        return await self._thumbnails.get(photo, path, size)

    async def delete(self, photo_id: str) -> CaptureRecord | None:
        """Move a still to the trash; return ``None`` for an unknown id. Raises ``StorageError``."""
        return await self._trash.delete(capture_of(photo_id))

    async def restore(self, photo_id: str) -> CaptureRecord | None:
        """Restore a still from the trash; ``None`` for an unknown id. Raises ``CaptureError``, ``StorageError``."""
        return await self._trash.restore(capture_of(photo_id))
