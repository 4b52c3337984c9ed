from __future__ import annotations

from tests.unit.drivers.webcam.clock import Time

from photonic.drivers.webcam.frame_schedule import FrameSchedule


def test_pictures_are_due_on_a_grid_and_none_is_made_up_for() -> None:
    time = Time()
    schedule = FrameSchedule(10, time.clock, time.pause)
    due: list[float] = []
    for _picture in range(3):
        assert schedule.due(1.0)
        due.append(round(time.now, 6))
    assert due == [100.0, 100.1, 100.2]
    time.now += 1.05
    assert schedule.due(1.0)
    assert round(time.now, 6) == 101.25
    assert schedule.due(1.0)
    assert round(time.now, 6) == 101.3


def test_a_slow_pace_waits_no_longer_than_it_may() -> None:
    time = Time()
    schedule = FrameSchedule(0.5, time.clock, time.pause)
    assert schedule.due(0.9)
    assert [schedule.due(0.9) for _ in range(3)] == [False, False, True]
    assert round(time.now, 6) == 102.0
