"""A body's future actions: calls at given times, in order."""

from __future__ import annotations

import heapq
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Scheduler:
    """Calls that are due at a time (seconds); those with the same time run in the order in which they were added."""

    def __init__(self) -> None:
        self._entries: list[tuple[float, int, Callable[[float], None]]] = []
        self._order = count()

    @property
    def next_time(self) -> float | None:
        """When the next call is due; ``None``: nothing is scheduled."""
        return self._entries[0][0] if self._entries else None

    def put(self, at: float, call: Callable[[float], None]) -> None:
        """Schedule ``call`` for ``at``; it receives that time."""
        heapq.heappush(self._entries, (at, next(self._order), call))

    def advance(self, now: float) -> None:
        """Make every call that is due, including those that these calls schedule."""
        while self._entries and self._entries[0][0] <= now:
            at, _, call = heapq.heappop(self._entries)
            call(at)
