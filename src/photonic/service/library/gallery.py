"""One camera's photos as people look at them: by session, small, deleted and restored."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from photonic.model.api import CaptureRecord, PhotoFile
    from photonic.model.gallery import ThumbnailSize
    from photonic.service.library.index import CaptureIndex
    from photonic.service.library.sessions import Order
    from photonic.service.library.thumbnails import Thumbnails
    from photonic.service.library.trash import Trash


class Gallery:
    """What the routes of photos and sessions need of a station; a still is known by the id of any of its files."""

    def __init__(self, capture_index: CaptureIndex, thumbnails: Thumbnails, trash: Trash) -> None:
        self._capture_index = capture_index
        self._thumbnails = thumbnails
        self._trash = trash

    @property
    def order(self) -> Order:
        """Where the stills stand in the order of acceptance, deleted ones too."""
        return self._capture_index.session_index.order

    def stills(self, session_id: str | None = None) -> list[CaptureRecord]:
        """The stills of a session, ``None``: all; in no order."""
        return self._capture_index.session_index.stills(session_id)

    def deleted(self) -> list[CaptureRecord]:
        """Stills that can be restored; in no order."""
        return self._capture_index.session_index.deleted()

    def photo(self, photo_id: str) -> tuple[PhotoFile, Path] | None:
        """A photo's facts and where it lies, in the trash too; ``None`` when there is none by this id."""
        return self._capture_index.photo(photo_id, deleted=True)

    async def thumbnail(self, photo: PhotoFile, path: Path, size: ThumbnailSize) -> bytes:
        """A JPEG of this size. Raises ``CaptureError``."""
        return await self._thumbnails.get(photo, path, size)

    async def delete(self, photo_id: str) -> CaptureRecord | None:
        """Move a still into the trash; ``None`` when there is none. Raises ``StorageError``."""
        return await self._trash.delete(capture_of(photo_id))

    async def restore(self, photo_id: str) -> CaptureRecord | None:
        """Put a still back; ``None`` when there is none. Raises ``CaptureError``, ``StorageError``."""
        return await self._trash.restore(capture_of(photo_id))


def capture_of(photo_id: str) -> str:
    """The id of the still that a file is of; the ids of files end with a number."""
    return photo_id.rpartition("-")[0]
