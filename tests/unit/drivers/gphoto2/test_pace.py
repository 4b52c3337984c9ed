"""Housekeeping's share of a slow camera's time."""

from __future__ import annotations

from photonic.drivers.gphoto2.pace import REST, SLICE_SECONDS, Pace

from .scripted import VirtualTime


def test_a_camera_that_answers_at_once_is_never_spared() -> None:
    time = VirtualTime()
    pace = Pace(time)
    with pace.slice():
        time.pause(SLICE_SECONDS / 2)
        assert not pace.spent
    assert pace.due


def test_after_a_slow_answer_pictures_have_the_camera_to_themselves() -> None:
    time = VirtualTime()
    pace = Pace(time)
    with pace.slice():
        time.pause(2.5)
        assert pace.spent
    assert not pace.due
    time.pause(REST * 2.5)
    assert pace.due
