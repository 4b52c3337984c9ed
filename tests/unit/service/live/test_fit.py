from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.model.frame import Scale
from photonic.service.live.fit import TRY_LARGER_LIMIT_SECONDS, TRY_LARGER_SECONDS, Fit

if TYPE_CHECKING:
    from collections.abc import Iterator

FPS = 30
# What a frame of each size weighs: a smaller side saves more than its share.
WEIGHT = {Scale.FULL: 80_000, Scale.HALF: 25_000, Scale.QUARTER: 8_000}


def watch(fit: Fit, bandwidth: float, seconds: int) -> Iterator[tuple[int, Scale]]:
    """A connection of ``bandwidth`` bytes a second for so long: the size after each second."""
    for second in range(seconds):
        taken = min(FPS, int(bandwidth / WEIGHT[fit.scale]))
        yield second, fit.judge(float(second), taken, FPS - taken)


@pytest.mark.parametrize(
    ("bandwidth", "scale"),
    [(80_000 * 30, Scale.FULL), (80_000 * 20, Scale.FULL), (25_000 * 30, Scale.HALF), (8_000 * 30, Scale.QUARTER)],
)
def test_a_connection_gets_the_largest_size_that_it_carries(bandwidth: float, scale: Scale) -> None:
    fit = Fit()
    sizes = [size for _second, size in watch(fit, bandwidth, 3600)]
    assert sizes.count(scale) > 0.9 * len(sizes)
    assert sizes[30] is scale or Scale.FULL in sizes[:4]


@given(st.integers(1_000, 3_000_000))
def test_no_size_is_skipped_and_tries_become_rarer(bandwidth: int) -> None:
    fit = Fit()
    changes: list[tuple[int, Scale]] = []
    last = Scale.FULL
    for second, size in watch(fit, bandwidth, 1800):
        assert abs(size.exponent - last.exponent) <= 1
        if size is not last:
            changes.append((second, size))
        last = size
    grown = [
        second
        for (second, size), (_before, former) in zip(changes[1:], changes, strict=False)
        if size.exponent < former.exponent
    ]
    assert len(grown) <= 2 + 1800 / TRY_LARGER_LIMIT_SECONDS + 5
    assert all(later - earlier >= TRY_LARGER_SECONDS for earlier, later in pairwise(grown))


def test_it_says_why_and_takes_it_back() -> None:
    fit = Fit()
    assert fit.reason is None
    for second in range(5):
        fit.judge(float(second), 5, 25)
    assert fit.scale is Scale.HALF
    assert "too slow" in (fit.reason or "")
    for second in range(5, 40):
        fit.judge(float(second), 30, 0)
    assert (fit.scale, fit.reason) == (Scale.FULL, None)


def test_a_pause_of_live_view_decides_nothing() -> None:
    fit = Fit()
    for second in range(600):
        assert fit.judge(float(second), 0, 0) is Scale.FULL


def test_a_few_frames_decide_nothing_however_long_they_took() -> None:
    fit = Fit()
    assert fit.judge(0.0, 0, 0) is Scale.FULL
    assert fit.judge(100.0, 0, 4) is Scale.FULL
    assert fit.judge(101.0, 0, 1) is Scale.HALF


def test_it_never_grows_beyond_what_it_began_with() -> None:
    fit = Fit(Scale.HALF)
    for second in range(100):
        assert fit.judge(float(second), 30, 0) is Scale.HALF
    assert fit.reason is None
