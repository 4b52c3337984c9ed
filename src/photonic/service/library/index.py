"""The captures that have ended and their photos: read from the journal at the start, then kept in memory.

Theory of operation
-------------------
**The journal is authoritative, and memory is a view of it.** Memory holds the newest ``CAPTURES_IN_MEMORY`` captures of
earlier runs and all captures of this run. Older ones are read from the journal when requested by id or key.

**Opening.** Every user of the journal calls ``open`` first, so that the next call succeeds when a failed disk is back.
Under one lock, the first call that succeeds checks the photo root, opens the journal, runs crash recovery and reads.
Recovery runs before this run records anything, so that all unfinished captures in the journal are from earlier runs. If
a step fails, the journal is closed again and the next call starts over.

**Requests during the start.** An index that has not been read must not look like an empty one: ``wait_until_read``
raises INDEX_UNREAD, which the HTTP layer answers with 503.

**Ending a capture.** The result is written to disk first, then the staging directory is cleared, then memory changes.
If the disk refuses, ``remember`` keeps the result in memory. The capture then stays unfinished in the journal until the
next ``open`` records such results, oldest first; if the service crashes before that, recovery ends the capture. Code
that compares photos with the journal, which lacks the photos of such results, calls ``open_complete``.

**Interleaving.** Everything except disk work runs on the event loop, and there is no ``await`` between the changes that
one capture makes to the table, so readers see only complete records.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING, Literal

from photonic.errors import FailureKind, StorageError
from photonic.model.status import CapturePhase
from photonic.recurring import Recurring
from photonic.service.library.table import CaptureTable, every

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path, PurePosixPath

    from photonic.model.api import CapturePage, CaptureRecord, PhotoFile
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.journal.capture_rows import CaptureResult, CommitEffects
    from photonic.service.journal.captures import CaptureJournal
    from photonic.service.library.sessions import SessionIndex
    from photonic.service.library.table import CaptureFilter
    from photonic.service.photo.staged import Leftover, StoredFile

CAPTURES_IN_MEMORY = 10_000
READING_SECONDS = 2.0
"""How long a request waits for the index after a start. Reading 10,000 captures takes under a second; web pages wait up
to 5 s for an answer."""

log = logging.getLogger(__name__)


class CaptureIndex:
    """Ended captures by id, by idempotency key and by photo.

    Args:
        journal: Where captures are recorded; ``open`` opens it.
        root: The photo root of the same camera.
        image_path: Whether photo paths are shown as absolute paths or relative to the photo root.
        recover: Ends the captures that an earlier run left unfinished, and returns the staged files that belong to no
            running capture. Called with the journal open, before it is read; called again if opening failed.
        clock: Returns monotonic seconds.

    ``leftovers`` holds the files that ``recover`` returned, and ``saved_count`` is the number of saved stills.
    """

    def __init__(
        self,
        journal: CaptureJournal,
        root: PhotoRoot,
        image_path: Literal["absolute", "relative"],
        *,
        recover: Callable[[], Awaitable[list[Leftover]]],
        clock: Callable[[], float],
    ) -> None:
        self._journal = journal
        self._root = root
        self._recover = recover
        self._table = CaptureTable(root.path, image_path)
        self._opening = asyncio.Lock()
        self._tried = asyncio.Event()
        self._unread: StorageError | None = None
        self._read = False
        self._unrecorded: deque[tuple[CaptureResult, CommitEffects]] = deque()
        self._refusals = Recurring(clock)
        self.leftovers: list[Leftover] = []
        self.saved_count = 0

    async def open(self) -> None:
        """Open and read the journal; if it is already open, record the results that the disk refused before.

        Raises ``StorageError``; may be called repeatedly.
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
                self._tried.set()

    async def open_complete(self) -> None:
        """Like ``open``, and make sure that the journal has every result, so that photos can be compared with it.

        Raises ``StorageError``, also while the disk refuses a result.
        """
        await self.open()
        if self._unrecorded:
            waiting = self._unrecorded[0][0].record.id
            raise StorageError(f"the photo index does not contain capture {waiting} yet: the disk refuses it")

    async def wait_until_read(self) -> None:
        """Wait until the index has been read.

        Raises ``StorageError``: INDEX_UNREAD after ``READING_SECONDS``, or the reason why the index cannot be read.
        """
        if self._read:
            return
        try:
            async with asyncio.timeout(READING_SECONDS):
                await self._tried.wait()
        except TimeoutError:
            reason = "the photo index is still being read: try again in a moment"
            raise StorageError(reason, kind=FailureKind.INDEX_UNREAD) from None
        if not self._read and self._unread is None:
            raise StorageError("the service is stopping: the photo index was not read", kind=FailureKind.INDEX_UNREAD)
        if self._unread is not None:
            raise StorageError(f"the photo index cannot be read: {self._unread.reason}", kind=self._unread.kind)

    @property
    def known_count(self) -> int | None:
        """The number of saved stills; ``None`` before the index has been read."""
        return self.saved_count if self._read else None

    @property
    def session_index(self) -> SessionIndex:
        """The stills in memory, by session."""
        return self._table.session_index

    @property
    def last_saved_at(self) -> datetime | None:
        """When the most recently saved still was taken; ``None`` before the first one."""
        return self._table.last_saved_at

    def record(self, capture_id: str) -> CaptureRecord | None:
        """Return an ended capture from memory; ``None`` for any other id."""
        return self._table.record(capture_id)

    async def find(self, capture_id: str) -> CaptureRecord | None:
        """Return an ended capture from memory or the journal; ``None`` for an unknown id. Raises ``StorageError``."""
        if (record := self._table.record(capture_id)) is not None:
            return record
        result = await self._journal.of_id(capture_id)
        return None if result is None else self._table.shown(result)

    async def reread(self, capture_id: str) -> CaptureRecord | None:
        """Reload a capture from the journal after its photo was deleted, restored or removed.

        ``None`` for an unknown id. Raises ``StorageError``.
        """
        result = await self._journal.of_id(capture_id)
        return None if result is None else self._table.put(result)

    async def of_key(self, idempotency_key: str, owner: str | None) -> tuple[CaptureRecord, PurePosixPath] | None:
        """Return the ended capture that ``owner`` requested with this key, and the directory named in the request.

        ``None`` for an unknown key. Raises ``StorageError``.
        """
        if (found := self._table.of_key(idempotency_key, owner)) is not None:
            return found
        result = await self._journal.of_key(idempotency_key, owner)
        return None if result is None else (self._table.shown(result), result.directory)

    async def result(self, capture_id: str) -> CaptureResult | None:
        """Return an ended capture as recorded; ``None`` for an unknown id. Raises ``StorageError``."""
        return await self._journal.of_id(capture_id)

    async def holds(self, sha256: str) -> bool:
        """Return whether a photo with this content is recorded. Raises ``StorageError``."""
        return await self._journal.holds(sha256)

    async def recorded(self, paths: Collection[PurePosixPath]) -> frozenset[PurePosixPath]:
        """Return those of the paths, below the photo root, that are recorded as photos. Raises ``StorageError``."""
        return await self._journal.recorded(paths) if paths else frozenset()

    async def last_number(self, session_id: str) -> int:
        """Return the highest sequence number of a session so far, 0 for a new session. Raises ``StorageError``."""
        return await self._journal.last_number(session_id)

    def newest(self, count: int) -> list[CaptureRecord]:
        """Return the captures that ended last, newest first."""
        return self._table.newest(count)

    def photo(self, photo_id: str, *, deleted: bool = False) -> tuple[PhotoFile, Path] | None:
        """Return a photo's facts and its absolute path, like ``CaptureTable.photo``."""
        return self._table.photo(photo_id, deleted=deleted)

    def photos(self, visible: CaptureFilter = every) -> Iterator[PhotoFile]:
        """Yield the photos in memory, newest first, of the captures that are ``visible``."""
        return self._table.photos(visible)

    def page(
        self,
        running: Sequence[CaptureRecord],
        cursor: str | None,
        limit: int,
        visible: CaptureFilter = every,
    ) -> CapturePage:
        """Return one page of captures, newest first, like ``CaptureTable.page``. Raises ``BadInput``."""
        return self._table.page(running, cursor, limit, visible)

    async def end(self, result: CaptureResult, effects: CommitEffects) -> CaptureRecord:
        """Record the result of a capture, on disk first. Returns the record with its photos.

        Raises ``StorageError``.
        """
        await self._journal.end(result, effects)
        self.saved_count += result.record.phase is CapturePhase.SAVED
        await self._clear_staging(result, effects)
        return self._table.put(result)

    async def add(self, result: CaptureResult, effects: CommitEffects) -> CaptureRecord:
        """Record an imported photo. Returns the record with its photos. Raises ``StorageError``."""
        result = await self._journal.add(result, effects)
        self.saved_count += 1
        for other in (effects.resolves, effects.noted):
            if other is not None:
                self._table.update(other)
        return self._table.put(result)

    async def extend(self, result: CaptureResult, late: StoredFile, effects: CommitEffects) -> CaptureRecord:
        """Record a late file of an ended capture; ``result`` already includes it. Raises ``StorageError``."""
        await self._journal.extend(result, [late], effects)
        return self._table.put(result)

    def remember(self, result: CaptureResult, effects: CommitEffects) -> CaptureRecord:
        """Like ``end``, if the disk refuses: keep the result in memory until a later ``open`` can record it."""
        self._unrecorded.append((result, effects))
        self.saved_count += result.record.phase is CapturePhase.SAVED
        return self._table.put(result)

    async def _read_all(self) -> None:
        try:
            await asyncio.to_thread(self._root.check)
            await self._journal.open()
        except StorageError as error:
            # Live view continues; each capture request tries again and reports the error.
            log.log(self._refusals.level(error.reason), "captures are not possible: %s", error.reason)
            raise
        if self._refusals.over():
            log.info("captures are possible again: the photo root is writable")
        try:
            leftovers = await self._recover()
            for result in await self._journal.ended(CAPTURES_IN_MEMORY):
                self._table.put(result)
            self.saved_count = await self._journal.saved_count()
            self.leftovers = leftovers
        except BaseException:
            await self._journal.close()
            raise

    async def _catch_up(self) -> None:
        """Record the results that are only in memory, oldest first, until the disk refuses one."""
        while self._unrecorded:
            result, effects = self._unrecorded[0]
            try:
                await self._journal.end(result, effects)
            except StorageError as error:
                level = self._refusals.level(error.reason)
                log.log(level, "capture %s is still in memory only: %s", result.record.id, error)
                return
            self._unrecorded.popleft()
            await self._clear_staging(result, effects)

    async def _clear_staging(self, result: CaptureResult, effects: CommitEffects) -> None:
        if result.record.phase is CapturePhase.SAVED:
            await asyncio.to_thread(self._root.staging.clear, result.record.id, effects.kept)
        else:
            await asyncio.to_thread(self._root.staging.clear_empty, result.record.id)
