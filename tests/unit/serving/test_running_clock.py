from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.errors import BadInput
from photonic.serving.running_clock import RunningClock, read_running_time


@given(st.lists(st.floats(-100.0, 100.0), max_size=20), st.floats(0.0, 1e9))
def test_it_never_goes_back_and_goes_on_over_starts(steps: list[float], before: float) -> None:
    at = [0.0]
    clock = RunningClock(lambda: at[0], before)
    latest = clock()
    assert latest == before
    for step in steps:
        at[0] += step
        assert clock() >= latest
        latest = clock()
    assert read_running_time(clock.to_text()) == pytest.approx(latest, abs=0.001)


@pytest.mark.parametrize("text", ["", "x", "nan", "inf", "-1", "1e300"])
def test_a_damaged_time_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        read_running_time(text)
