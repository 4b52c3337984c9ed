"""The clock: steps are measured against the monotonic one."""

from __future__ import annotations

from itertools import count

import pytest

from photonic.diagnosis.clock import ClockFacts, inspect_clock, judge_clock
from photonic.diagnosis.finding import Outcome


@pytest.mark.parametrize(
    ("step", "synchronised", "outcome"),
    [
        (0.0, True, Outcome.OK),
        (0.01, False, Outcome.WARNING),
        (3600.0, True, Outcome.WARNING),
        (-2.0, True, Outcome.WARNING),
        (0.0, None, Outcome.SKIPPED),
    ],
)
def test_the_finding(step: float, synchronised: bool | None, outcome: Outcome) -> None:
    assert judge_clock(ClockFacts(step, synchronised)).outcome is outcome


async def test_a_step_while_it_is_watched_is_seen() -> None:
    wall = iter([1000.0, 4601.0])
    steady = count(50.0)
    facts = await inspect_clock(lambda: next(wall), lambda: next(steady))
    assert facts.step_seconds == 3600.0


async def test_a_steady_clock_shows_no_step() -> None:
    facts = await inspect_clock()
    assert abs(facts.step_seconds) < 3600
