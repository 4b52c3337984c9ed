"""Captures as clients see them: with the ids and paths of their files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from photonic.model.api import PhotoFile

if TYPE_CHECKING:
    from pathlib import Path

    from photonic.model.api import CaptureRecord
    from photonic.service.journal.capture_rows import CaptureResult
    from photonic.service.photo.staged import StoredFile


class Presentation:
    """Turns results into what clients see.

    Args:
        root: The photo root, absolute.
        image_path: Whether photo paths are shown as absolute paths or relative to the photo root.
    """

    def __init__(self, root: Path, image_path: Literal["absolute", "relative"]) -> None:
        self._root = root
        self._image_path = image_path

    def shown(self, result: CaptureResult) -> CaptureRecord:
        """Return the record of a capture with its files; without them if it was deleted."""
        return result.record if result.record.deleted_at is not None else self.complete(result)

    def complete(self, result: CaptureResult) -> CaptureRecord:
        """Return the record of a capture with its files, even if they are in the trash."""
        photos = tuple(self._photo(result, number, file) for number, file in enumerate(result.files, 1))
        return result.record.model_copy(update={"files": photos})

    def photo(self, result: CaptureResult, photo_id: str) -> tuple[PhotoFile, Path] | None:
        """Return a file of a capture and its absolute path; ``None`` if it has no file with this id."""
        for number, file in enumerate(result.files, 1):
            if (photo := self._photo(result, number, file)).id == photo_id:
                return photo, self._root / file.path
        return None

    def path(self, file: StoredFile) -> Path:
        """Return the absolute path of a file."""
        return self._root / file.path

    def _photo(self, result: CaptureResult, number: int, file: StoredFile) -> PhotoFile:
        return PhotoFile(
            id=f"{result.record.id}-{number}",
            path=str(self._root / file.path) if self._image_path == "absolute" else str(file.path),
            size_bytes=file.size_bytes,
            sha256=file.sha256,
            media_type=file.media_type,
            exif=file.exif,
        )
