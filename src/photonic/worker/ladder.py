"""When a camera process gives up, and how long until the next one: pure decisions, time passed in.

Today's part of the recovery ladder: the driver retries and restarts live view by itself (rungs 0 and 1), and a camera
process that is of no more use is replaced (rung 4).
"""

from __future__ import annotations

from dataclasses import dataclass

from photonic.errors import FailureKind

SHORTEST_SECONDS = 0.1
LONGEST_SECONDS = 10.0
ABSENT_SECONDS = 1.0
"""How often an absent camera is looked for."""

BLOCKED_SECONDS = 10.0
"""How often a blocked camera is looked at: battery, heat, another program. Resetting it would not help."""

SOUND_AFTER_SECONDS = 10.0
"""A camera process that was open for so long did well: its end is no sign that the next one fails as well."""

WITHOUT_FRAME_SECONDS = 20.0
"""Longer than the driver's own retries and restarts of live view take."""


def respawn_delay(kind: FailureKind, failures: int) -> float:
    """Seconds until the next camera process, after so many in a row that did not do well (0: the last one did)."""
    if kind is FailureKind.CAMERA_ABSENT:
        return ABSENT_SECONDS
    if kind in {FailureKind.BLOCKED, FailureKind.BATTERY_LOW}:
        return BLOCKED_SECONDS
    return min(LONGEST_SECONDS, SHORTEST_SECONDS * 2.0 ** min(failures, 16))


@dataclass(slots=True)
class FrameBudget:
    """The budget "no fresh frame since": time during which a frame was due and none came.

    A capture stops the count and does not reset it; only a valid frame does, or live view going off.
    """

    limit_seconds: float = WITHOUT_FRAME_SECONDS
    _spent: float = 0.0
    _since: float | None = None

    def due(self, now: float) -> None:
        """Frames are due from ``now`` on; says nothing new when they already were."""
        if self._since is None:
            self._since = now

    def fresh(self, now: float) -> None:
        """A valid frame came at ``now``; more are due."""
        self._spent = 0.0
        self._since = now

    def hold(self, now: float) -> None:
        """No frame is due for a while, because of a capture."""
        self._spent = self.spent(now)
        self._since = None

    def off(self) -> None:
        """Live view is off."""
        self._spent = 0.0
        self._since = None

    def spent(self, now: float) -> float:
        """Seconds without a frame that was due."""
        return self._spent + (0.0 if self._since is None else now - self._since)

    def exhausted(self, now: float) -> bool:
        """Whether live view is to be given up in this process."""
        return self.spent(now) > self.limit_seconds
