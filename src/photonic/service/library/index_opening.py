"""Opens the index: once, for all that call for it, and reports why it cannot be read until then.

Theory of operation
-------------------
**Opening.** Every user of the journal calls ``open`` first, so that the next call succeeds when a failed disk is back.
Under one lock, the first call that succeeds checks the photo root, opens the journal and runs crash recovery. Recovery
runs before this run records anything, so that all unfinished captures in the journal are from earlier runs. If a step
fails, the journal is closed again and the next call starts over.

**Requests during the start.** An index that has not been read must not look like an empty one: ``wait_until_read``
raises INDEX_UNREAD, which the HTTP layer answers with 503.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from photonic.errors import FailureKind, StorageError
from photonic.recurring import Recurring

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from photonic.service.files.photo_root import PhotoRoot
    from photonic.service.journal.database import JournalFile

READING_SECONDS = 2.0
"""How long a request waits for the index after a start, which takes longer only while an older index is upgraded, or
many captures are recovered. Web pages wait up to 5 s for an answer."""

log = logging.getLogger(__name__)


class IndexOpening:
    """The opening of one index.

    Args:
        journal: The index.
        root: Its photo root.
        read: Reads what is needed of the index, and recovers. Called with the journal open; called again if that
            failed.
        catch_up: Called by ``open`` when the journal is open already.
        clock: Returns monotonic seconds.
    """

    def __init__(
        self,
        journal: JournalFile,
        root: PhotoRoot,
        *,
        read: Callable[[], Awaitable[None]],
        catch_up: Callable[[], Awaitable[None]],
        clock: Callable[[], float],
    ) -> None:
        self._journal = journal
        self._root = root
        self._read = read
        self._catch_up = catch_up
        self._opening = asyncio.Lock()
        self._tried = asyncio.Event()
        self._unread: StorageError | None = None
        self._refusals = Recurring(clock)
        self.is_read = False

    async def open(self) -> None:
        """Open and read the index, or catch up if it is open already. Raises ``StorageError``; called repeatedly."""
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
                self.is_read, self._unread = True, None
            finally:
                self._tried.set()

    async def wait_until_read(self) -> None:
        """Wait until the index has been read.

        Raises ``StorageError``: INDEX_UNREAD after ``READING_SECONDS``, or the reason why the index cannot be read.
        """
        if self.is_read:
            return
        try:
            async with asyncio.timeout(READING_SECONDS):
                await self._tried.wait()
        except TimeoutError:
            reason = "the photo index is still being read: try again in a moment"
            raise StorageError(reason, kind=FailureKind.INDEX_UNREAD) from None
        if not self.is_read and self._unread is None:
            raise StorageError("the service is stopping: the photo index was not read", kind=FailureKind.INDEX_UNREAD)
        if self._unread is not None:
            raise StorageError(f"the photo index cannot be read: {self._unread.reason}", kind=self._unread.kind)

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
            await self._read()
        except BaseException:
            await self._journal.close()
            raise
