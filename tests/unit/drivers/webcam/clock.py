"""Time that a test moves."""

from __future__ import annotations


class Time:
    """A clock that advances by pausing."""

    def __init__(self) -> None:
        self.now = 100.0

    def clock(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += seconds
