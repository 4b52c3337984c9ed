"""What recovery has tried lately, and how each try ended: for people who ask why there was no picture."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

REMEMBERED = 50


class AttemptOutcome(StrEnum):
    """How a try ended."""

    WORKED = "worked"
    IN_VAIN = "in vain"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One step of recovery: ``rung`` 0 is waiting outside the ladder; ``outcome`` is ``None`` while it is under way."""

    began_at: datetime
    rung: int
    reason: str
    ended_at: datetime | None = None
    outcome: AttemptOutcome | None = None


class RecoveryHistory:
    """The last fifty tries, oldest first. ``now`` gives the wall clock's time."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._attempts: deque[Attempt] = deque(maxlen=REMEMBERED)

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """The tries."""
        return tuple(self._attempts)

    def began(self, rung: int, reason: str) -> None:
        """Another try begins: one that was under way was in vain."""
        self._end(AttemptOutcome.IN_VAIN)
        self._attempts.append(Attempt(self._now(), rung, reason))

    def worked(self) -> None:
        """The try that is under way, if there is one, has worked."""
        self._end(AttemptOutcome.WORKED)

    def _end(self, outcome: AttemptOutcome) -> None:
        if self._attempts and self._attempts[-1].outcome is None:
            self._attempts[-1] = replace(self._attempts[-1], ended_at=self._now(), outcome=outcome)
