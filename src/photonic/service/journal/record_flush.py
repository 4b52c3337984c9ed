"""Flushes the record beside the photos within a second of each line, on a thread of its own.

A capture does not wait for it: until the flush, what the line says is noted in the index, which is flushed already
(``record``).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photonic.service.journal.record import IndexRecord

FLUSH_SECONDS = 1.0
"""The longest time between a line and its flush."""


class RecordFlush:
    """The flushes of one record. All methods run on the event loop."""

    def __init__(self, record: IndexRecord) -> None:
        self._record = record
        self._timer: asyncio.TimerHandle | None = None
        self._running: asyncio.Future[None] | None = None

    def wake(self) -> None:
        """Lines may have been written: flush them soon."""
        if self._record.needs_flush and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._begin)

    async def now(self) -> None:
        """Flush what is written so far."""
        if self._record.needs_flush:
            await asyncio.to_thread(self._record.flush)

    async def close(self) -> None:
        """Flush what is written so far, for the last time."""
        if self._timer is not None:
            self._timer.cancel()
        if self._running is not None:
            await asyncio.wait([self._running])
        await self.now()

    def _begin(self) -> None:
        self._timer = None
        self._running = asyncio.get_running_loop().run_in_executor(None, self._record.flush)
