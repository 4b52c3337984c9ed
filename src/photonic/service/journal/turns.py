"""Who uses the journal's thread next: captures first, idle work last."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from enum import IntEnum
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


class Urgency(IntEnum):
    """What waits for the journal's thread; smaller is more urgent.

    ``CAPTURE``: what a photographer waits for: the rows of a capture, and what is looked up to accept one.
    ``NORMAL``: what a viewer waits for, and everything that has to be done.
    ``IDLE``: what nobody waits for, such as checks and copies; it runs only when nothing else waits.
    ``CLOSING``: closes the file, after everything else.
    """

    CAPTURE = 0
    NORMAL = 1
    IDLE = 2
    CLOSING = 3


class Turns:
    """Lends one thing to one user at a time: to the most urgent one that waits, in the order of their calls.

    All methods run on the event loop.
    """

    def __init__(self) -> None:
        self._taken = False
        self._numbers = count()
        self._waiting: list[tuple[Urgency, int, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def turn(self, urgency: Urgency) -> AsyncGenerator[None]:
        """Wait for a turn, and have it inside the block. Does not yield to other tasks if nobody has it."""
        if self._taken:
            ready = asyncio.get_running_loop().create_future()
            heappush(self._waiting, (urgency, next(self._numbers), ready))
            try:
                await ready
            except asyncio.CancelledError:
                if not ready.cancelled():  # the turn came together with the cancellation
                    self._pass_on()
                raise
        self._taken = True
        try:
            yield
        finally:
            self._pass_on()

    def _pass_on(self) -> None:
        while self._waiting:
            _urgency, _number, ready = heappop(self._waiting)
            if not ready.done():
                ready.set_result(None)
                return
        self._taken = False
