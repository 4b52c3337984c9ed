"""Dropped frames: requested, numbered by the service, but not received."""

from __future__ import annotations

import pytest

from photonic.client.statistics import FlowMeter
from photonic.model.frame import Frame

CAMERA_FPS = 25


def frames(meter: FlowMeter, sequences: list[int], gen: int = 1) -> int:
    """How many frames count as dropped when these arrive from a camera with 25 fps."""
    for sequence in sequences:
        frame = Frame(epoch=1, sequence=sequence, captured_us=sequence * 1_000_000 // CAMERA_FPS, jpeg=b"")
        meter.frame(gen, frame, sequence / CAMERA_FPS)
    return meter.read(sequences[-1] / CAMERA_FPS).dropped


@pytest.mark.parametrize(
    ("max_fps", "sequences", "dropped"),
    [
        (None, [1, 2, 3, 4], 0),
        (None, [1, 3, 4, 9], 5),
        (10.0, [1, 4, 6, 9, 11, 14], 0),
        (10.0, [1, 4, 14, 17], 3),
        (5.0, [1, 6, 11, 16], 0),
        (100.0, [1, 2, 5, 6], 2),
        (0.5, [1, 51, 101], 0),
    ],
)
def test_frames_not_requested_are_not_dropped(max_fps: float | None, sequences: list[int], dropped: int) -> None:
    assert frames(FlowMeter(max_fps), sequences) == dropped


def test_numbers_that_start_again_do_not_count_as_dropped() -> None:
    meter = FlowMeter(10.0)
    assert frames(meter, [100, 103, 2, 5]) == 0
    assert frames(meter, [50], gen=2) == 0
