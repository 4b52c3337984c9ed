"""A gallery without a disk: stills that a test puts there."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from photonic.model.api import CaptureRecord, PhotoFile
from photonic.model.gallery import capture_of
from photonic.model.status import CapturePhase
from photonic.service.journal.session_rows import SessionRow
from photonic.service.library.sessions import PlacedStill, alone

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from photonic.model.exif import ExifFacts
    from photonic.model.gallery import ThumbnailSize
    from photonic.model.reach import Reach
    from photonic.service.journal.session_rows import Place

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
_Placed = TypeVar("_Placed", PlacedStill, SessionRow)
TYPES = {".jpg": "image/jpeg", ".cr2": "image/x-canon-cr2"}


def still(
    capture_id: str,
    session_id: str = "guests",
    *names: str,
    at: datetime = NOON,
    exif: ExifFacts | None = None,
    **fields: object,
) -> CaptureRecord:
    """A saved still with files of these names, which all say ``exif``."""
    files = tuple(
        PhotoFile(
            id=f"{capture_id}-{number}",
            path=f"photos/{name}",
            size_bytes=5,
            sha256=f"{capture_id}{number}".ljust(64, "0"),
            media_type=TYPES[name[name.rindex(".") :]],
            exif=exif,
        )
        for number, name in enumerate(names or (f"{capture_id}.jpg",), 1)
    )
    return CaptureRecord(
        id=capture_id,
        camera_id="booth",
        phase=CapturePhase.SAVED,
        session_id=session_id,
        sequence_number=1,
        created_at=at,
        files=files,
        **fields,  # pyright: ignore[reportArgumentType]
    )


class FakeGallery:
    """``root``: where files of the stills lie; ``asked``: the thumbnails that were made; ``refusal`` is raised.

    A still's place is its time of day.
    """

    def __init__(self) -> None:
        self.root: Path | None = None
        self.asked: list[tuple[str, int]] = []
        self.refusal: Exception | None = None
        self._stills: dict[str, CaptureRecord] = {}

    def add(self, *stills: CaptureRecord) -> None:
        for one in stills:
            self._stills[one.id] = one

    async def stills(
        self, reach: Reach, session_id: str | None, before: Place | None, limit: int
    ) -> Sequence[PlacedStill]:
        return _part(self._listed(reach, session_id), before, limit)

    async def still_count(self, reach: Reach, session_id: str) -> int:
        return len(self._listed(reach, session_id))

    async def oldest_first(self, reach: Reach, session_id: str) -> AsyncIterator[Sequence[PlacedStill]]:
        for still in sorted(self._listed(reach, session_id), key=lambda one: one.place):
            yield (still,)

    async def deleted(self, before: Place | None, limit: int) -> Sequence[PlacedStill]:
        return _part(self._deleted(), before, limit)

    async def deleted_count(self) -> int:
        return len(self._deleted())

    async def sessions(self, reach: Reach, before: Place | None, limit: int) -> Sequence[SessionRow]:
        names = {one.record.session_id for one in self._listed(reach, None)}
        return _part([one for name in names if (one := await self.session(reach, name)) is not None], before, limit)

    async def session(self, reach: Reach, session_id: str) -> SessionRow | None:
        stills = sorted(self._listed(reach, session_id), key=lambda one: one.place)
        return reduce(SessionRow.with_others, map(alone, stills)) if stills else None

    async def session_count(self, reach: Reach) -> int:
        return len({one.record.session_id for one in self._listed(reach, None)})

    async def session_ids(self, reach: Reach, after: str, limit: int) -> Sequence[str]:
        names = {one.record.session_id for one in self._listed(reach, None)}
        return sorted(name for name in names if name > after)[:limit]

    async def photo(self, photo_id: str) -> tuple[PhotoFile, Path] | None:
        if self.root is None:
            return None
        known = (file for one in self._stills.values() for file in one.files)
        return next(((file, self.root / file.path) for file in known if file.id == photo_id), None)

    async def thumbnail(self, photo: PhotoFile, path: Path, size: ThumbnailSize) -> bytes:
        if self.refusal is not None:
            raise self.refusal
        self.asked.append((photo.id, size.value))
        return b"small"

    async def delete(self, photo_id: str) -> CaptureRecord | None:
        return self._moved(photo_id, NOON)

    async def restore(self, photo_id: str) -> CaptureRecord | None:
        return self._moved(photo_id, None)

    def _listed(self, reach: Reach, session_id: str | None) -> list[PlacedStill]:
        listed = (one for one in self._stills.values() if one.deleted_at is None and reach.includes(one))
        return [self._placed(one) for one in listed if session_id in {None, one.session_id}]

    def _deleted(self) -> list[PlacedStill]:
        return [self._placed(one) for one in self._stills.values() if one.deleted_at is not None]

    def _placed(self, one: CaptureRecord) -> PlacedStill:
        paths = tuple((self.root or Path()) / file.path for file in one.files)
        return PlacedStill(round(one.created_at.timestamp() * 1_000_000), one, paths)

    def _moved(self, photo_id: str, deleted_at: datetime | None) -> CaptureRecord | None:
        if self.refusal is not None:
            raise self.refusal
        one = self._stills.get(capture_of(photo_id))
        if one is None:
            return None
        self.add(moved := one.model_copy(update={"deleted_at": deleted_at}))
        return moved


def _part(items: list[_Placed], before: Place | None, limit: int) -> Sequence[_Placed]:
    found = [one for one in items if before is None or one.place < before]
    return sorted(found, key=lambda one: one.place, reverse=True)[:limit]
