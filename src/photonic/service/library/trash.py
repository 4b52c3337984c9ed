"""Deleted stills: kept below the photo root, restored on request, and removed permanently after a time.

A still is deleted by its record first, and restored by its files first. Either move can be cut off, by a kill or by the
disk: at each start, and before a still is deleted or restored, its files are moved to where the record says. Otherwise
what an earlier restore had placed would stay in the folder, in no record. The record of a removed still is kept, so
that the still is never imported from the card again. The copies on the camera's card are not touched.
"""

from __future__ import annotations

import asyncio
import logging
from itertools import islice
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from photonic.errors import CaptureError, FailureKind, PhotonicError, StorageError
from photonic.recurring import Recurring
from photonic.service.base.background import BackgroundTasks
from photonic.service.journal.trash import Discarded, TrashJournal
from photonic.service.library.trash_folder import TrashFolder
from photonic.service.photo import naming

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from photonic.machine.timekeeping import Timekeeping
    from photonic.model.api import CaptureRecord
    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.library.index import CaptureIndex
    from photonic.service.library.thumbnails import Thumbnails

TRASH_SECONDS = 30 * 86_400.0
CHECK_SECONDS = 3600.0
RETRY_SECONDS = 30.0
HELD_AT_ONCE = 200

log = logging.getLogger(__name__)


class Trash:
    """Deletes and restores stills.

    Args:
        root: Where photos and the trash are stored.
        journal: Records deleted stills.
        capture_index: The captures with their photos.
        thumbnails: The thumbnails, which are deleted with a removed still.
        on_change: Called after each still that is deleted, restored or removed.
        time: The clocks; the time of day is for display only.
        all_read: Waits until no photo has to be read after an unclean stop of the machine; ``None``: there is none.
        keep_seconds: How long a deleted still can be restored; only the time that the service runs counts.
    """

    def __init__(
        self,
        root: PhotoRoot,
        journal: TrashJournal,
        capture_index: CaptureIndex,
        thumbnails: Thumbnails,
        *,
        time: Timekeeping,
        on_change: Callable[[], object],
        all_read: Callable[[], Awaitable[None]] | None = None,
        keep_seconds: float = TRASH_SECONDS,
    ) -> None:
        self._folder = TrashFolder(root)
        self._moves = root.moves
        self._journal = journal
        self._capture_index = capture_index
        self._thumbnails = thumbnails
        self._on_change = on_change
        self._all_read = all_read
        self._keep_seconds = keep_seconds
        self._time = time
        self._reconciled = False
        self._background = BackgroundTasks("cannot delete or restore photos: the service is starting or stopping")

    async def delete(self, capture_id: str) -> CaptureRecord | None:
        """Move a still's files to the trash, even if the client disconnects.

        Returns the record; ``None`` for an unknown id. May be repeated. Raises ``StorageError``; the still is then
        unchanged.
        """
        return await self._background.outcome(self._delete(capture_id))

    async def restore(self, capture_id: str) -> CaptureRecord | None:
        """Move a still's files back, under new names if the old ones are taken, even if the client disconnects.

        Returns the record; ``None`` for an unknown id. Raises ``StorageError``, and ``CaptureError`` (NOT_FOUND) if the
        still was removed permanently.
        """
        return await self._background.outcome(self._restore(capture_id))

    async def run(self) -> None:
        """Finish the moves of an earlier run, and remove expired stills, until cancelled."""
        refusals = Recurring(self._time.monotonic)
        async with self._background:
            while True:
                wait_seconds = CHECK_SECONDS
                try:
                    await self._capture_index.open()
                    if self._all_read is not None:
                        await self._all_read()
                    await self._reconcile()
                    await self._remove_expired()
                except PhotonicError as error:
                    level = refusals.level(str(error), logging.INFO)
                    log.log(level, "cannot clean up the trash: %s", error)
                    wait_seconds = RETRY_SECONDS
                await asyncio.sleep(wait_seconds)

    async def _delete(self, capture_id: str) -> CaptureRecord | None:
        async with self._moves:
            await self._capture_index.open()
            await self._finish_move(capture_id)
            result = await self._capture_index.result(capture_id)
            if result is None or (not result.files and result.record.deleted_at is None):
                return None
            if result.record.deleted_at is not None:
                return await self._capture_index.reread(capture_id)
            before = tuple(file.path for file in result.files)
            wanted = Discarded(
                capture_id,
                before[0].parent,
                int(self._time.unix_seconds()),
                tuple(PurePosixPath(naming.TRASH, capture_id, path.name) for path in before),
                tuple(file.sha256 for file in result.files),
            )
            await self._journal.discard(capture_id, wanted.parent, wanted.files, wanted.deleted_at)
            try:
                await self._take(wanted)
            except StorageError:
                self._reconciled = False  # the disk may refuse this, too: the next check finishes it
                await asyncio.to_thread(self._folder.undo, wanted)
                await self._journal.restore(capture_id, before)
                raise
            log.info("deleted %s: it can be restored", ", ".join(map(str, before)))
            return await self._changed(capture_id)

    async def _restore(self, capture_id: str) -> CaptureRecord | None:
        async with self._moves:
            await self._capture_index.open()
            await self._finish_move(capture_id)
            discarded = await self._journal.of_id(capture_id)
            if discarded is None:
                record = await self._capture_index.reread(capture_id)
                if record is not None and record.deleted_at is not None:
                    raise CaptureError("this photo was removed permanently", kind=FailureKind.NOT_FOUND)
                return record if record is not None and record.files else None
            try:
                places = await asyncio.to_thread(self._folder.give_back, discarded)
                await self._journal.restore(capture_id, places)
            except PhotonicError:
                self._reconciled = False
                await self._take(discarded)
                raise
            await asyncio.to_thread(self._folder.remove, capture_id)
            log.info("restored %s", ", ".join(map(str, places)))
            return await self._changed(capture_id)

    async def _reconcile(self) -> None:
        """Move files to where the records say: once per run, and again after a move that the disk refused."""
        if self._reconciled:
            return
        async with self._moves:
            async for discarded in self._journal.discarded():
                await self._finish_move(discarded.capture_id)
            # Not closed: after a cancellation, a thread may still be in it. It closes its folder when it is dropped.
            held = self._folder.holds()
            while some := await asyncio.to_thread(lambda: list(islice(held, HELD_AT_ONCE))):
                for capture_id in some:
                    if await self._journal.of_id(capture_id) is None:
                        await self._finish_move(capture_id)
        self._reconciled = True

    async def _finish_move(self, capture_id: str) -> None:
        """Move a still's files to where its record says: an earlier move may have been cut off."""
        discarded = await self._journal.of_id(capture_id)
        if discarded is not None:
            await self._take(discarded)
            return
        result = await self._capture_index.result(capture_id)
        if result is None:
            return
        if result.record.deleted_at is None:
            await asyncio.to_thread(self._folder.clear, capture_id, [file.path for file in result.files])
        elif not result.files:
            await asyncio.to_thread(self._folder.remove, capture_id)

    async def _take(self, discarded: Discarded) -> None:
        """Move a still's files to the trash, and remove the names that they still have in their old directory.

        A name that is on record stays: programs that save space make one file of equal photos, with several names.
        """
        left = await asyncio.to_thread(self._folder.take, discarded)
        if left:
            recorded = await self._journal.recorded(left)
            await asyncio.to_thread(self._folder.withdraw, [place for place in left if place not in recorded])

    async def _remove_expired(self) -> None:
        async with self._moves:
            await self._journal.keep_time()
            async for discarded in self._journal.discarded():
                if discarded.age_seconds < self._keep_seconds:
                    return
                await self._journal.remove(discarded.capture_id)
                await asyncio.to_thread(self._folder.remove, discarded.capture_id)
                await self._thumbnails.forget(discarded.digests)
                log.info("permanently removed %s", ", ".join(file.name for file in discarded.files))
                await self._changed(discarded.capture_id)

    async def _changed(self, capture_id: str) -> CaptureRecord | None:
        record = await self._capture_index.reread(capture_id)
        self._on_change()
        return record
