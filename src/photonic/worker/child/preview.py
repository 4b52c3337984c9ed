"""The first two rungs of the recovery ladder, in the camera process and without I/O: retry, restart live view."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Remedy(Enum):
    """What to do about a live view without a valid frame."""

    RETRY = "try again"
    RESTART = "restart live view"
    GIVE_UP = "give up the camera session"


@dataclass(frozen=True, slots=True)
class Budget:
    """How many failures, and how much time without a frame, lead to the next rung."""

    failures: int = 5
    seconds: float = 4.0
    restarts: int = 2
    proven_seconds: float = 30.0
    """After valid frames for this long, earlier restarts no longer count."""


@dataclass(frozen=True, slots=True)
class FrameFailure:
    """The failures of live view so far.

    ``failures``: consecutive failed attempts. ``seconds``: time of trying without a valid frame. Both count from the
    last restart. ``restarts``: restarts so far.
    """

    failures: int
    seconds: float
    restarts: int


def remedy(failure: FrameFailure, budget: Budget) -> Remedy:
    """The remedy for this failure."""
    if failure.failures < budget.failures and failure.seconds < budget.seconds:
        return Remedy.RETRY
    return Remedy.RESTART if failure.restarts < budget.restarts else Remedy.GIVE_UP


class PreviewRecord:
    """The outcomes of the attempts to get a frame. Times are seconds of any monotonic clock, passed in.

    The time of trying is not counted while live view is paused. A capture resets the consecutive failures, but neither
    the time without a valid frame nor the restarts.
    """

    def __init__(self, now: float, budget: Budget | None = None) -> None:
        self._budget = budget or Budget()
        self._failures = 0
        self._tried_seconds = 0.0
        self._trying_since: float | None = now
        self._good_since: float | None = None
        self._restarts = 0

    def fresh(self, now: float) -> None:
        """A valid frame has arrived."""
        self._failures = 0
        self._tried_seconds = 0.0
        self._trying_since = now
        if self._good_since is None:
            self._good_since = now
        if now - self._good_since >= self._budget.proven_seconds:
            self._restarts = 0

    def failed(self, now: float) -> Remedy:
        """An attempt returned no valid frame; returns what to do next. ``RESTART`` is counted as carried out."""
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
        """A capture has begun."""
        self._tried_seconds = self.tried_seconds(now)
        self._trying_since = None

    def resumed(self, now: float) -> None:
        """The capture has ended."""
        self._failures = 0
        self._trying_since = now
