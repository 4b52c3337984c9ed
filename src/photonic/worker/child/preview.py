"""The first two rungs of the recovery ladder, without I/O: try again, restart live view (in the camera process)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Remedy(Enum):
    """What to do about a live view that gave no valid frame."""

    RETRY = "try again"
    RESTART = "restart live view"
    GIVE_UP = "this session of the camera is of no more use"


@dataclass(frozen=True, slots=True)
class Budget:
    """What a rung may cost before the next one is taken."""

    failures: int = 5
    seconds: float = 4.0
    restarts: int = 2
    proven_seconds: float = 30.0
    """Good frames for this long, and earlier restarts are forgotten."""


@dataclass(frozen=True, slots=True)
class FrameFailure:
    """How live view fails: ``failures`` in a row, ``seconds`` of trying without a valid frame, both since the last
    restart; and the ``restarts`` so far."""

    failures: int
    seconds: float
    restarts: int


def remedy(failure_class: FrameFailure, budget: Budget) -> Remedy:
    """The rung for this trouble."""
    if failure_class.failures < budget.failures and failure_class.seconds < budget.seconds:
        return Remedy.RETRY
    return Remedy.RESTART if failure_class.restarts < budget.restarts else Remedy.GIVE_UP


class PreviewRecord:
    """What has become of each attempt for a frame. Times are seconds on any steady clock, passed in.

    The time of trying runs only while live view is not paused. A capture forgets the failures in a row, but never the
    time without a fresh frame, nor the restarts.
    """

    def __init__(self, now: float, budget: Budget | None = None) -> None:
        self._budget = budget or Budget()
        self._failures = 0
        self._tried_seconds = 0.0
        self._trying_since: float | None = now
        self._good_since: float | None = None
        self._restarts = 0

    def fresh(self, now: float) -> None:
        """A valid frame has come."""
        self._failures = 0
        self._tried_seconds = 0.0
        self._trying_since = now
        if self._good_since is None:
            self._good_since = now
        if now - self._good_since >= self._budget.proven_seconds:
            self._restarts = 0

    def failed(self, now: float) -> Remedy:
        """An attempt brought no valid frame; what to do. A restart that is asked for counts as made."""
        self._failures += 1
        self._good_since = None
        chosen = remedy(FrameFailure(self._failures, self.tried_seconds(now), self._restarts), self._budget)
        if chosen is Remedy.RESTART:
            self._restarts += 1
            self._failures = 0
            self._tried_seconds = 0.0
            self._trying_since = now
        return chosen

    def tried_seconds(self, now: float) -> float:
        """Time of trying since the last valid frame or restart."""
        running = 0.0 if self._trying_since is None else now - self._trying_since
        return self._tried_seconds + running

    def paused(self, now: float) -> None:
        """A capture begins."""
        self._tried_seconds = self.tried_seconds(now)
        self._trying_since = None

    def resumed(self, now: float) -> None:
        """The capture has ended."""
        self._failures = 0
        self._trying_since = now
