from __future__ import annotations

import pytest
from bench.spread import Spread, median_of_ratios, percentile, ratio
from hypothesis import given
from hypothesis import strategies as st


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=300), st.floats(0, 100))
def test_a_percentile_is_a_sample_that_so_many_do_not_exceed(samples: list[float], percent: float) -> None:
    ordered = sorted(samples)
    found = percentile(ordered, percent)
    assert found in ordered
    assert sum(sample <= found for sample in ordered) >= percent / 100 * len(ordered) - 1e-9


def test_spread_and_ratio() -> None:
    assert Spread.of([3.0, 1.0, 2.0]) == Spread(2.0, 1.0, 3.0, 3)
    assert ratio(3.0, 2.0) == pytest.approx(1.5)
    assert ratio(3.0, 0.0) is None


def test_a_slow_round_counts_once_when_rounds_are_compared() -> None:
    assert median_of_ratios([(1.0, 2.0), (90.0, 100.0), (3.0, 3.0)]) == pytest.approx(0.9)
