"""The captures that have ended: recorded in the journal, and looked up there.

Theory of operation
-------------------
**The journal is the index.** Nothing is held in memory for all captures; what is here is what the disk has refused so
far, the number of saved stills, and the last few captures that ended. How it is opened: ``index_opening``.

**Ending a capture.** The result is written to disk first, then the staging directory is cleared. If the disk refuses,
``remember`` keeps the result in memory, where lists and look-ups find it. The capture then stays unfinished in the
journal until the next ``open`` records such results, oldest first; if the service crashes before that, recovery ends
the capture. Code that compares photos with the journal, which lacks those of such results, calls ``open_complete``.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Literal

from photonic.errors import StorageError
from photonic.model.gallery import capture_of
from photonic.model.reach import EVERYTHING
from photonic.model.saved import SaveLevel
from photonic.model.status import CapturePhase
from photonic.recurring import Recurring
from photonic.service.journal.lists import ListJournal, taken_at
from photonic.service.library.index_opening import IndexOpening
from photonic.service.library.presentation import Presentation

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection
    from datetime import datetime
    from pathlib import Path, PurePosixPath

    from photonic.model.api import CaptureRecord, PhotoFile
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.journal.capture_rows import CaptureResult, CommitEffects
    from photonic.service.journal.captures import CaptureJournal
    from photonic.service.journal.paths import NameBeforeTrash
    from photonic.service.photo.staged import Leftover, StoredFile

LATEST = 50
"""How many captures that ended last are remembered, for statuses that were made before they ended."""

log = logging.getLogger(__name__)


class CaptureIndex:
    """Ended captures by id, by idempotency key and by photo, and newest first.

    Args:
        journal: Where captures are recorded; ``open`` opens it.
        root: The photo root of the same camera.
        image_path: Whether photo paths are shown as absolute paths or relative to the photo root.
        recover: Ends the captures that an earlier run left unfinished, and returns the staged files that belong to no
            running capture. Called with the journal open, before it is read; called again if opening failed.
        clock: Returns monotonic seconds.

    ``leftovers`` holds the files that ``recover`` returned, ``saved_count`` is the number of saved stills, and
    ``saved_levels`` counts the stills of this run by the level that they had reached when they were recorded.
    ``last_saved_at`` is when the most recently saved one was taken, ``None`` before the first one. ``rev`` increases
    with every change of a still. ``lists`` reads what is on record, ``presentation`` turns it into what clients see.
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
        self.lists = ListJournal(journal)
        self.presentation = Presentation(root.path, image_path)
        self._latest: OrderedDict[str, CaptureRecord] = OrderedDict()
        self._opening = IndexOpening(journal, root, read=self._read, catch_up=self._catch_up, clock=clock)
        self._unrecorded: deque[tuple[CaptureResult, CommitEffects]] = deque()
        self._refusals = Recurring(clock)
        self.leftovers: list[Leftover] = []
        self.saved_count = 0
        self.saved_levels = dict.fromkeys(SaveLevel, 0)
        self.last_saved_at: datetime | None = None
        self.rev = 0

    async def open(self) -> None:
        """Open and read the journal; if it is already open, record the results that the disk refused before.

        Raises ``StorageError``; may be called repeatedly.
        """
        await self._opening.open()

    async def wait_until_read(self) -> None:
        """Wait until the index has been read. Raises ``StorageError``, see ``IndexOpening.wait_until_read``."""
        await self._opening.wait_until_read()

    async def open_complete(self) -> None:
        """Like ``open``, and make sure that the journal has every result, so that photos can be compared with it.

        Raises ``StorageError``, also while the disk refuses a result.
        """
        await self.open()
        if self._unrecorded:
            raise _not_recorded(self._unrecorded[0][0].record.id)

    @property
    def known_count(self) -> int | None:
        """The number of saved stills; ``None`` before the index has been read."""
        return self.saved_count if self._opening.is_read else None

    @property
    def unrecorded(self) -> tuple[CaptureResult, ...]:
        """The results that the disk has refused so far, oldest first."""
        return tuple(result for result, _effects in self._unrecorded)

    def latest(self, capture_id: str) -> CaptureRecord | None:
        """Return a capture if it is one of those that ended last in this run, or one that the disk refuses."""
        if (result := self._unrecorded_of(capture_id)) is not None:
            return self.presentation.shown(result)
        return self._latest.get(capture_id)

    async def find(self, capture_id: str) -> CaptureRecord | None:
        """Return an ended capture; ``None`` for an unknown id. Raises ``StorageError``."""
        result = self._unrecorded_of(capture_id) or await self._journal.of_id(capture_id)
        return None if result is None else self.presentation.shown(result)

    async def reread(self, capture_id: str) -> CaptureRecord | None:
        """Like ``find``, after a photo was deleted, restored or removed."""
        self._latest.pop(capture_id, None)
        self.rev += 1
        return await self.find(capture_id)

    async def of_key(self, idempotency_key: str, owner: str | None) -> tuple[CaptureRecord, PurePosixPath] | None:
        """Return the ended capture that ``owner`` requested with this key, and the directory named in the request.

        ``None`` for an unknown key. Raises ``StorageError``.
        """
        for result in self.unrecorded:
            if (result.record.idempotency_key, result.record.owner) == (idempotency_key, owner):
                return self.presentation.shown(result), result.directory
        result = await self._journal.of_key(idempotency_key, owner)
        return None if result is None else (self.presentation.shown(result), result.directory)

    async def result(self, capture_id: str) -> CaptureResult | None:
        """Return an ended capture as recorded; ``None`` for an unknown id.

        Raises ``StorageError``, also while the disk refuses this result.
        """
        if self._unrecorded_of(capture_id) is not None:
            raise _not_recorded(capture_id)
        return await self._journal.of_id(capture_id)

    async def holds(self, sha256: str) -> bool:
        """Return whether a photo with this content is recorded. Raises ``StorageError``."""
        return await self._journal.holds(sha256)

    async def recorded(self, paths: Collection[PurePosixPath]) -> frozenset[PurePosixPath]:
        """Return those of the paths, below the photo root, that are recorded as photos. Raises ``StorageError``."""
        return await self._journal.recorded(paths)

    async def before_trash(self, sha256: str) -> list[NameBeforeTrash]:
        """Return which names the files in the trash with this content had before. Raises ``StorageError``."""
        return await self._journal.before_trash(sha256)

    async def last_number(self, session_id: str) -> int:
        """Return the highest sequence number of a session so far, 0 for a new session. Raises ``StorageError``."""
        return await self._journal.last_number(session_id)

    async def newest(self, count: int) -> list[CaptureRecord]:
        """Return the newest captures that have ended, newest first. Raises ``StorageError``."""
        refused = self.unrecorded[::-1]
        found = await self.lists.captures(EVERYTHING, None, count)
        return [self.presentation.shown(result) for result in (*refused, *found)][:count]

    async def photo(self, photo_id: str, *, deleted: bool = False) -> tuple[PhotoFile, Path] | None:
        """Return a photo's facts and its absolute path; ``None`` for an unknown id.

        ``deleted``: whether to include photos in the trash. Raises ``StorageError``.
        """
        capture_id = capture_of(photo_id)
        result = self._unrecorded_of(capture_id) or await self._journal.of_id(capture_id)
        if result is None or (result.record.deleted_at is not None and not deleted):
            return None
        return self.presentation.photo(result, photo_id)

    async def end(self, result: CaptureResult, effects: CommitEffects) -> CaptureRecord:
        """Record the result of a capture, on disk first. Returns the record with its photos.

        Raises ``StorageError``.
        """
        await self._journal.end(result, effects)
        self._count(result)
        await self._clear_staging(result, effects)
        return self._ended(result)

    async def add(self, result: CaptureResult, effects: CommitEffects) -> CaptureRecord:
        """Record an imported photo. Returns the record with its photos. Raises ``StorageError``."""
        await self._journal.add(result, effects)
        self._count(result)
        for other in (effects.resolves, effects.noted):
            if other is not None:
                self._latest.pop(other.id, None)
        return self._ended(result)

    async def extend(self, result: CaptureResult, late: StoredFile, effects: CommitEffects) -> CaptureRecord:
        """Record a late file of an ended capture; ``result`` already includes it. Raises ``StorageError``."""
        await self._journal.extend(result, [late], effects)
        return self._ended(result)

    def remember(self, result: CaptureResult, effects: CommitEffects) -> CaptureRecord:
        """Like ``end``, if the disk refuses: keep the result in memory until a later ``open`` can record it."""
        self._unrecorded.append((result, effects))
        self._count(result)
        return self._ended(result)

    def _count(self, result: CaptureResult) -> None:
        if result.record.phase is CapturePhase.SAVED:
            self.saved_count += 1
            self.saved_levels[result.record.saved or SaveLevel.DISK] += 1
            self.last_saved_at = taken_at(result.record)

    def _ended(self, result: CaptureResult) -> CaptureRecord:
        record = self.presentation.shown(result)
        self._latest[record.id] = record
        self._latest.move_to_end(record.id)
        while len(self._latest) > LATEST:
            self._latest.popitem(last=False)
        self.rev += 1
        return record

    def _unrecorded_of(self, capture_id: str) -> CaptureResult | None:
        return next((result for result in self.unrecorded if result.record.id == capture_id), None)

    async def _read(self) -> None:
        leftovers = await self._recover()
        self.saved_count = await self.lists.saved_count()
        self.last_saved_at = await self.lists.last_saved_at()
        self.leftovers = leftovers

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


def _not_recorded(capture_id: str) -> StorageError:
    return StorageError(f"the photo index does not contain capture {capture_id} yet: the disk refuses it")
