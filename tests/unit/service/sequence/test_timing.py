"""The timing of a requested sequence, and the requests that are impossible."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from photonic.errors import BadInput
from photonic.model.sequence import COUNT_LIMIT, SequenceRequest
from photonic.protocol.schedule import Rapid, Ticks
from photonic.service.sequence.timing import LEAD, timing_of

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def request(kind: str, **fields: Any) -> SequenceRequest:
    return SequenceRequest.model_validate({"kind": kind, "session_id": "guest", **fields})


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_a_burst_is_as_fast_as_it_goes() -> None:
    wanted = timing_of(request("burst", count=5), NOW)
    assert (wanted.starts_at, wanted.plan(7)) == (NOW + LEAD, Rapid(7, 5))


def test_a_self_timer_counts_down_to_one_photo() -> None:
    wanted = timing_of(request("self_timer", delay_seconds=10), NOW)
    assert (wanted.starts_at, wanted.plan(7)) == (at(10), Rapid(7, 1))


def test_a_bracket_has_a_photo_for_each_stop() -> None:
    assert timing_of(request("bracket", stops=[-2.0, 0.0, 2.0]), NOW).plan(7) == Rapid(7, 3)


def test_a_time_lapse_has_its_ticks() -> None:
    wanted = timing_of(request("interval", interval_seconds=2.5, count=4, start_at=at(60)), NOW)
    assert (wanted.starts_at, wanted.plan(7)) == (at(60), Ticks(7, 2_500_000, 4))


@pytest.mark.parametrize(
    ("end", "count", "ticks"), [(0, None, 1), (9.9, None, 1), (10, None, 2), (100, None, 11), (100, 3, 3), (20, 50, 3)]
)
def test_no_tick_is_later_than_the_end(end: float, count: int | None, ticks: int) -> None:
    wanted = request("interval", interval_seconds=10, end_at=at(end), start_at=NOW, count=count)
    assert timing_of(wanted, NOW).count == ticks


@pytest.mark.parametrize(
    ("kind", "fields", "named"),
    [
        ("burst", {}, "count"),
        ("burst", {"count": 3, "interval_seconds": 1.0}, "interval_seconds"),
        ("burst", {"count": 3, "end_at": at(5)}, "end_at"),
        ("interval", {"count": 3}, "interval_seconds"),
        ("interval", {"interval_seconds": 1.0}, "count"),
        ("interval", {"interval_seconds": 1.0, "end_at": at(-1)}, "end_at"),
        ("interval", {"interval_seconds": 0.1, "end_at": at(COUNT_LIMIT)}, "end_at"),
        ("interval", {"interval_seconds": 1.0, "count": 2, "start_at": at(-1)}, "start_at"),
        ("interval", {"interval_seconds": 1.0, "count": 2, "start_at": at(10**8)}, "start_at"),
        ("interval", {"interval_seconds": 1.0, "count": 2, "start_at": at(5), "delay_seconds": 5.0}, "start_at"),
        ("self_timer", {}, "delay_seconds"),
        ("bracket", {}, "stops"),
        ("bracket", {"stops": [1.0], "count": 3}, "count"),
        ("burst", {"count": 3, "stops": [1.0]}, "stops"),
        ("burst", {"count": 3, "vary": "iso"}, "vary"),
        ("self_timer", {"delay_seconds": 0.0}, "delay_seconds"),
        ("self_timer", {"delay_seconds": 1.0, "allow_misses": True}, "allow_misses"),
        ("burst", {"count": 2, "sequence_number": 2**31 - 1}, "sequence_number"),
    ],
)
def test_an_impossible_request_names_its_field(kind: str, fields: dict[str, Any], named: str) -> None:
    with pytest.raises(BadInput) as refused:
        timing_of(request(kind, **fields), NOW)
    assert refused.value.field == named


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "panorama"},
        {"count": 0},
        {"count": -1},
        {"count": COUNT_LIMIT + 1},
        {"count": "5"},
        {"count": 2.5},
        {"count": True},
        {"interval_seconds": 0},
        {"interval_seconds": -1},
        {"interval_seconds": 0.05},
        {"interval_seconds": float("nan")},
        {"interval_seconds": float("inf")},
        {"delay_seconds": -1},
        {"start_at": "2026-05-01T12:00:00"},
        {"session_id": "../etc"},
        {"shutter": "bulb"},
        {"stops": []},
        {"stops": [0.0] * 26},
        {"stops": [21.0]},
        {"stops": ["1"]},
        {"vary": "zoom"},
    ],
    ids=str,
)
def test_an_invalid_request_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SequenceRequest.model_validate({"kind": "interval", "session_id": "guest", **fields})
