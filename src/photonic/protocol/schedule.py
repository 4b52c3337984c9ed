"""When the frames of a sequence are due, in whole microseconds so that errors do not add up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

MICROSECONDS = 1_000_000
RETRY_US = MICROSECONDS
"""Time for the camera to recover after a failed frame, before a burst takes the next one."""
SLACK_LIMIT_US = MICROSECONDS
SLACK_SHARE = 10


@dataclass(frozen=True, slots=True)
class Turn:
    """Which frame comes next.

    Args:
        number: The next frame, counted from 0; ``None``: no frame is left.
        due_us: When it is due.
        missed: Frames that are too late to take.
    """

    number: int | None
    due_us: int
    missed: range


class Plan(Protocol):
    """When each of ``count`` frames is due; every time is in microseconds of one monotonic clock."""

    @property
    def count(self) -> int:
        """How many frames there are."""
        ...

    def turn(self, first: int, now_us: int, free_us: int) -> Turn:
        """Return which frame comes next.

        Args:
            first: Frames before this one are accounted for.
            now_us: The present time.
            free_us: When the camera became or becomes free; 0 before the first frame.
        """
        ...


@dataclass(frozen=True, slots=True)
class Ticks:
    """Frame k is due at ``start_us + k * interval_us``, whatever happened to the frames before it.

    A frame that cannot begin within the slack after its tick (a tenth of the interval, at most a second) is missed, so
    that two frames are never less than nine tenths of an interval apart.
    """

    start_us: int
    interval_us: int
    count: int

    @property
    def slack_us(self) -> int:
        """How late a frame may begin."""
        return min(self.interval_us // SLACK_SHARE, SLACK_LIMIT_US)

    def due_us(self, number: int) -> int:
        """When frame ``number`` is due."""
        return self.start_us + number * self.interval_us

    def pulled(self, first: int, latest_us: int) -> Ticks:
        """The same ticks moved earlier by whole intervals, so that frame ``first`` is due by ``latest_us``.

        For ticks computed from a clock that may be wrong by decades. The frame before ``first`` has already begun, so
        ``first`` is never more than one interval away.
        """
        excess = self.due_us(first) - latest_us
        return (
            self
            if excess <= 0
            else replace(self, start_us=self.start_us + excess // -self.interval_us * self.interval_us)
        )

    def turn(self, first: int, now_us: int, free_us: int) -> Turn:  # noqa: ARG002 - nothing moves a tick
        """Return the first frame from ``first`` on that is not too late."""
        too_late_us = now_us - self.slack_us - self.start_us
        number = min(max(first, -(-too_late_us // self.interval_us)), self.count)
        return Turn(number if number < self.count else None, self.due_us(number), range(first, number))


@dataclass(frozen=True, slots=True)
class Rapid:
    """Frame 0 is due at ``start_us``; every other frame is due as soon as the camera is free."""

    start_us: int
    count: int

    def turn(self, first: int, now_us: int, free_us: int) -> Turn:  # noqa: ARG002 - a burst is never too late
        """Return frame ``first``; no frame is ever missed."""
        return Turn(first if first < self.count else None, max(self.start_us, free_us), range(first, first))
