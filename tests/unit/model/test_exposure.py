"""Exposure values as text, and back."""

from __future__ import annotations

import pytest

from photonic.model.exposure import number_text, shutter_seconds, shutter_text
from photonic.simulator.properties import F_NUMBERS, SHUTTER_SECONDS


@pytest.mark.parametrize("seconds", [seconds for seconds in SHUTTER_SECONDS.values() if seconds])
def test_a_shutter_that_is_written_is_read_as_the_same(seconds: float) -> None:
    assert shutter_seconds(shutter_text(seconds)) == pytest.approx(seconds, rel=0.04)


@pytest.mark.parametrize(
    ("seconds", "text"), [(1 / 8000, "1/8000"), (0.008, "1/125"), (0.25, "1/4"), (0.5, "0.5"), (1.6, "1.6"), (30, "30")]
)
def test_shutters_as_cameras_write_them(seconds: float, text: str) -> None:
    assert shutter_text(seconds) == text


def test_apertures_as_cameras_write_them() -> None:
    assert [number_text(number) for number in F_NUMBERS.values()] == [f"{number:g}" for number in F_NUMBERS.values()]
