"""One camera's photos for browsing: sessions, thumbnails, deletion and restoration."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from photonic.model.gallery import capture_of
from photonic.model.reach import EVERYTHING
from photonic.service.journal.lists import Shelf
from photonic.service.library.sessions import PlacedStill, alone

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from photonic.model.api import CaptureRecord, PhotoFile
    from photonic.model.gallery import ThumbnailSize
    from photonic.model.reach import Reach
    from photonic.service.journal.capture_rows import CaptureResult
    from photonic.service.journal.session_rows import Place, SessionRow
    from photonic.service.library.index import CaptureIndex
    from photonic.service.library.thumbnails import Thumbnails
    from photonic.service.library.trash import Trash


class Gallery:
    """Serves the routes for photos and sessions of one camera. The id of any of its files identifies a still.

    Lists are read from the journal; stills whose end the disk refuses, which are few, are added from memory. Every
    method that reads raises ``StorageError``.
    """

    def __init__(self, capture_index: CaptureIndex, thumbnails: Thumbnails, trash: Trash) -> None:
        self._capture_index = capture_index
        self._lists = capture_index.lists
        self._thumbnails = thumbnails
        self._trash = trash

    async def stills(
        self, reach: Reach, session_id: str | None, before: Place | None, limit: int
    ) -> Sequence[PlacedStill]:
        """Return at most ``limit`` stills within reach, newest first: of a session, before a place."""
        found = [self._placed(result) for result in await self._lists.stills(reach, session_id, before, limit)]
        for still in await self._refused(reach, session_id):
            if (before is None or still.place < before) and all(one.record.id != still.record.id for one in found):
                found.append(still)
        return sorted(found, key=lambda still: still.place, reverse=True)[:limit]

    async def still_count(self, reach: Reach, session_id: str) -> int:
        """Return how many stills of a session are within reach."""
        return await self._lists.still_count(reach, session_id) + len(await self._refused(reach, session_id))

    async def oldest_first(self, reach: Reach, session_id: str) -> AsyncIterator[Sequence[PlacedStill]]:
        """Yield the stills of a session, oldest first, piece by piece."""
        refused = await self._refused(reach, session_id)
        async for results in self._lists.oldest_first(reach, session_id):
            yield [self._placed(result) for result in results]
        if refused:
            yield sorted(refused, key=lambda still: still.place)

    async def deleted(self, before: Place | None, limit: int) -> Sequence[PlacedStill]:
        """Return at most ``limit`` stills that can be restored, newest first, before a place."""
        found = await self._lists.stills(EVERYTHING, None, before, limit, Shelf.TRASH)
        return [self._placed(result) for result in found]

    async def deleted_count(self) -> int:
        """Return how many stills can be restored."""
        return await self._lists.deleted_count()

    async def sessions(self, reach: Reach, before: Place | None, limit: int) -> Sequence[SessionRow]:
        """Return at most ``limit`` sessions of the stills of ``reach.owner``, the one with the newest still first."""
        refused = {still.record.session_id for still in await self._refused(reach, None)}
        rows = await self._lists.sessions(reach.owner, before, limit)
        found = [row for row in rows if row.session_id not in refused]
        for session_id in refused:
            session = await self.session(reach, session_id)
            if session is not None and (before is None or session.place < before):
                found.append(session)
        return sorted(found, key=lambda session: session.place, reverse=True)[:limit]

    async def session(self, reach: Reach, session_id: str) -> SessionRow | None:
        """Return one session; ``None``: it has no stills within reach."""
        found = await self._lists.session(reach.owner, session_id)
        for still in await self._refused(reach, session_id):
            found = alone(still) if found is None else found.with_others(alone(still))
        return found

    async def session_count(self, reach: Reach) -> int:
        """Return how many sessions there are."""
        refused = {still.record.session_id for still in await self._refused(reach, None)}
        new = [one for one in refused if await self._lists.session(reach.owner, one) is None]
        return await self._lists.session_count(reach.owner) + len(new)

    async def session_ids(self, reach: Reach, after: str, limit: int) -> Sequence[str]:
        """Return at most ``limit`` names of sessions in their own order, from after ``after`` on."""
        return await self._lists.session_ids(reach.owner, after, limit)

    async def photo(self, photo_id: str) -> tuple[PhotoFile, Path] | None:
        """Return a photo's facts and its absolute path, even if it is in the trash; ``None`` for an unknown id."""
        return await self._capture_index.photo(photo_id, deleted=True)

    async def thumbnail(self, photo: PhotoFile, path: Path, size: ThumbnailSize) -> bytes:
        """Return the photo as a JPEG of this size. Raises ``CaptureError``."""
        return await self._thumbnails.get(photo, path, size)

    async def delete(self, photo_id: str) -> CaptureRecord | None:
        """Move a still to the trash; return ``None`` for an unknown id. Raises ``StorageError``."""
        return await self._trash.delete(capture_of(photo_id))

    async def restore(self, photo_id: str) -> CaptureRecord | None:
        """Restore a still from the trash; ``None`` for an unknown id. Raises ``CaptureError``, ``StorageError``."""
        return await self._trash.restore(capture_of(photo_id))

    def _placed(self, result: CaptureResult) -> PlacedStill:
        presentation = self._capture_index.presentation
        paths = tuple(presentation.path(file) for file in result.files)
        return PlacedStill(result.place, presentation.complete(result), paths)

    async def _refused(self, reach: Reach, session_id: str | None) -> Sequence[PlacedStill]:
        """The stills that the disk refuses to record, with the places that they have there already."""
        found: list[PlacedStill] = []
        for result in self._capture_index.unrecorded:
            if not result.files or session_id not in {None, result.record.session_id}:
                continue
            if (position := await self._lists.position(reach, result.record.id)) is not None:
                found.append(self._placed(replace(result, place=position[1])))
        return found
