"""Schedules the pictures of a source without its own rate: on a fixed grid without drift, skipping missed ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class FrameSchedule:
    """Schedules ``fps`` frames per second from ``begin`` on; ``clock`` and ``pause`` are in seconds."""

    def __init__(self, fps: float, clock: Callable[[], float], pause: Callable[[float], None]) -> None:
        self._period = 1 / fps
        self._clock = clock
        self._pause = pause
        self._next_at = clock()

    def begin(self) -> None:
        """Start the grid: the first picture is due now."""
        self._next_at = self._clock()

    def due(self, limit_seconds: float) -> bool:
        """Wait until the next picture is due, but no longer than the limit; return whether it is due."""
        early = self._next_at - self._clock()
        if early > 0:
            self._pause(min(early, limit_seconds))
        now = self._clock()
        if now < self._next_at:
            return False
        self._next_at += self._period * (1 + (now - self._next_at) // self._period)
        return True
