"""Housekeeping's share of a slow camera's time."""

from __future__ import annotations

from photonic.drivers.gphoto2.housekeeping import REST, SLICE_SECONDS, HousekeepingBudget

from .scripted import VirtualTime


def test_a_camera_that_answers_at_once_is_never_spared() -> None:
    time = VirtualTime()
    budget = HousekeepingBudget(time)
    with budget.slice():
        time.pause(SLICE_SECONDS / 2)
        assert not budget.exhausted
    assert budget.due


def test_after_a_slow_answer_pictures_have_the_camera_to_themselves() -> None:
    time = VirtualTime()
    budget = HousekeepingBudget(time)
    with budget.slice():
        time.pause(2.5)
        assert budget.exhausted
    assert not budget.due
    time.pause(REST * 2.5)
    assert budget.due
