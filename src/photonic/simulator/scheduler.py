"""What a body is going to do: calls at times, in order."""

from __future__ import annotations

import heapq
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Scheduler:
    """Calls that are due at a time (seconds); those of one time in the order in which they were put down."""

    def __init__(self) -> None:
        self._entries: list[tuple[float, int, Callable[[float], None]]] = []
        self._order = count()

    @property
    def next_time(self) -> float | None:
        """When the next call is due; ``None``: nothing is put down."""
        return self._entries[0][0] if self._entries else None

    def put(self, at: float, call: Callable[[float], None]) -> None:
        """Have ``call`` called with its time at ``at``."""
        heapq.heappush(self._entries, (at, next(self._order), call))

    def advance(self, now: float) -> None:
        """Make every call that is due, those that these put down included."""
        while self._entries and self._entries[0][0] <= now:
            at, _, call = heapq.heappop(self._entries)
            call(at)
