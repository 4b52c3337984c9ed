"""The revision of the status: a number that increases exactly when something that viewers act on has changed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable


class Revision:
    """Counts changes of a key and wakes the tasks that wait for the next one.

    The key contains states, phases, reasons and the set of viewers, but no frame number, rate or time (session.md).
    """

    def __init__(self) -> None:
        self._number = 0
        self._key: Hashable = None
        self._waiters: set[asyncio.Future[None]] = set()

    @property
    def number(self) -> int:
        """The revision after the last ``observe``; 0 before the first."""
        return self._number

    def observe(self, key: Hashable) -> int:
        """The revision of ``key``: one more than before if it differs from the previous key."""
        if self._number == 0 or key != self._key:
            self._key = key
            self._number += 1
            for waiter in self._waiters:
                if not waiter.done():
                    waiter.set_result(None)
            self._waiters.clear()
        return self._number

    async def newer_than(self, number: int, timeout_seconds: float | None) -> bool:
        """Wait until the revision is above ``number``; return whether it is. ``None`` waits without limit."""
        try:
            async with asyncio.timeout(timeout_seconds):
                while self._number <= number:
                    await self._change()
        except TimeoutError:
            return self._number > number
        return True

    async def _change(self) -> None:
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.add(waiter)
        try:
            await waiter
        finally:
            self._waiters.discard(waiter)
