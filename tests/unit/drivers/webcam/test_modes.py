"""Which of a webcam's modes is chosen."""

from __future__ import annotations

import pytest
from tests.unit.drivers.webcam.recorded import MODES

from photonic.drivers.webcam.modes import live_mode, still_mode
from photonic.drivers.webcam.video_device import Encoding, Mode
from photonic.errors import CameraError, FailureKind


@pytest.mark.parametrize(
    ("size", "fps", "taken"),
    [
        (None, None, Mode(Encoding.MJPEG, 1280, 720, 30.0)),
        ((1920, 1080), None, Mode(Encoding.MJPEG, 1920, 1080, 30.0)),
        ((640, 480), 30.0, Mode(Encoding.MJPEG, 640, 480, 30.0)),
        ((2304, 1536), None, Mode(Encoding.YUYV, 2304, 1536, 2.0)),
        ((2000, 1100), None, Mode(Encoding.MJPEG, 1920, 1080, 30.0)),
    ],
)
def test_live_view_takes_the_nearest_size_that_moves(
    size: tuple[int, int] | None, fps: float | None, taken: Mode
) -> None:
    assert live_mode(MODES, size, fps) == taken


def test_without_a_size_asked_for_a_slow_mode_gives_way_to_a_smaller_one() -> None:
    assert live_mode(MODES[:3], None, None) == Mode(Encoding.YUYV, 640, 480, 30.0)
    assert live_mode(MODES[1:3], None, None).width == 1280


def test_a_device_that_says_no_rate_is_taken_by_its_size() -> None:
    modes = (Mode(Encoding.YUYV, 320, 240), Mode(Encoding.YUYV, 1280, 720))
    assert live_mode(modes, None, None).width == 1280


def test_a_still_has_the_most_pixels() -> None:
    assert still_mode(MODES) == Mode(Encoding.YUYV, 2304, 1536, 2.0)
    assert still_mode((MODES[3], MODES[0])).encoding is Encoding.YUYV


def test_a_device_without_a_mode_that_is_taken_is_refused() -> None:
    with pytest.raises(CameraError, match="MJPG, JPEG, YUYV") as failed:
        still_mode(())
    assert failed.value.kind is FailureKind.BLOCKED
    with pytest.raises(CameraError, match="MJPG, JPEG, YUYV"):
        live_mode((), None, None)
