"""The photos of one camera, as the routes of the gallery, the trash and the sessions see them.

``Gallery`` (``library``) implements it in the service; see ``camera_control`` for why it is a protocol.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from photonic.model.api import CaptureRecord, PhotoFile
    from photonic.model.gallery import ThumbnailSize
    from photonic.model.reach import Reach
    from photonic.service.journal.session_rows import Place, SessionRow
    from photonic.service.library.sessions import PlacedStill


class GalleryControl(Protocol):
    """The photos of one camera; the id of any file of a still identifies the still.

    ``before``: only what is before this place in the order of acceptance; ``None``: from the newest on. Each method
    raises ``StorageError`` if the disk fails.
    """

    async def stills(
        self, reach: Reach, session_id: str | None, before: Place | None, limit: int
    ) -> Sequence[PlacedStill]:
        """The stills of a session (``None``: of all), newest first."""
        ...

    async def still_count(self, reach: Reach, session_id: str) -> int:
        """How many stills of a session are within reach."""
        ...

    def oldest_first(self, reach: Reach, session_id: str) -> AsyncIterator[Sequence[PlacedStill]]:
        """The stills of a session, oldest first, piece by piece."""
        ...

    async def deleted(self, before: Place | None, limit: int) -> Sequence[PlacedStill]:
        """Deleted stills that can be restored, newest first."""
        ...

    async def deleted_count(self) -> int:
        """How many stills can be restored."""
        ...

    async def sessions(self, reach: Reach, before: Place | None, limit: int) -> Sequence[SessionRow]:
        """The sessions, the one with the newest still first."""
        ...

    async def session(self, reach: Reach, session_id: str) -> SessionRow | None:
        """One session; ``None`` if it has no stills within reach."""
        ...

    async def session_count(self, reach: Reach) -> int:
        """How many sessions there are."""
        ...

    async def session_ids(self, reach: Reach, after: str, limit: int) -> Sequence[str]:
        """The names of the sessions in their own order, from after ``after`` on."""
        ...

    async def photo(self, photo_id: str) -> tuple[PhotoFile, Path] | None:
        """A photo and its path, photos in the trash included; ``None`` if the id is unknown."""
        ...

    async def thumbnail(self, photo: PhotoFile, path: Path, size: ThumbnailSize) -> bytes:
        """A photo as a small JPEG. Raises ``CaptureError``."""
        ...

    async def delete(self, photo_id: str) -> CaptureRecord | None:
        """Move a still to the trash; ``None`` if the id is unknown. Raises ``StorageError``, ``CaptureError``."""
        ...

    async def restore(self, photo_id: str) -> CaptureRecord | None:
        """Take a still out of the trash; ``None`` if the id is unknown. Raises ``StorageError``, ``CaptureError``."""
        ...
