"""The latest recovery attempts and their outcomes, so that people can see why there were no frames."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from photonic.machine.timekeeping import Timekeeping

REMEMBERED = 50


class AttemptOutcome(StrEnum):
    """How an attempt ended; the values are part of the HTTP API."""

    WORKED = "worked"
    IN_VAIN = "in vain"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One recovery step.

    ``rung``: of the recovery ladder; 0: a wait outside the ladder. ``outcome``: ``None`` while it is in progress.
    """

    began_at: datetime
    rung: int
    reason: str
    ended_at: datetime | None = None
    outcome: AttemptOutcome | None = None


class RecoveryHistory:
    """The last ``REMEMBERED`` attempts, oldest first. ``time``: for the time of day, for display only."""

    def __init__(self, time: Timekeeping) -> None:
        self._time = time
        self._attempts: deque[Attempt] = deque(maxlen=REMEMBERED)

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """The attempts, oldest first."""
        return tuple(self._attempts)

    def began(self, rung: int, reason: str) -> None:
        """Another attempt begins, so the one in progress has failed."""
        self._end(AttemptOutcome.IN_VAIN)
        self._attempts.append(Attempt(self._time.wall(), rung, reason))

    def worked(self) -> None:
        """The attempt in progress, if any, has succeeded."""
        self._end(AttemptOutcome.WORKED)

    def _end(self, outcome: AttemptOutcome) -> None:
        if self._attempts and self._attempts[-1].outcome is None:
            self._attempts[-1] = replace(self._attempts[-1], ended_at=self._time.wall(), outcome=outcome)
