"""The live view's figures."""

from __future__ import annotations

import pytest

from photonic.service.live.statistics import WINDOW_SECONDS, HubStatistics


def test_the_rate_is_that_of_the_last_moments_and_falls_to_nothing() -> None:
    now = 100.0
    statistics = HubStatistics(lambda: now)
    assert statistics.fps == 0.0
    for _frame in range(60):
        now += 1 / 30
        statistics.count_frame()
    assert statistics.fps == pytest.approx(30)
    assert statistics.last_frame_at == now
    now += WINDOW_SECONDS + 0.1
    assert statistics.fps == 0.0
    assert statistics.frames == 60


def test_a_reset_starts_afresh() -> None:
    statistics = HubStatistics(lambda: 1.0)
    statistics.count_frame()
    statistics.count_dropped()
    statistics.reset()
    assert (statistics.frames, statistics.dropped, statistics.last_frame_at, statistics.fps) == (0, 0, None, 0.0)
