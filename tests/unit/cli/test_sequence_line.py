"""A sequence's line on the terminal, with a clock that the test controls."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from rich.console import Console
from tests.support.virtual_time import FakeClock

from photonic.cli.sequence_line import SequenceLine
from photonic.model.status import SequencePhase, SequenceStatus


def status(**fields: Any) -> SequenceStatus:
    chosen = {"id": "s1", "kind": "interval", "session_id": "guest", "phase": "waiting", "total": 100}
    return SequenceStatus.model_validate({**chosen, **fields})


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"phase": SequencePhase.COUNTDOWN, "next_in_seconds": 9.6}, "first of 100 in 10 s"),
        ({"saved": 12, "next_in_seconds": 4.0, "remaining_seconds": 910.0}, "12 of 100, next in 4 s, 0:15:10 left"),
        (
            {"saved": 12, "failed": 1, "missed": 2, "phase": SequencePhase.SHOOTING, "remaining_seconds": 60.0},
            "12 of 100, 1 failed, 2 missed, 0:01:00 left",
        ),
        (
            {"saved": 3, "phase": SequencePhase.STOPPING, "remaining_seconds": 60.0},
            "3 of 100, stopping after the current photo",
        ),
    ],
)
def test_the_line_shows_the_progress(fields: dict[str, Any], text: str) -> None:
    line = SequenceLine(FakeClock(100.0))
    assert str(line) == "requested"
    line.update(status(**fields))
    assert str(line) == text


def test_it_counts_down_between_two_reports_of_the_service() -> None:
    clock = FakeClock(100.0)
    line = SequenceLine(clock)
    line.update(status(saved=1, next_in_seconds=4.0, remaining_seconds=100.0))
    clock.now += 3
    assert str(line) == "1 of 100, next in 1 s, 0:01:37 left"
    clock.now += 500
    assert str(line) == "1 of 100, next in 0 s, 0:00:00 left"


def test_the_bar_is_drawn_beside_the_text() -> None:
    drawn = StringIO()
    line = SequenceLine(FakeClock(100.0))
    line.update(status(saved=50))
    Console(file=drawn, width=100).print(line)
    assert "50 of 100" in drawn.getvalue()
    assert "━" in drawn.getvalue()
