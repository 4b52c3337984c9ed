"""The spacing of dials: floors, allowance and jitter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.protocol.backoff import DialPacer, Pace, delay_after, doubling
from photonic.protocol.session_times import SessionTimes

TIMES = SessionTimes()


# At a first delay of less than 1e-9 s, more doublings than a float has exponents would be possible.
@given(st.just(0.0) | st.floats(1e-9, 1e6), st.floats(0, 1e6), st.integers(0, 10_000))
def test_doubling_delays_are_twice_the_one_before_up_to_the_longest(
    first: float, longest: float, failures: int
) -> None:
    delay = delay_after(failures, doubling(first, longest))
    assert delay == min(longest, first * 2.0 ** min(failures, 1000))


def test_the_last_delay_of_a_ladder_repeats() -> None:
    assert [delay_after(failures, (0.1, 0.5, 2.0)) for failures in range(5)] == [0.1, 0.5, 2.0, 2.0, 2.0]


@given(st.integers(0, 2000), st.floats(-1, 2))
def test_a_delay_is_between_nothing_and_a_doubling_limit_of_at_most_five_seconds(attempts: int, dice: float) -> None:
    pacer = DialPacer(TIMES, lambda: dice)
    pacer.attempts = attempts
    assert 0.0 <= pacer.delay() <= min(5.0, 0.1 * 2.0 ** min(attempts, 10))


def test_even_a_kicked_dial_keeps_the_floor_and_one_in_a_pause_a_second() -> None:
    pacer = DialPacer(TIMES, lambda: 0.0)
    pacer.dialed(Pace.KICKED, 50.0)
    assert pacer.ready_at(Pace.KICKED) == pytest.approx(50.1)
    assert pacer.ready_at(Pace.HELD) == pytest.approx(51.0)


def test_only_a_retry_counts_as_an_attempt() -> None:
    pacer = DialPacer(TIMES, lambda: 0.0)
    for at, pace in enumerate(Pace):
        pacer.dialed(pace, float(at))
    assert pacer.attempts == 1


@given(st.lists(st.sampled_from([Pace.FIRST, Pace.RETRY, Pace.PROBE]), min_size=30, max_size=60))
def test_ten_seconds_hold_at_most_ten_dials_and_the_next_is_never_far(paces: list[Pace]) -> None:
    pacer, now, dials = DialPacer(TIMES, lambda: 0.0), 0.0, list[float]()
    for pace in paces:
        ready = pacer.ready_at(pace)
        assert ready <= now + 4.0
        now = max(now, ready)
        pacer.dialed(pace, now)
        dials.append(now)
    assert all(later - earlier >= 10.0 - 1e-6 for earlier, later in zip(dials, dials[10:], strict=False))
