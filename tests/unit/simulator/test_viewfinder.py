"""The viewfinder's timing: one frame per period, none while it is dark."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.simulator.viewfinder import Viewfinder


def test_it_is_dark_until_it_has_started_and_after_it_was_switched_off() -> None:
    viewfinder = Viewfinder(30.0)
    assert not viewfinder.on
    assert not viewfinder.ready(5.0)
    viewfinder.switch_on(10.0)
    assert viewfinder.on
    assert [viewfinder.ready(now) for now in (9.9, 10.0, 11.0)] == [False, True, True]
    viewfinder.switch_off()
    assert not viewfinder.on
    assert not viewfinder.ready(11.0)


@given(st.floats(0, 2), st.floats(1, 120))
def test_a_client_that_asks_at_once_again_gets_the_frames_at_the_bodys_rate(started: float, fps: float) -> None:
    viewfinder = Viewfinder(fps)
    viewfinder.switch_on(started)
    now = started
    for _ in range(60):
        now = max(now, viewfinder.due_at(now))
        viewfinder.show(now)
    assert now - started == pytest.approx(59 / fps, rel=1e-3)


@given(st.lists(st.floats(0, 0.5), max_size=30))
def test_a_client_that_is_slow_gets_the_frame_of_now_and_never_two_in_one_period(pauses: list[float]) -> None:
    viewfinder = Viewfinder(30.0)
    viewfinder.switch_on(0.0)
    now, slots = 0.0, list[int]()
    for pause in pauses:
        now += pause
        due_at = viewfinder.due_at(now)
        assert now <= due_at <= now + 1 / 30 + 1e-6
        now = due_at
        viewfinder.show(now)
        slots.append(int(now * 30 + 1e-4))
    assert slots == sorted(set(slots))
    assert viewfinder.counter == len(pauses)


def test_after_the_mirror_the_first_frame_is_shown_at_once_and_the_counter_goes_on() -> None:
    viewfinder = Viewfinder(10.0)
    viewfinder.switch_on(0.0)
    assert viewfinder.show(0.0) == 1
    viewfinder.darken(3.0)
    assert not viewfinder.ready(2.9)
    assert viewfinder.due_at(3.0) == 3.0
    assert viewfinder.show(3.0) == 2
