from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from tests.support.pattern_stamps import stamp_of

from photonic.drivers.pattern.driver import PatternDriver
from photonic.errors import BadInput, CaptureError, FailureKind
from photonic.worker.link.messages import Capture, Configure, Profiles

CONFIGURE = Configure(request=1, address="pattern:fps=10,size=30000,width=96,height=64,seed=9")


class Time:
    def __init__(self) -> None:
        self.now = 100.0

    def pause(self, seconds: float) -> None:
        self.now += seconds


def driver(time: Time) -> PatternDriver:
    outbox: Any = SimpleNamespace(send=list[object]().append)
    made = PatternDriver(outbox, clock=lambda: time.now, pause=time.pause)
    made.open(CONFIGURE)
    made.start_preview()
    return made


def frames(camera: PatternDriver, count: int) -> list[tuple[int, int]]:
    return [stamp_of(frame) for _ in range(count) if (frame := camera.preview()) is not None]


def test_frames_come_on_the_grid_without_drift() -> None:
    time = Time()
    camera = driver(time)
    seen = frames(camera, 1_001)
    assert [number for number, _made in seen] == list(range(1, 1_002))
    assert seen[-1][1] - seen[0][1] == pytest.approx(100e6, abs=5)


def test_frames_that_nobody_asked_for_in_time_are_left_out() -> None:
    time = Time()
    camera = driver(time)
    frames(camera, 1)
    time.now += 5.05
    late, following = frames(camera, 2)
    assert late[1] / 1e6 == pytest.approx(105.05, abs=1e-3)
    assert following[1] / 1e6 == pytest.approx(105.1, abs=1e-3)


def test_what_it_is_and_what_it_cannot() -> None:
    camera = driver(Time())
    opened = camera.open(CONFIGURE)
    assert (opened.serial, opened.model, opened.live_view, opened.has_card) == (
        "PATTERN-9",
        "Test pattern",
        True,
        False,
    )
    with pytest.raises(CaptureError, match="takes no photos") as refused:
        camera.capture(Capture(request=1, capture_id="c", staging="/"), lambda: False)
    assert refused.value.kind is FailureKind.NOT_SUPPORTED
    with pytest.raises(BadInput, match="no iso"):
        camera.apply(Profiles(live={"iso": "100"}))
    camera.apply(Profiles())
    assert camera.list_card().card is None
