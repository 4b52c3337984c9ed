"""A viewer's statistics, on a clock that the test holds."""

from __future__ import annotations

import pytest

from photonic.cli.viewing import Viewing
from photonic.model.frame import EOI, SOI, Frame
from photonic.model.status import CameraState, CameraStatus, LiveState, LiveStatus, Snapshot


def frame(sequence: int, *, epoch: int = 1, captured_us: int = 0) -> Frame:
    return Frame(epoch, sequence, captured_us, SOI + EOI)


def snapshot(now_us: int) -> Snapshot:
    return Snapshot(
        boot_id="b",
        rev=1,
        now_us=now_us,
        camera=CameraStatus(id="1", state=CameraState.READY),
        live=LiveStatus(state=LiveState.RUNNING),
    )


def test_nothing_seen_is_no_rate_and_no_age() -> None:
    viewing = Viewing()
    assert (viewing.fps(10.0), viewing.age_seconds(10.0), viewing.still_seconds(10.0)) == (0.0, None, None)


@pytest.mark.parametrize("seconds", [0.5, 1.0, 2.0, 7.0])
def test_the_rate_is_right_from_the_start(seconds: float) -> None:
    viewing = Viewing()
    count = round(seconds * 30)
    for number in range(count + 1):
        viewing.see(frame(number), 100.0 + number / 30)
    assert viewing.fps(100.0 + count / 30) == pytest.approx(30, rel=0.02)


def test_the_rate_falls_to_nothing_when_the_picture_stands_still() -> None:
    viewing = Viewing()
    for number in range(90):
        viewing.see(frame(number), number / 30)
    assert viewing.fps(4.0) == pytest.approx(14.5, abs=1)
    assert viewing.fps(6.0) == 0.0
    assert viewing.still_seconds(6.0) == pytest.approx(6.0 - 89 / 30)


def test_missed_frames_are_counted_within_an_epoch() -> None:
    viewing = Viewing()
    for sequence in (1, 2, 5):
        viewing.see(frame(sequence), float(sequence))
    viewing.see(frame(40, epoch=2), 6.0)
    viewing.see(frame(42, epoch=2), 6.5)
    assert (viewing.frames, viewing.missed) == (5, 3)


def test_the_longest_gap_stays() -> None:
    viewing = Viewing()
    for sequence, now in enumerate((0.0, 0.1, 1.6, 1.7)):
        viewing.see(frame(sequence), now)
    assert viewing.longest_gap_seconds == pytest.approx(1.5)


def test_the_age_is_on_the_services_clock() -> None:
    viewing = Viewing()
    viewing.hear(snapshot(now_us=5_000_000_000), 10.0)
    viewing.see(frame(1, captured_us=5_000_950_000), 11.0)
    assert viewing.age_seconds(11.0) == pytest.approx(0.05)
    assert viewing.age_seconds(12.0) == pytest.approx(1.05)
