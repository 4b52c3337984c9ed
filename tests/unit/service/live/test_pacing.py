from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from photonic.service.live.pacing import FramePace

SECOND_US = 1_000_000


def sent(stamps: list[int], max_fps: float) -> list[int]:
    pace = FramePace(max_fps)
    return [stamp for stamp in stamps if pace.due(stamp)]


@pytest.mark.parametrize("max_fps", [1.0, 7.5, 10.0, 15.0, 24.0, 25.0, 29.0, 30.0])
def test_a_jittery_source_of_thirty_gives_the_rate_that_was_asked_for(max_fps: float) -> None:
    stamps = [number * SECOND_US // 30 + (number * 7919) % 9_000 for number in range(30 * 60)]
    assert len(sent(stamps, max_fps)) / 60 == pytest.approx(max_fps, rel=0.02)


def test_a_slower_source_is_taken_whole() -> None:
    stamps = [number * SECOND_US // 10 for number in range(100)]
    assert sent(stamps, 30.0) == stamps


@example([1, 1, 1, 1, 1, 999_997, 1, 499_998], 2.0)
@given(st.lists(st.integers(1, 2 * SECOND_US), min_size=1, max_size=200), st.floats(0.5, 120))
def test_no_span_holds_more_than_its_share(gaps: list[int], max_fps: float) -> None:
    """A frame that was nearly two turns late is followed by the one that was due meanwhile, and the one due now."""
    stamps = [sum(gaps[: number + 1]) for number in range(len(gaps))]
    taken = sent(stamps, max_fps)
    assert taken[0] == stamps[0]
    for first, begin in enumerate(taken):
        for count, end in enumerate(taken[first:], start=1):
            span = (end - begin) / SECOND_US
            assert count <= span * max_fps + 3 + 1e-6


def test_after_a_pause_there_is_no_burst() -> None:
    pace = FramePace(10.0)
    assert [pace.due(stamp) for stamp in (0, 50_000, 100_000)] == [True, False, True]
    later = 60 * SECOND_US
    assert [pace.due(later + stamp) for stamp in (0, 10_000, 50_000, 100_000)] == [True, False, False, True]
