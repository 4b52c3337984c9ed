"""What has been captured: the newest captures and their photos, in memory, read from the journal at the start."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal

from photonic.errors import BadInput, FailureKind, StorageError
from photonic.model.api import CapturePage, CaptureRecord, PhotoFile
from photonic.model.status import CapturePhase
from photonic.recurring import Recurring
from photonic.service.ingest.crash_recovery import CrashRecovery
from photonic.service.library.sessions import SessionIndex
from photonic.service.photo import naming

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.journal.captures import CaptureJournal, CaptureResult, CommitEffects
    from photonic.service.photo.staged import Leftover, StoredFile

CAPTURES_IN_MEMORY = 10_000
PAGE_LIMIT = 500
READING_SECONDS = 2.0
"""How long a request waits for the index after a start: 10,000 captures take under a second, and pages wait 5 s."""

log = logging.getLogger(__name__)


class CaptureIndex:
    """Ended captures by id, by idempotency key and by photo.

    It holds the newest ``CAPTURES_IN_MEMORY`` of earlier runs, and all of this one; older ones are in the journal only.
    ``image_path`` says how a photo's path is shown: absolute, or relative to the photo root. ``delete_copies``: the
    card's copies of what an earlier run has staged are to go. ``leftovers``: staged files of an earlier run that belong
    to no running capture, once ``open`` has gathered them. ``session_index``: what there is to look at.
    """

    def __init__(
        self,
        journal: CaptureJournal,
        root: PhotoRoot,
        image_path: Literal["absolute", "relative"],
        *,
        delete_copies: bool = False,
    ) -> None:
        self._journal = journal
        self._root = root
        self._image_path = image_path
        self._records: dict[str, CaptureRecord] = {}
        self._order: list[str] = []
        self._keys: dict[str, str] = {}
        self._photos: dict[str, tuple[PhotoFile, PurePosixPath]] = {}
        self._opening = asyncio.Lock()
        self._looked = asyncio.Event()
        self._unread: StorageError | None = None
        self._read = False
        self._recovery = CrashRecovery(journal, root, delete_copies=delete_copies)
        self._directories: dict[str, PurePosixPath] = {}
        self._unrecorded: deque[tuple[CaptureResult, CommitEffects]] = deque()
        self._refusals = Recurring()
        self.session_index = SessionIndex()
        self.leftovers: list[Leftover] = []
        self.saved_count = 0
        self.last_saved_at: datetime | None = None

    async def open(self) -> None:
        """Read the journal, and finish what an earlier run of the service left; later: record what could not be before.

        Raises ``StorageError``; may be tried again.
        """
        async with self._opening:
            if self._journal.is_open:
                await self._catch_up()
                return
            try:
                await self._read_all()
            except StorageError as error:
                self._unread = error
                raise
            else:
                self._read, self._unread = True, None
            finally:
                self._looked.set()

    async def read(self) -> None:
        """Wait until the index has been read, so that what is asked of it is not answered as if there were nothing.

        Raises ``StorageError``: INDEX_UNREAD when that takes longer than ``READING_SECONDS``, or why it cannot be read.
        """
        if self._read:
            return
        try:
            async with asyncio.timeout(READING_SECONDS):
                await self._looked.wait()
        except TimeoutError:
            reason = "the index of photos is still being read: ask again in a moment"
            raise StorageError(reason, kind=FailureKind.INDEX_UNREAD) from None
        if not self._read and self._unread is None:
            raise StorageError(
                "the service is stopping: the index of photos was not read", kind=FailureKind.INDEX_UNREAD
            )
        if self._unread is not None:
            raise StorageError(f"the index of photos cannot be read: {self._unread.reason}", kind=self._unread.kind)

    @property
    def known_count(self) -> int | None:
        """How many stills were saved; ``None`` before the index has been read."""
        return self.saved_count if self._read else None

    def record(self, capture_id: str) -> CaptureRecord | None:
        """An ended capture; ``None`` when there is none by this id."""
        return self._records.get(capture_id)

    async def found(self, capture_id: str) -> CaptureRecord | None:
        """An ended capture, however old. Raises ``StorageError``."""
        if (record := self._records.get(capture_id)) is not None:
            return record
        ending = await self._journal.of_id(capture_id)
        return None if ending is None else self._shown_record(self._with_photos(ending))

    async def reread(self, capture_id: str) -> CaptureRecord | None:
        """An ended capture, shown from now on as the journal has it: its photo was deleted, restored or removed.

        Raises ``StorageError``.
        """
        ending = await self._journal.of_id(capture_id)
        return None if ending is None else self._take(ending)

    async def of_key(self, idempotency_key: str) -> tuple[CaptureRecord, PurePosixPath] | None:
        """The ended capture that was asked for with this key, and the directory that it was for.

        Raises ``StorageError``.
        """
        capture_id = self._keys.get(idempotency_key)
        if capture_id is not None:
            return self._records[capture_id], self._directories.get(capture_id, PurePosixPath())
        ending = await self._journal.of_key(idempotency_key)
        return None if ending is None else (self._shown_record(self._with_photos(ending)), ending.directory)

    async def ending(self, capture_id: str) -> CaptureResult | None:
        """An ended capture as it is recorded; ``None`` when there is none by this id. Raises ``StorageError``."""
        return await self._journal.of_id(capture_id)

    async def last_number(self, session_id: str) -> int:
        """The highest sequence number that a session has had, 0 for none. Raises ``StorageError``."""
        return await self._journal.last_number(session_id)

    def newest(self, count: int) -> list[CaptureRecord]:
        """The captures that ended last, newest first."""
        return [self._records[found] for found in self._order[: -count - 1 : -1]]

    def photo(self, photo_id: str, *, deleted: bool = False) -> tuple[PhotoFile, Path] | None:
        """A photo's facts and its absolute path; ``None`` when there is none by this id.

        ``deleted``: one in the trash counts, too.
        """
        found = self._photos.get(photo_id)
        if found is None or (found[1].is_relative_to(naming.TRASH) and not deleted):
            return None
        return found[0], self._root.path / found[1]

    def photos(self) -> tuple[PhotoFile, ...]:
        """Every photo, newest first."""
        return tuple(photo for found in reversed(self._order) for photo in reversed(self._records[found].files))

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

    async def end(self, ending: CaptureResult, consequences: CommitEffects) -> CaptureRecord:
        """Record how a capture ended, on the disk first; the record as it is shown, with its photos.

        Raises ``StorageError``.
        """
        await self._journal.end(ending, consequences)
        record = ending.record
        if record.phase is CapturePhase.SAVED:
            self.saved_count += 1
            await asyncio.to_thread(self._root.clear, record.id, consequences.kept)
        else:
            await asyncio.to_thread(self._root.clear_empty, record.id)
        return self._take(ending)

    async def add(self, ending: CaptureResult, consequences: CommitEffects) -> CaptureRecord:
        """Record a photo that nobody asked for; the record as it is shown. Raises ``StorageError``."""
        ending = await self._journal.add(ending, consequences)
        self.saved_count += 1
        for other in (consequences.settles, consequences.noted):
            if other is not None and (known := self._records.get(other.id)) is not None:
                self._records[other.id] = other.model_copy(update={"files": known.files})
        return self._take(ending)

    async def extend(self, ending: CaptureResult, late: StoredFile, consequences: CommitEffects) -> CaptureRecord:
        """Record a late file of a still that has ended, as ``ending`` now stands. Raises ``StorageError``."""
        await self._journal.extend(ending, [late], consequences)
        return self._take(ending)

    def remember(self, ending: CaptureResult, consequences: CommitEffects) -> CaptureRecord:
        """As ``end``, in memory until the disk takes it: the journal keeps the capture as unfinished so long."""
        self._unrecorded.append((ending, consequences))
        self.saved_count += ending.record.phase is CapturePhase.SAVED
        return self._take(ending)

    async def _read_all(self) -> None:
        try:
            await asyncio.to_thread(self._root.check)
            await self._journal.open()
        except StorageError as error:
            # Live view goes on; each capture tries again, and is told.
            log.log(self._refusals.level(error.reason), "captures are not possible: %s", error.reason)
            raise
        if self._refusals.over():
            log.info("captures are possible again: the photo root can be written")
        try:
            await self._recovery.finish()
            for ending in await self._journal.ended(CAPTURES_IN_MEMORY):
                self._take(ending)
            self.saved_count = await self._journal.saved_count()
            self.leftovers = await self._recovery.leftovers()
        except BaseException:
            await self._journal.close()
            raise

    async def _catch_up(self) -> None:
        """Record what is in memory only, oldest first, as far as the disk takes it."""
        while self._unrecorded:
            ending, consequences = self._unrecorded[0]
            try:
                await self._journal.end(ending, consequences)
            except StorageError as error:
                level = self._refusals.level(error.reason)
                log.log(level, "capture %s is still in memory only: %s", ending.record.id, error)
                return
            self._unrecorded.popleft()
            if ending.record.phase is CapturePhase.SAVED:
                await asyncio.to_thread(self._root.clear, ending.record.id, consequences.kept)
            else:
                await asyncio.to_thread(self._root.clear_empty, ending.record.id)

    def _with_photos(self, ending: CaptureResult) -> CaptureRecord:
        record = ending.record
        photos = tuple(self._shown(f"{record.id}-{number}", file) for number, file in enumerate(ending.files, 1))
        return record.model_copy(update={"files": photos})

    def _shown_record(self, record: CaptureRecord) -> CaptureRecord:
        return record if record.deleted_at is None else record.model_copy(update={"files": ()})

    def _take(self, ending: CaptureResult) -> CaptureRecord:
        whole = self._with_photos(ending)
        record = self._shown_record(whole)
        known = self._records.get(record.id)
        if known is None:
            self._order.append(record.id)
            if record.phase is CapturePhase.SAVED:
                self.last_saved_at = record.metadata.timestamp if record.metadata is not None else record.created_at
        self._records[record.id] = record
        self._directories[record.id] = ending.directory
        if record.idempotency_key is not None:
            self._keys[record.idempotency_key] = record.id
        self._take_photos(whole, ending)
        return record

    def _take_photos(self, whole: CaptureRecord, ending: CaptureResult) -> None:
        for photo, file in zip(whole.files, ending.files, strict=True):
            self._photos[photo.id] = (photo, file.path)
        if whole.files:
            self.session_index.put(whole, ending.ordinal)
        elif whole.deleted_at is not None:
            for photo in self.session_index.forget(whole):
                del self._photos[photo.id]

    def _shown(self, photo_id: str, file: StoredFile) -> PhotoFile:
        path = str(self._root.path / file.path) if self._image_path == "absolute" else str(file.path)
        return PhotoFile(
            id=photo_id,
            path=path,
            size_bytes=file.size_bytes,
            sha256=file.sha256,
            media_type=file.media_type,
            exif=file.exif,
        )
