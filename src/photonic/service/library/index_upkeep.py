"""Keeps what an index is made again from: its record, and its rotating copies. Works while no capture runs."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from photonic.errors import PhotonicError
from photonic.recurring import Recurring

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from photonic.service.journal.database import JournalFile

PIECE_ROWS = 100
PAUSE_SECONDS = 0.1
"""Between two pieces of the record's copy."""
COPY_SECONDS = 86_400
"""Running time between two copies of the index."""
CHECK_SECONDS = 300.0

log = logging.getLogger(__name__)


class IndexUpkeep:
    """The upkeep of one index.

    Args:
        journal: The index.
        copies: How many copies are kept; 0: none is made.
        open_index: Opens the index; raises ``PhotonicError``.
        idle: Waits until no capture is queued or in execution.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        journal: JournalFile,
        *,
        copies: int,
        open_index: Callable[[], Awaitable[None]],
        idle: Callable[[], Awaitable[None]],
        clock: Callable[[], float],
    ) -> None:
        self._journal = journal
        self._copies = copies
        self._open_index = open_index
        self._idle = idle
        self._clock = clock

    async def run(self) -> None:
        """Do what is due, until cancelled."""
        refusals = Recurring(self._clock)
        while True:
            wait_seconds = CHECK_SECONDS
            try:
                await self._open_index()
                await self._idle()
                if await self._journal.keep_record(PIECE_ROWS):
                    wait_seconds = PAUSE_SECONDS
                elif self._copies and await self._is_due():
                    path = await self._journal.copy(self._copies)
                    log.info("the photo index was copied to %s", path)
            except (PhotonicError, OSError) as error:
                log.log(refusals.level(str(error)), "the photo index cannot be copied now: %s", error)
            await asyncio.sleep(wait_seconds)

    async def _is_due(self) -> bool:
        """Whether the newest copy is old, and the index has changed since."""
        copied = await self._journal.newest_copy()
        number, seconds = (0, -COPY_SECONDS) if copied is None else copied
        return number < await self._journal.newest_change() and self._journal.running.seconds - seconds >= COPY_SECONDS
