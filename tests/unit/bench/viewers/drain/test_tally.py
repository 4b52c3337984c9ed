from __future__ import annotations

from bench.viewers.drain.tally import Counts, Window, pause


def test_gaps_in_the_numbers_are_missed_frames() -> None:
    counts = Counts(Window())
    for sequence in (5, 6, 9):
        counts.on_frame(sequence, 0)
    assert (counts.frames, counts.missed, counts.sequence) == (3, 2, 9)
    counts.clear()
    counts.on_frame(11, 0)
    assert (counts.frames, counts.missed) == (1, 1)


def test_only_what_comes_inside_the_window_counts() -> None:
    window = Window()
    counts = Counts(window)
    counts.on_frame(1, 0)
    window.begin(arrivals=True)
    window.add(counts, 1_000, 3_000)
    window.add(counts, 1_000, 5_000)
    assert window.end() == {"p50": 2.0, "p99": 4.0, "p100": 4.0}
    window.add(counts, 0, 9_000_000)
    assert window.arrivals == [(1_000, 3_000, counts), (1_000, 5_000, counts)]


def test_the_way_back_is_from_the_first_viewers_frame_to_the_last_ones() -> None:
    window = Window()
    first, second, away = Counts(window), Counts(window), Counts(window)
    arrivals = [
        (0, 1_000, first),
        (0, 2_000, second),
        (0, 2_000, away),
        (500_000, 501_000, first),
        (533_000, 534_000, first),
        (533_000, 536_000, second),
    ]
    assert pause(arrivals, [first, second, away]) == {"pause_ms": 500.0, "spread_ms": 35.0, "without": 1}
    assert pause(arrivals[:1], [first]) is None
