from __future__ import annotations

import pytest

from photonic.drivers.gphoto2.exposure import (
    UNKNOWN_EXPOSURE_SECONDS,
    allowance,
    fetch_seconds,
)
from photonic.model.exposure import aperture_number, iso_number, shutter_seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1/125", 0.008),
        ("1/125s", 0.008),
        ("1 / 125 s", 0.008),
        ("0.0100s", 0.01),
        ("0,5", 0.5),
        ('2"', 2.0),
        ("30", 30.0),
        ("10/25", 0.4),
        ("bulb", None),
        ("Bulb", None),
        ("auto", None),
        ("", None),
        ("1/0", None),
        ("-1", None),
        ("nan", None),
    ],
)
def test_shutter_texts(text: str, seconds: float | None) -> None:
    assert shutter_seconds(text) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("text", "number"), [("f/5.6", 5.6), ("F5.6", 5.6), ("5.6", 5.6), ("f 8", 8.0), ("implicit auto", None)]
)
def test_aperture_texts(text: str, number: float | None) -> None:
    assert aperture_number(text) == number


@pytest.mark.parametrize(("text", "number"), [("400", 400.0), ("ISO 400", 400.0), ("iso400", 400.0), ("Auto", None)])
def test_iso_texts(text: str, number: float | None) -> None:
    assert iso_number(text) == number


def test_a_long_exposure_is_waited_for_with_its_dark_frame() -> None:
    short, long = allowance("1/125", 1), allowance("30", 1)
    assert long.exposure == pytest.approx(60)
    assert long.total - short.total == pytest.approx(60, abs=0.1)
    assert long.total > long.trigger > long.exposure


def test_each_expected_file_adds_its_time() -> None:
    assert allowance("1/125", 2).total > allowance("1/125", 1).total


@pytest.mark.parametrize("shutter", [None, "bulb", "auto"])
def test_an_unknown_exposure_counts_as_the_longest_automatic_one(shutter: str | None) -> None:
    assert allowance(shutter, 1).exposure >= UNKNOWN_EXPOSURE_SECONDS


def test_fetching_more_may_take_longer() -> None:
    assert fetch_seconds(50_000_000) > fetch_seconds(1_000_000)
    assert fetch_seconds(None) > fetch_seconds(50_000_000)
