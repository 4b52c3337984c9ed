"""Times as people write them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.cli.times import duration, moment
from photonic.errors import BadInput

HERE = timezone(timedelta(hours=2))
NOW = datetime(2026, 5, 1, 18, 0, tzinfo=HERE)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("10s", 10),
        ("10", 10),
        ("0.5", 0.5),
        ("500ms", 0.5),
        ("1m30s", 90),
        ("2h", 7200),
        ("1.5m", 90),
        ("1 H 1 s", 3601),
    ],
)
def test_a_duration(text: str, seconds: float) -> None:
    assert duration(text, "--every") == seconds


@pytest.mark.parametrize("text", ["", "s", "often", "-5s", "10x", "30s1m", "1s1s", "nan", "1e3"])
def test_the_error_for_an_invalid_duration_names_its_option(text: str) -> None:
    with pytest.raises(BadInput, match="--every"):
        duration(text, "--every")


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999))
def test_parts_of_a_duration_add_up(hours: int, minutes: int, seconds: int, milliseconds: int) -> None:
    text = f"{hours}h{minutes}m{seconds}s{milliseconds}ms"
    assert duration(text, "x") == hours * 3600 + minutes * 60 + seconds + milliseconds / 1000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("18:30", NOW.replace(minute=30)),
        ("18:00", NOW + timedelta(days=1)),
        ("6:05:30", datetime(2026, 5, 2, 6, 5, 30, tzinfo=HERE)),
        ("2026-06-01T10:00", datetime(2026, 6, 1, 10, tzinfo=HERE)),
        ("2026-06-01T10:00+00:00", datetime(2026, 6, 1, 12, tzinfo=HERE)),
    ],
)
def test_a_moment(text: str, expected: datetime) -> None:
    assert moment(text, "--until", NOW) == expected


@pytest.mark.parametrize("text", ["", "25:00", "18:60", "tonight", "18"])
def test_the_error_for_an_invalid_time_names_its_option(text: str) -> None:
    with pytest.raises(BadInput, match="--until"):
        moment(text, "--until", NOW)
