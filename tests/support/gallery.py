"""A gallery without a disk: stills that a test puts there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from photonic.model.api import CaptureRecord, PhotoFile
from photonic.model.gallery import capture_of
from photonic.model.status import CapturePhase
from photonic.service.library.sessions import SessionIndex

if TYPE_CHECKING:
    from pathlib import Path

    from photonic.model.exif import ExifFacts
    from photonic.model.gallery import ThumbnailSize
    from photonic.service.library.sessions import Order

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
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
    """``root``: where files of the stills lie; ``asked``: the thumbnails that were made; ``refusal`` is raised."""

    def __init__(self) -> None:
        self.session_index = SessionIndex()
        self.root: Path | None = None
        self.asked: list[tuple[str, int]] = []
        self.refusal: Exception | None = None

    def add(self, *stills: CaptureRecord) -> None:
        for one in stills:
            self.session_index.put(one)

    @property
    def order(self) -> Order:
        return self.session_index.order

    def stills(self, session_id: str | None = None) -> list[CaptureRecord]:
        return self.session_index.stills(session_id)

    def deleted(self) -> list[CaptureRecord]:
        return self.session_index.deleted()

    def photo(self, photo_id: str) -> tuple[PhotoFile, Path] | None:
        if self.root is None:
            return None
        known = (file for one in (*self.stills(), *self.deleted()) for file in one.files)
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

    def _moved(self, photo_id: str, deleted_at: datetime | None) -> CaptureRecord | None:
        if self.refusal is not None:
            raise self.refusal
        for one in (*self.stills(), *self.deleted()):
            if one.id == capture_of(photo_id):
                self.add(moved := one.model_copy(update={"deleted_at": deleted_at}))
                return moved
        return None
