"""Ended captures in memory: by id, by idempotency key and by photo, and their stills by session. No I/O."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING, Literal

from photonic.errors import BadInput
from photonic.model.api import CapturePage, CaptureRecord, PhotoFile
from photonic.model.status import CapturePhase
from photonic.service.library.sessions import SessionIndex
from photonic.service.photo import naming

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path, PurePosixPath

    from photonic.service.journal.capture_rows import CaptureResult
    from photonic.service.photo.staged import StoredFile

PAGE_LIMIT = 500

CaptureFilter = Callable[[CaptureRecord], bool]
"""Whether a capture exists for a reader."""


def every(_record: CaptureRecord) -> bool:
    """The filter for a reader who may see everything."""
    return True


class CaptureTable:
    """The captures that were added with ``put``.

    Args:
        root: The photo root, absolute.
        image_path: Whether photo paths are shown as absolute paths or relative to the photo root.

    ``session_index`` holds the stills by session. ``last_saved_at`` is when the most recently saved still was taken.
    """

    def __init__(self, root: Path, image_path: Literal["absolute", "relative"]) -> None:
        self._root = root
        self._image_path = image_path
        self._records: dict[str, CaptureRecord] = {}
        self._order: list[str] = []
        self._keys: dict[tuple[str, str | None], str] = {}
        self._photos: dict[str, tuple[PhotoFile, PurePosixPath]] = {}
        self._directories: dict[str, PurePosixPath] = {}
        self.session_index = SessionIndex()
        self.last_saved_at: datetime | None = None

    def record(self, capture_id: str) -> CaptureRecord | None:
        """Return a capture as clients see it; ``None`` for an unknown id."""
        return self._records.get(capture_id)

    def of_key(self, idempotency_key: str, owner: str | None) -> tuple[CaptureRecord, PurePosixPath] | None:
        """Return the capture that ``owner`` requested with this key, and the requested directory, or ``None``."""
        capture_id = self._keys.get((idempotency_key, owner))
        return None if capture_id is None else (self._records[capture_id], self._directories[capture_id])

    def newest(self, count: int) -> list[CaptureRecord]:
        """Return the captures that ended last, newest first."""
        return [self._records[capture_id] for capture_id in self._order[: -count - 1 : -1]]

    def photo(self, photo_id: str, *, deleted: bool = False) -> tuple[PhotoFile, Path] | None:
        """Return a photo's facts and its absolute path; ``None`` for an unknown id.

        Args:
            photo_id: As in ``PhotoFile.id``.
            deleted: Whether to include photos in the trash.
        """
        found = self._photos.get(photo_id)
        if found is None or (found[1].is_relative_to(naming.TRASH) and not deleted):
            return None
        return found[0], self._root / found[1]

    def photos(self, visible: CaptureFilter = every) -> Iterator[PhotoFile]:
        """Yield the photos in memory, newest first, of the captures that are ``visible``."""
        for record in map(self._records.__getitem__, reversed(self._order)):
            if record.files and visible(record):
                yield from reversed(record.files)

    def page(
        self,
        running: Sequence[CaptureRecord],
        cursor: str | None,
        limit: int,
        visible: CaptureFilter = every,
    ) -> CapturePage:
        """Return one page of captures, newest first. Each page but the last is full.

        Args:
            running: Captures that have not ended; they are newer than all ended ones.
            cursor: The id of the last capture on the previous page; ``None`` for the first page.
            limit: The maximum number of captures on the page.
            visible: Which captures exist for the reader; the id of another one is an unknown cursor.

        Raises:
            BadInput: Names ``cursor`` or ``limit``.
        """
        if not 1 <= limit <= PAGE_LIMIT:
            raise BadInput(f"limit must be from 1 to {PAGE_LIMIT}", field="limit")
        known = {record.id: record for record in running}
        ids = [*self._order, *known]
        if cursor is not None:
            last = known.get(cursor) or self._records.get(cursor)
            if last is None or not visible(last):
                raise BadInput("unknown cursor: start again without one", field="cursor")
            del ids[ids.index(cursor) :]
        records = (known.get(one) or self._records[one] for one in reversed(ids))
        found = tuple(islice(filter(visible, records), limit + 1))
        page = found[:limit]
        return CapturePage(captures=page, next_cursor=page[-1].id if len(found) > limit else None)

    def put(self, result: CaptureResult) -> CaptureRecord:
        """Add or replace a capture. Returns the record as clients see it."""
        complete = self._with_photos(result)
        record = _visible(complete)
        if record.id not in self._records:
            self._order.append(record.id)
            if record.phase is CapturePhase.SAVED:
                self.last_saved_at = record.metadata.timestamp if record.metadata is not None else record.created_at
        self._records[record.id] = record
        self._directories[record.id] = result.directory
        if record.idempotency_key is not None:
            self._keys[record.idempotency_key, record.owner] = record.id
        self._put_photos(complete, result)
        return record

    def update(self, record: CaptureRecord) -> None:
        """Replace the record of a capture but keep its files; do nothing for an unknown id."""
        if (known := self._records.get(record.id)) is not None:
            self._records[record.id] = record.model_copy(update={"files": known.files})

    def shown(self, result: CaptureResult) -> CaptureRecord:
        """Return the record of a capture as clients see it: with its files, or without them if it was deleted."""
        return _visible(self._with_photos(result))

    def _put_photos(self, complete: CaptureRecord, result: CaptureResult) -> None:
        for photo, file in zip(complete.files, result.files, strict=True):
            self._photos[photo.id] = (photo, file.path)
        if complete.files:
            self.session_index.put(complete, result.ordinal)
        elif complete.deleted_at is not None:
            for photo in self.session_index.forget(complete):
                del self._photos[photo.id]

    def _with_photos(self, result: CaptureResult) -> CaptureRecord:
        record = result.record
        photos = tuple(self._photo_file(f"{record.id}-{number}", file) for number, file in enumerate(result.files, 1))
        return record.model_copy(update={"files": photos})

    def _photo_file(self, photo_id: str, file: StoredFile) -> PhotoFile:
        path = str(self._root / file.path) if self._image_path == "absolute" else str(file.path)
        return PhotoFile(
            id=photo_id,
            path=path,
            size_bytes=file.size_bytes,
            sha256=file.sha256,
            media_type=file.media_type,
            exif=file.exif,
        )


def _visible(record: CaptureRecord) -> CaptureRecord:
    """Return the record as clients see it: a deleted still has no files."""
    return record if record.deleted_at is None else record.model_copy(update={"files": ()})
