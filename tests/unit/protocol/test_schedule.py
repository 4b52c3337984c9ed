"""When frames are due: exact, each tick once, never bunched."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from photonic.protocol.schedule import RETRY_US, Rapid, Ticks
from photonic.protocol.sequence import Finished, SequenceMachine, Take, Wait

DAY_US = 86_400_000_000

schedules = st.builds(
    Ticks,
    start_us=st.integers(-DAY_US, DAY_US),
    interval_us=st.integers(100_000, DAY_US),
    count=st.integers(1, 20),
)
# What a frame takes, and how late the service polls, in thousandths of the interval.
shares = st.integers(0, 4000)


@given(st.integers(-DAY_US, DAY_US), st.integers(100_000, DAY_US), st.integers(0, 99_999))
def test_a_tick_is_where_exact_arithmetic_has_it(start_us: int, interval_us: int, number: int) -> None:
    exact = Fraction(start_us) + number * Fraction(interval_us)
    assert Ticks(start_us, interval_us, 100_000).due_us(number) - exact == 0


@given(schedules, st.lists(st.tuples(shares, shares), min_size=20, max_size=20), st.integers(0, 3))
def test_each_tick_is_taken_once_or_missed_once_and_none_is_bunched_up(
    ticks: Ticks, delays: list[tuple[int, int]], ahead: int
) -> None:
    machine = SequenceMachine(ticks)
    now = ticks.start_us - ahead * ticks.interval_us
    accounted: list[int] = []
    begun: list[int] = []
    for looks_late, takes in delays * 3:
        step = machine.poll(now)
        accounted += step.missed
        match step.action:
            case Wait(until_us):
                assert until_us > now
                now = until_us + looks_late * ticks.interval_us // 8000
            case Take(number, late_us):
                assert late_us == now - ticks.due_us(number)
                assert 0 <= late_us <= ticks.slack_us
                accounted.append(number)
                begun.append(now)
                now += takes * ticks.interval_us // 1000
                machine.end_frame(now, saved=True)
            case Finished():
                break
    assert machine.ended
    assert accounted == list(range(ticks.count))
    assert all(later - earlier >= ticks.interval_us * 9 // 10 for earlier, later in pairwise(begun))


@given(schedules, st.integers(0, DAY_US))
def test_what_is_missed_is_beyond_its_slack(ticks: Ticks, later_us: int) -> None:
    now = ticks.start_us + later_us
    turn = ticks.turn(0, now, 0)
    assert all(now > ticks.due_us(number) + ticks.slack_us for number in turn.missed)
    assert turn.number is None or now <= ticks.due_us(turn.number) + ticks.slack_us


def test_a_slow_failing_frame_moves_no_tick() -> None:
    ticks = Ticks(0, 500_000, 10)
    machine = SequenceMachine(ticks)
    assert machine.poll(0).action == Take(0, 0)
    machine.end_frame(100_000, saved=False)
    assert machine.poll(100_000).action == Wait(500_000)


def test_a_burst_goes_on_at_once_and_leaves_a_camera_that_failed_a_moment() -> None:
    machine = SequenceMachine(Rapid(1000, 3))
    assert machine.poll(0).action == Wait(1000)
    assert machine.poll(1000).action == Take(0, 0)
    machine.end_frame(5000, saved=True)
    assert machine.poll(5000).action == Take(1, 0)
    machine.end_frame(6000, saved=False)
    assert machine.poll(6000).action == Wait(6000 + RETRY_US)
    assert machine.poll(6000 + RETRY_US).action == Take(2, 0)
    machine.end_frame(7_000_000, saved=True)
    assert machine.poll(7_000_000).action == Finished()
