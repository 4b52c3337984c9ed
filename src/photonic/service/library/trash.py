"""Deleted stills: kept below the photo root, restored on request, removed for good after a time.

The record comes first, the files follow; at each start files are put where the record says. That a still was taken
stays on record for good, so that it never comes in from the card again; nothing here touches the camera's copy.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from photonic.errors import CaptureError, FailureKind, PhotonicError, StorageError
from photonic.recurring import Recurring
from photonic.service.base.shutdown import BackgroundTasks
from photonic.service.files import claims
from photonic.service.journal.trash import Discarded, TrashJournal
from photonic.service.photo import naming
from photonic.service.photo.staged import StagedFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.model.api import CaptureRecord
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.library.index import CaptureIndex
    from photonic.service.library.thumbnails import Thumbnails

TRASH_SECONDS = 30 * 86_400.0
LOOK_SECONDS = 3600.0
RETRY_SECONDS = 30.0

log = logging.getLogger(__name__)


class Trash:
    """Deletes and restores stills. ``keep_seconds``: how long a deleted one can be restored, in time that the service
    runs; ``now``: unix seconds, shown only.

    ``on_change`` is called after each that was deleted, restored or removed.
    """

    def __init__(
        self,
        root: PhotoRoot,
        journal: TrashJournal,
        capture_index: CaptureIndex,
        thumbnails: Thumbnails,
        *,
        on_change: Callable[[], object],
        keep_seconds: float = TRASH_SECONDS,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._folder = TrashFolder(root)
        self._journal = journal
        self._capture_index = capture_index
        self._thumbnails = thumbnails
        self._on_change = on_change
        self._keep_seconds = keep_seconds
        self._now = now
        self._one_at_a_time = asyncio.Lock()
        self._tidy = False
        self._background = BackgroundTasks("nothing is deleted or restored now: the service is starting or stopping")

    async def delete(self, capture_id: str) -> CaptureRecord | None:
        """Move a still's files into the trash; ``None`` when there is no such still. Twice is once.

        A caller that hangs up changes nothing. Raises ``StorageError``; then the still is as it was.
        """
        return await self._background.outcome(self._delete(capture_id))

    async def restore(self, capture_id: str) -> CaptureRecord | None:
        """Put a still's files back, under other names where theirs are taken; ``None`` when there is no such still.

        Raises ``CaptureError`` (NOT_FOUND) when it was removed for good, ``StorageError``.
        """
        return await self._background.outcome(self._restore(capture_id))

    async def run(self) -> None:
        """Finish what an earlier run has begun, and remove what is old enough, until cancelled."""
        refusals = Recurring()
        async with self._background:
            while True:
                wait_seconds = LOOK_SECONDS
                try:
                    await self._capture_index.open()
                    await self._tidy_up()
                    await self._remove_old()
                except PhotonicError as error:
                    level = refusals.level(str(error), logging.INFO)
                    log.log(level, "the trash was not looked through: %s", error)
                    wait_seconds = RETRY_SECONDS
                await asyncio.sleep(wait_seconds)

    async def _delete(self, capture_id: str) -> CaptureRecord | None:
        async with self._one_at_a_time:
            await self._capture_index.open()
            ending = await self._capture_index.result(capture_id)
            if ending is None or (not ending.files and ending.record.deleted_at is None):
                return None
            if ending.record.deleted_at is not None:
                return await self._capture_index.reread(capture_id)
            before = tuple(file.path for file in ending.files)
            wanted = Discarded(
                capture_id,
                before[0].parent,
                int(self._now()),
                tuple(PurePosixPath(naming.TRASH, capture_id, path.name) for path in before),
                tuple(file.sha256 for file in ending.files),
            )
            await self._journal.discard(capture_id, wanted.parent, wanted.files, wanted.deleted_at)
            try:
                await asyncio.to_thread(self._folder.take, wanted)
            except StorageError:
                await asyncio.to_thread(self._folder.undo, wanted)
                await self._journal.restore(capture_id, before)
                raise
            log.info("deleted %s: it can be restored", ", ".join(map(str, before)))
            return await self._changed(capture_id)

    async def _restore(self, capture_id: str) -> CaptureRecord | None:
        async with self._one_at_a_time:
            await self._capture_index.open()
            discarded = await self._journal.of_id(capture_id)
            if discarded is None:
                record = await self._capture_index.reread(capture_id)
                if record is not None and record.deleted_at is not None:
                    raise CaptureError("this photo was removed for good", kind=FailureKind.NOT_FOUND)
                return record if record is not None and record.files else None
            try:
                places = await asyncio.to_thread(self._folder.give_back, discarded)
                await self._journal.restore(capture_id, places)
            except PhotonicError:
                await asyncio.to_thread(self._folder.take, discarded)
                raise
            await asyncio.to_thread(self._folder.remove, capture_id)
            log.info("restored %s", ", ".join(map(str, places)))
            return await self._changed(capture_id)

    async def _tidy_up(self) -> None:
        """Put files where the record says, once a run: a service may have been killed on the way."""
        if self._tidy:
            return
        async with self._one_at_a_time:
            for discarded in await self._journal.discarded():
                await asyncio.to_thread(self._folder.take, discarded)
            for capture_id in await asyncio.to_thread(self._folder.holds):
                ending = await self._capture_index.result(capture_id)
                if ending is not None and ending.record.deleted_at is not None and not ending.files:
                    await asyncio.to_thread(self._folder.remove, capture_id)
        self._tidy = True

    async def _remove_old(self) -> None:
        async with self._one_at_a_time:
            await self._journal.keep_time()
            for discarded in await self._journal.discarded():
                if discarded.age_seconds < self._keep_seconds:
                    return
                await self._journal.remove(discarded.capture_id)
                await asyncio.to_thread(self._folder.remove, discarded.capture_id)
                await self._thumbnails.forget(discarded.digests)
                log.info("removed %s for good", ", ".join(file.name for file in discarded.files))
                await self._changed(discarded.capture_id)

    async def _changed(self, capture_id: str) -> CaptureRecord | None:
        record = await self._capture_index.reread(capture_id)
        self._on_change()
        return record


class TrashFolder:
    """The files themselves; everything here blocks, and raises ``StorageError`` where the disk refuses."""

    def __init__(self, root: PhotoRoot) -> None:
        self._root = root

    def take(self, discarded: Discarded) -> None:
        """Have the files lie in the trash, and nowhere else; what does already, stays. May be called again."""
        with self._root.translated():
            parent = self._root.path / discarded.parent
            claims.make_directories(self._root.path / naming.TRASH / discarded.capture_id)
            for place in discarded.files:
                trashed, original = self._root.path / place, parent / place.name
                if trashed.is_file():
                    if parent.is_dir():
                        claims.withdraw(trashed, parent)
                elif original.is_file():
                    claims.move(original, trashed)
            claims.flush(self._root.path / naming.TRASH / discarded.capture_id)
            if parent.is_dir():
                claims.flush(parent)

    def undo(self, discarded: Discarded) -> None:
        """Have those files back under their own names that ``take`` has moved before it failed."""
        with self._root.translated():
            for place in discarded.files:
                trashed, original = self._root.path / place, self._root.path / discarded.parent / place.name
                if trashed.is_file() and not original.exists():
                    claims.move(trashed, original)

    def give_back(self, discarded: Discarded) -> list[PurePosixPath]:
        """Give the files names where they came from, beside those in the trash; which, below the root.

        Raises ``CaptureError`` (NOT_FOUND) when somebody has taken one away.
        """
        directory = self._root.directory(discarded.parent)
        files = [StagedFile(self._root.path / place, place.name, None) for place in discarded.files]
        if any(not file.path.is_file() for file in files):
            raise CaptureError("its files are no longer in the trash", kind=FailureKind.NOT_FOUND)
        with self._root.translated():
            places = claims.claim_all(files, directory, files[0].path.stem)
            claims.flush(directory)
        return [PurePosixPath(place.relative_to(self._root.path.resolve())) for place in places]

    def remove(self, capture_id: str) -> None:
        """Take away what lies there of this still."""
        shutil.rmtree(self._root.path / naming.TRASH / capture_id, ignore_errors=True)

    def holds(self) -> list[str]:
        """Of which stills something lies there."""
        place = self._root.path / naming.TRASH
        return sorted(one.name for one in place.iterdir() if one.is_dir()) if place.is_dir() else []
