"""Delays between tries, for the whole project; and when to dial: never too often, and soon after the service is back.

A ladder of delays is a tuple of seconds. ``delay_after`` picks from it, whoever counts the failures; the last delay
repeats. Jitter is the caller's: randomness is passed in, or added outside.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from photonic.protocol.session_times import SessionTimes


def doubling(first_seconds: float, longest_seconds: float) -> tuple[float, ...]:
    """Delays that double from the first one to the longest."""
    delays = [min(first_seconds, longest_seconds)]
    while 0.0 < delays[-1] < longest_seconds:
        delays.append(min(2.0 * delays[-1], longest_seconds))
    return tuple(delays)


def delay_after(failures: int, delays: Sequence[float]) -> float:
    """Seconds to wait after so many failures before this one: the first delay after none, the last one for good."""
    return delays[min(failures, len(delays) - 1)]


class Pace(Enum):
    """What the next dial is for: decides how soon it may go out, and whether it counts as an attempt."""

    FIRST = "the user has just asked"
    RETRY = "after a loss"
    KICKED = "the service has said that it is worth it"
    HELD = "during a pause"
    PROBE = "refused before"


class DialPacer:
    """Counts attempts, draws delays, and spaces dials. One pacer serves a viewer across all its starts and stops.

    ``jitter`` returns a number from 0 to 1 for each delay (full jitter: viewers that lost one service together must not
    dial it together; Brooker, "Exponential backoff and jitter", 2015).
    """

    def __init__(self, times: SessionTimes, jitter: Callable[[], float]) -> None:
        self._times = times
        self._delays = doubling(times.delay_first_seconds, times.delay_longest_seconds)
        self._jitter = jitter
        self._dialed_at: float | None = None
        self._tokens = times.burst_dials
        self.attempts = 0

    def delay(self) -> float:
        """Seconds to wait after a loss: uniform from 0 to a limit that doubles with each attempt."""
        return delay_after(self.attempts, self._delays) * min(max(self._jitter(), 0.0), 1.0)

    def ready_at(self, pace: Pace) -> float:
        """The earliest time at which a dial of this pace may go out."""
        if self._dialed_at is None:
            return float("-inf")
        if pace is Pace.HELD:
            return self._dialed_at + self._times.hold_delay_seconds
        floor = self._dialed_at + self._times.dial_floor_seconds
        if pace is Pace.KICKED:
            return floor
        return max(floor, self._dialed_at + (1.0 - self._tokens) / self._times.dials_per_second)

    def dialed(self, pace: Pace, now: float) -> None:
        """A dial has gone out."""
        if self._dialed_at is not None:
            refilled = self._tokens + (now - self._dialed_at) * self._times.dials_per_second
            self._tokens = min(self._times.burst_dials, refilled)
        self._tokens = max(self._times.deepest_debt_dials, self._tokens - 1.0)
        self._dialed_at = now
        if pace is Pace.RETRY:
            self.attempts += 1

    def refresh(self) -> None:
        """Forget the attempts so far."""
        self.attempts = 0
