"""The copies of photos on a second disk: made before a capture is answered, or later from a queue.

Theory of operation
-------------------
**A capture waits for its copies**, but never longer than ``COPY_SECONDS`` in all, and not at all for a disk that was
too slow for the last one. What has no copy then waits in the journal's queue, and the answer says why. Photos that
nobody waits for (the camera's own button, late files, films, what a start recovers) go through the queue in any case.

**The queue** is in the journal (``journal.second_copies``), one row for each file, written together with the photo.
``run`` works it off, oldest first, one piece of a file at a time, while no capture runs. After an error of the disk it
tries again after ``RETRY_SECONDS``; a stored file that is missing or changed is left for ``SKIP_SECONDS``, and the
others go on. A copy that is on the disk but not on record (a crash came between) is found by its name and content.

**One thread** works on the second disk (``files.disk_thread``). A disk that hangs holds that thread and nothing else: a
capture that cannot get its turn within its time goes to the queue, and the queue says that the disk hangs, and looks
again until it answers.

**Deleting.** The copy of a photo in the trash stays where it is, so that restoring it changes nothing here; no new copy
is made of it meanwhile. When the photo is removed permanently, its copy is deleted, also later, if the disk is gone.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from photonic.errors import PhotonicError, StorageError
from photonic.model.reason import Reason, ReasonCode, reason
from photonic.model.status import SecondDiskStatus
from photonic.recurring import Recurring
from photonic.service.files.second_root import SecondDiskError
from photonic.service.photo.saved_level import WAITING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import PurePosixPath

    from photonic.service.files.second_root import SecondDisk, SecondRoot
    from photonic.service.journal.second_copies import CopyToMake, SecondCopyJournal
    from photonic.service.library.index import CaptureIndex
    from photonic.service.photo.staged import StoredFile

COPY_SECONDS = 10.0
"""How long a capture waits for its copies."""
CHECK_SECONDS = 10.0
RETRY_SECONDS = 30.0
"""Delay before the next try after the second disk has refused something."""
SKIP_SECONDS = 120.0
"""For so long a stored file that cannot be read, or has changed, holds up no other."""
PAGE = 16

_TOO_SLOW = frozenset({ReasonCode.SECOND_DISK_SLOW, ReasonCode.SECOND_DISK_HANGS})

log = logging.getLogger(__name__)


class SecondCopies:
    """Makes the copies of one camera's photos on the second disk.

    Args:
        root: The second folder.
        journal: The queue.
        capture_index: The captures, for their records.
        idle: Waits until no capture is queued or in execution.
        clock: Monotonic seconds.
        on_change: Called when the status changes, and after each copy.

    ``made`` counts the copies of this run.
    """

    def __init__(
        self,
        root: SecondRoot,
        journal: SecondCopyJournal,
        capture_index: CaptureIndex,
        *,
        idle: Callable[[], Awaitable[None]],
        clock: Callable[[], float],
        on_change: Callable[[], object],
    ) -> None:
        self._root = root
        self._journal = journal
        self._capture_index = capture_index
        self._idle = idle
        self._clock = clock
        self._on_change = on_change
        self._wanted = asyncio.Event()
        self._deadline: asyncio.Timeout | None = None
        self._closed = False
        self._used: bool | None = None
        self._fault: Reason | None = None
        self._refused: Reason | None = None
        self._retry_at = 0.0
        self._skipped: dict[int, float] = {}
        self._free_bytes: int | None = None
        self._waiting = 0
        self._refusals = Recurring(clock)
        self.made = 0

    @property
    def status(self) -> SecondDiskStatus:
        """The state of the second disk and its queue."""
        short = self.fault
        return SecondDiskStatus(
            reason=None if short is None else short.text,
            reason_code=None if short is None else short.code.value,
            free_bytes=self._free_bytes,
            waiting=self._waiting,
        )

    @property
    def fault(self) -> Reason | None:
        """Why the second disk takes no copies; ``None``: it does, or nothing is known yet."""
        return self._fault or self._refused

    def wake(self) -> None:
        """There may be something to copy or to delete. Never waits."""
        self._wanted.set()

    def close(self) -> None:
        """Let captures wait for no copies any more: the service stops."""
        self._closed = True
        if self._deadline is not None and not self._deadline.expired():
            self._deadline.reschedule(asyncio.get_running_loop().time())

    async def copy(self, files: Sequence[StoredFile]) -> tuple[tuple[PurePosixPath | None, ...], Reason | None]:
        """Copy the files of one still, within ``COPY_SECONDS``. Raises nothing.

        Returns:
            Where each copy is, ``None``: it has none; and why one has none, ``None``: all have one.
        """
        places: list[PurePosixPath | None] = []
        short = self._known_fault()
        try:
            async with asyncio.timeout(COPY_SECONDS) as self._deadline:
                while short is None and len(places) < len(files):
                    short = await self._look(files[len(places)].size_bytes)
                    if short is None:
                        places.append(await self._copied(files[len(places)], "capture"))
        except TimeoutError:
            short = WAITING if self._closed else self._slow()
        except SecondDiskError as error:
            short = self._refuse(error.why)
        except StorageError as error:
            log.warning("no second copy was made: %s", error.reason)
            short = WAITING
        finally:
            self._deadline = None
        return (*places, *(None for _file in files[len(places) :])), short

    async def run(self) -> None:
        """Make the copies that wait, and delete the unwanted ones, until cancelled."""
        while True:
            before = self.status
            try:
                await self._capture_index.open()
                await self._work()
            except PhotonicError as error:
                level = self._refusals.level(str(error), logging.INFO)
                log.log(level, "the second copies wait for the photo index: %s", error)
            if self.status != before:
                self._on_change()
            with suppress(TimeoutError):
                async with asyncio.timeout(CHECK_SECONDS):
                    await self._wanted.wait()
            self._wanted.clear()

    async def _work(self) -> None:
        self._waiting = await self._journal.count_to_make()
        # A disk that has no room for the next copy is full, whatever else it would take.
        wanted_bytes = max((one.file.size_bytes for one in await self._journal.to_make(0, 1)), default=0)
        try:
            if await self._look(wanted_bytes) is not None:
                return
            if self._refused is not None and self._clock() < self._retry_at:
                return
            await self._delete_unwanted()
            await self._make_waiting()
        except SecondDiskError as error:
            self._refuse(error.why)

    async def _make_waiting(self) -> None:
        after = 0
        while found := await self._journal.to_make(after, PAGE):
            for one in found:
                after = one.number
                if self._clock() < self._skipped.get(one.number, 0.0):
                    continue
                await self._idle()
                if await self._look(one.file.size_bytes) is not None:
                    return
                await self._make(one)
        if after == 0 and self._waiting:
            await self._journal.forget_without_file()
            self._waiting = await self._journal.count_to_make()

    async def _make(self, one: CopyToMake) -> None:
        began = self._clock()
        try:
            place = await self._copied(one.file, "queue", between=self._idle)
        except StorageError as error:
            log.warning("no second copy of capture %s was made: %s", one.capture_id, error.reason)
            if len(self._skipped) >= 10 * PAGE:
                self._skipped.clear()
            self._skipped[one.number] = began + SKIP_SECONDS
            return
        if not await self._journal.made(one, place):
            await self._root.through(self._root.removed(place, one.file.sha256))
        elif self._waiting:
            self._waiting -= 1
        log.info("copied %s to the second disk as %s", one.file.path, place)
        await self._capture_index.reread(one.capture_id)
        self._on_change()

    async def _delete_unwanted(self) -> None:
        while unwanted := await self._journal.to_delete(PAGE):
            for one in unwanted:
                await self._root.through(self._root.removed(one.place, one.sha256))
            await self._journal.deleted(unwanted)
            log.info("deleted %d copies of removed photos from the second disk", len(unwanted))

    async def _copied(
        self, file: StoredFile, purpose: str, *, between: Callable[[], Awaitable[None]] | None = None
    ) -> PurePosixPath:
        """Make one copy; ``between``: awaited between two pieces. Raises ``SecondDiskError``, ``StorageError``."""
        began = self._clock()
        place = await self._root.through(self._root.copy(file, purpose), between)
        self._used = True
        self.made += 1
        # Only a copy that a capture could have waited for shows that the disk is fast enough again.
        if self._refused is not None and self._clock() - began <= COPY_SECONDS:
            log.info("the second disk takes copies again")
            self._refused = None
        return place

    async def _look(self, wanted_bytes: int) -> Reason | None:
        """Look at the second disk. Returns why it takes no copies. Raises ``SecondDiskError`` if it hangs."""
        if self._used is None:
            self._used = await self._journal.any_made()
        used = self._used
        found: SecondDisk = await self._root.do(lambda: self._root.check(used=used, wanted_bytes=wanted_bytes))
        if found.fault is not None and (self._fault is None or found.fault.code is not self._fault.code):
            log.warning("photos get no second copy: %s", found.fault.text)
        elif found.fault is None and self._fault is not None:
            log.info("the second disk is back")
        self._fault, self._free_bytes = found.fault, found.free_bytes
        if self._refused is not None and self._refused.code is ReasonCode.SECOND_DISK_HANGS:
            log.info("the second disk answers again")
            self._refused = None
        return found.fault

    def _known_fault(self) -> Reason | None:
        """Why a capture need not try: the disk was too slow the last time, or hangs, or the service stops."""
        if self._closed:
            return WAITING
        if self._refused is not None and self._refused.code in _TOO_SLOW:
            return self._refused
        return None

    def _slow(self) -> Reason:
        text = f"the second disk is too slow: it did not store the copy within {COPY_SECONDS:.0f} s"
        return self._refuse(reason(ReasonCode.SECOND_DISK_SLOW, text))

    def _refuse(self, why: Reason) -> Reason:
        if self._refused is None or self._refused.code is not why.code:
            log.warning("%s", why.text)
        self._refused, self._retry_at = why, self._clock() + RETRY_SECONDS
        if why.code is ReasonCode.SECOND_DISK_HANGS:
            self._free_bytes = None
        return why
