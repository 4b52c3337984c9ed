"""A capture's line on the terminal, with a clock that the test controls."""

from __future__ import annotations

from tests.support.virtual_time import FakeClock

from photonic.cli.countdown import Countdown
from photonic.client.progress import CaptureProgress
from photonic.model.status import CapturePhase


def test_it_counts_down_between_two_reports_of_the_service() -> None:
    clock = FakeClock(100.0)
    line = Countdown(clock)
    assert str(line) == "requested"
    line.update(CaptureProgress(CapturePhase.EXPOSING, 0.5, 30.0))
    assert str(line) == "exposing, at most 30 s left"
    clock.now += 12
    assert str(line) == "exposing, at most 18 s left"
    clock.now += 60
    assert str(line) == "exposing, at most 0 s left"


def test_an_open_shutter_counts_down_to_its_end() -> None:
    clock = FakeClock(100.0)
    line = Countdown(clock, 90.0)
    line.update(CaptureProgress(CapturePhase.EXPOSING, 0.5, 300.0, "c1", 90.0))
    clock.now += 25
    assert str(line) == "exposing, shutter closes in 0:01:05"
    line.update(CaptureProgress(CapturePhase.EXPOSING, 91.0, 120.0, "c1"))
    assert str(line) == "exposing, at most 120 s left"


def test_a_service_without_phases_is_capturing() -> None:
    line = Countdown(FakeClock(100.0))
    line.update(CaptureProgress(None, 1.0, None))
    assert str(line) == "capturing"
