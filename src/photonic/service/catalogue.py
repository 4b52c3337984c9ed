"""What has been captured: the newest captures and their photos, in memory, read from the journal at the start."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Literal

from photonic.errors import BadInput, FailureKind, PhotonicError
from photonic.model.api import CapturePage, CaptureRecord, PhotoFile
from photonic.model.status import CapturePhase
from photonic.service import names
from photonic.service.journal import Ending, Intent, StagedRow
from photonic.service.storage import StagedFile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path, PurePosixPath

    from photonic.service.journal import Journal
    from photonic.service.storage import PhotoRoot, StoredFile

CAPTURES_IN_MEMORY = 10_000
PAGE_LIMIT = 500

log = logging.getLogger(__name__)


class Catalogue:
    """Ended captures by id, by idempotency key and by photo.

    It holds the newest ``CAPTURES_IN_MEMORY`` of earlier runs, and all of this one; older ones are in the journal only.
    ``image_path`` says how a photo's path is shown: absolute, or relative to the photo root.
    """

    def __init__(self, journal: Journal, root: PhotoRoot, image_path: Literal["absolute", "relative"]) -> None:
        self._journal = journal
        self._root = root
        self._image_path = image_path
        self._records: dict[str, CaptureRecord] = {}
        self._order: list[str] = []
        self._keys: dict[str, str] = {}
        self._photos: dict[str, tuple[PhotoFile, PurePosixPath]] = {}
        self._opening = asyncio.Lock()
        self.saved_count = 0
        self.last_saved_at: datetime | None = None

    async def open(self) -> None:
        """Read the journal, and finish what an earlier run of the service left; does nothing the second time.

        Raises ``StorageError``; may be tried again.
        """
        async with self._opening:
            if self._journal.is_open:
                return
            await asyncio.to_thread(self._root.check)
            await self._journal.open()
            try:
                for intent, staged in await self._journal.unfinished():
                    await self._finish(intent, staged)
                for ending in await self._journal.ended(CAPTURES_IN_MEMORY):
                    self._take(ending)
                self.saved_count = await self._journal.saved_count()
                await asyncio.to_thread(self._clear_saved)
            except PhotonicError:
                await self._journal.close()
                raise

    def record(self, capture_id: str) -> CaptureRecord | None:
        """An ended capture; ``None`` when there is none by this id."""
        return self._records.get(capture_id)

    def record_of_key(self, idempotency_key: str) -> CaptureRecord | None:
        """The ended capture that was asked for with this key."""
        capture_id = self._keys.get(idempotency_key)
        return None if capture_id is None else self._records.get(capture_id)

    def photo(self, photo_id: str) -> tuple[PhotoFile, Path] | None:
        """A photo's facts and its absolute path; ``None`` when there is none by this id."""
        found = self._photos.get(photo_id)
        return None if found is None else (found[0], self._root.path / found[1])

    def photos(self) -> tuple[PhotoFile, ...]:
        """Every photo, newest first."""
        return tuple(photo for photo, _path in reversed(self._photos.values()))

    def page(self, running: Sequence[CaptureRecord], cursor: str | None, limit: int) -> CapturePage:
        """``running`` captures and the ended ones, newest first, from after ``cursor`` (an id, ``None``: the newest).

        Raises ``BadInput`` naming ``cursor`` or ``limit``.
        """
        if not 1 <= limit <= PAGE_LIMIT:
            raise BadInput(f"limit must be from 1 to {PAGE_LIMIT}", field="limit")
        known = {record.id: record for record in running}
        ids = [*self._order, *known]
        if cursor is not None and cursor not in known and cursor not in self._records:
            raise BadInput("cursor belongs to no capture: begin again without one", field="cursor")
        end = len(ids) if cursor is None else ids.index(cursor)
        start = max(0, end - limit)
        captures = tuple(known.get(found) or self._records[found] for found in reversed(ids[start:end]))
        return CapturePage(captures=captures, next_cursor=ids[start] if start > 0 else None)

    async def end(self, record: CaptureRecord, files: Sequence[StoredFile]) -> CaptureRecord:
        """Record how a capture ended, on the disk first; the record as it is shown, with its photos.

        Raises ``StorageError``.
        """
        ending = Ending(record, tuple(files))
        await self._journal.end(ending)
        if record.phase is CapturePhase.SAVED:
            self.saved_count += 1
            await asyncio.to_thread(self._root.clear, record.id)
        else:
            await asyncio.to_thread(self._root.clear_empty, record.id)
        return self._take(ending)

    def remember(self, record: CaptureRecord, files: Sequence[StoredFile]) -> CaptureRecord:
        """As ``end``, for this run of the service only: the journal keeps the capture as unfinished."""
        self.saved_count += record.phase is CapturePhase.SAVED
        return self._take(Ending(record, tuple(files)))

    def _clear_saved(self) -> None:
        for capture_id in self._root.staged_captures():
            record = self._records.get(capture_id)
            if record is not None and record.phase is CapturePhase.SAVED and record.warning is None:
                self._root.clear(capture_id)

    def _take(self, ending: Ending) -> CaptureRecord:
        record = ending.record
        photos = tuple(self._shown(f"{record.id}-{number}", file) for number, file in enumerate(ending.files, 1))
        record = record.model_copy(update={"files": photos})
        self._records[record.id] = record
        self._order.append(record.id)
        if record.idempotency_key is not None:
            self._keys[record.idempotency_key] = record.id
        for photo, file in zip(photos, ending.files, strict=True):
            self._photos[photo.id] = (photo, file.path)
        if record.phase is CapturePhase.SAVED:
            self.last_saved_at = record.metadata.timestamp if record.metadata is not None else record.created_at
        return record

    def _shown(self, photo_id: str, file: StoredFile) -> PhotoFile:
        path = str(self._root.path / file.path) if self._image_path == "absolute" else str(file.path)
        return PhotoFile(
            id=photo_id, path=path, size_bytes=file.size_bytes, sha256=file.sha256, media_type=file.media_type
        )

    async def _finish(self, intent: Intent, rows: Sequence[StagedRow]) -> None:
        """End a capture during which the service stopped: bring in what is whole, else say that it failed."""
        record = intent.record
        stored, refused = await asyncio.to_thread(self._bring_in_whole, intent, rows)
        if stored:
            others = "; other files of the shot were not whole" if refused else ""
            update = {
                "phase": CapturePhase.SAVED,
                "warning": f"brought in at the next start: the service stopped during the capture{others}",
            }
        else:
            update = {
                "phase": CapturePhase.FAILED,
                "error": "service stopped during the capture",
                "error_type": FailureKind.SHUTTING_DOWN.value,
            }
        await self._journal.end(Ending(record.model_copy(update=update), tuple(stored)))
        if not refused:
            await asyncio.to_thread(self._root.clear, record.id)
        log.warning("capture %s was unfinished: %s", record.id, update["phase"])

    def _bring_in_whole(self, intent: Intent, rows: Sequence[StagedRow]) -> tuple[list[StoredFile], list[StagedFile]]:
        known = {row.name: row for row in rows}
        stem = stem_of(intent.record)
        whole: list[StagedFile] = []
        refused: list[StagedFile] = []
        for found in self._root.staged(intent.record.id):
            row = known.get(found.path.name)
            file = found if row is None else StagedFile(found.path, row.camera_name, row.size_bytes)
            # Only a JPEG shows by itself that it is whole.
            told = row is not None or names.extension(file.name) == ".jpg"
            (whole if told and self._root.is_whole(file) else refused).append(file)
        return (self._root.bring_in(whole, intent.directory, stem) if whole else []), refused


def stem_of(record: CaptureRecord) -> str:
    """The name of a capture's files without extension; the time is that of its acceptance."""
    return names.stem(record.session_id, record.sequence_number, int(record.created_at.timestamp()))
