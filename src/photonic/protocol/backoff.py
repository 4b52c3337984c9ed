"""Delays between tries, for the whole project, and the pacing of dials: never too often, but soon after a recovery.

A ladder of delays is a tuple of seconds. ``delay_after`` picks one by the number of failures; the last delay repeats.
Randomness is passed in by the caller, or added outside.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from photonic.protocol.session_times import SessionTimes


def doubling(first_seconds: float, longest_seconds: float) -> tuple[float, ...]:
    """Return delays that double from the first to the longest."""
    delays = [min(first_seconds, longest_seconds)]
    while 0.0 < delays[-1] < longest_seconds:
        delays.append(min(2.0 * delays[-1], longest_seconds))
    return tuple(delays)


def delay_after(failures: int, delays: Sequence[float]) -> float:
    """Return the seconds to wait after ``failures`` earlier failures; the last delay repeats."""
    return delays[min(failures, len(delays) - 1)]


class Pace(Enum):
    """The purpose of the next dial: decides how soon it may start, and whether it counts as an attempt."""

    FIRST = "the user has just asked"
    RETRY = "after a loss"
    KICKED = "the service is ready again"
    HELD = "during a pause"
    PROBE = "refused before"


class DialPacer:
    """Counts attempts, chooses delays and spaces dials. A viewer has one pacer across all its starts and stops.

    ``jitter`` returns a number from 0 to 1 for each delay (full jitter: viewers that lost a service at the same time
    must not dial it at the same time; Brooker, "Exponential backoff and jitter", 2015).
    """

    def __init__(self, times: SessionTimes, jitter: Callable[[], float]) -> None:
        self._times = times
        self._delays = doubling(times.delay_first_seconds, times.delay_longest_seconds)
        self._jitter = jitter
        self._dialed_at: float | None = None
        self._tokens = times.burst_dials
        self.attempts = 0

    def delay(self) -> float:
        """Return the seconds to wait after a loss: uniform from 0 to a limit that doubles with each attempt."""
        return delay_after(self.attempts, self._delays) * min(max(self._jitter(), 0.0), 1.0)

    def ready_at(self, pace: Pace) -> float:
        """Return the earliest time for a dial of this pace."""
        if self._dialed_at is None:
            return float("-inf")
        if pace is Pace.HELD:
            return self._dialed_at + self._times.hold_delay_seconds
        floor = self._dialed_at + self._times.dial_floor_seconds
        if pace is Pace.KICKED:
            return floor
        return max(floor, self._dialed_at + (1.0 - self._tokens) / self._times.dials_per_second)

    def dialed(self, pace: Pace, now: float) -> None:
        """Record a dial."""
        if self._dialed_at is not None:
            refilled = self._tokens + (now - self._dialed_at) * self._times.dials_per_second
            self._tokens = min(self._times.burst_dials, refilled)
        self._tokens = max(self._times.deepest_debt_dials, self._tokens - 1.0)
        self._dialed_at = now
        if pace is Pace.RETRY:
            self.attempts += 1

    def refresh(self) -> None:
        """Reset the attempts."""
        self.attempts = 0
