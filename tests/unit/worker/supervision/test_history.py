"""The recovery attempts and their outcomes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from photonic.machine.timekeeping import Timekeeping
from photonic.worker.supervision.history import REMEMBERED, Attempt, AttemptOutcome, RecoveryHistory

START = datetime(2026, 11, 23, tzinfo=UTC)


class Wall:
    def __init__(self) -> None:
        self.seconds = 0

    def __call__(self) -> datetime:
        self.seconds += 1
        return START + timedelta(seconds=self.seconds)


def _at(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


def test_an_attempt_ends_with_the_next_one_or_with_success() -> None:
    history = RecoveryHistory(Timekeeping(lambda: 0.0, Wall(), "boot"))
    history.worked()
    assert history.attempts == ()
    history.began(2, "the cable shook")
    assert history.attempts[-1].outcome is None
    history.began(4, "it hung")
    history.worked()
    history.worked()
    assert history.attempts == (
        Attempt(_at(1), 2, "the cable shook", _at(2), AttemptOutcome.IN_VAIN),
        Attempt(_at(3), 4, "it hung", _at(4), AttemptOutcome.WORKED),
    )


def test_only_the_last_ones_are_kept() -> None:
    history = RecoveryHistory(Timekeeping(lambda: 0.0, Wall(), "boot"))
    for number in range(REMEMBERED + 5):
        history.began(4, str(number))
    assert [attempt.reason for attempt in history.attempts] == [str(number) for number in range(5, REMEMBERED + 5)]
