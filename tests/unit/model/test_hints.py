from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.errors import BadInput
from photonic.model.frame import Scale
from photonic.model.hints import Hints, parse_hints


def test_without_hints_the_kind_of_stream_decides() -> None:
    assert parse_hints({}, adapts_by_default=True) == Hints(None, Scale.FULL, adapts=True)
    assert parse_hints({"signature": "x"}, adapts_by_default=False) == Hints(None, Scale.FULL, adapts=False)


@pytest.mark.parametrize("default", [True, False])
@pytest.mark.parametrize(
    ("text", "scale", "adapts"),
    [
        ("auto", Scale.FULL, True),
        ("full", Scale.FULL, False),
        ("1", Scale.FULL, False),
        ("Half", Scale.HALF, False),
        ("0.5", Scale.HALF, False),
        ("1/2", Scale.HALF, False),
        ("QUARTER", Scale.QUARTER, False),
        ("0.25", Scale.QUARTER, False),
        ("1/4", Scale.QUARTER, False),
    ],
)
def test_a_requested_scale_is_kept(text: str, scale: Scale, adapts: bool, default: bool) -> None:
    assert parse_hints({"scale": text}, adapts_by_default=default) == Hints(None, scale, adapts)


@given(st.floats(1.0, 240.0))
def test_any_rate_in_range_is_taken(fps: float) -> None:
    assert parse_hints({"max_fps": repr(fps)}, adapts_by_default=True).max_fps == fps


@pytest.mark.parametrize("text", ["", "0", "-1", "fast", "nan", "inf", "1e9", "0.9", "240.5"])
def test_other_rates_are_refused(text: str) -> None:
    with pytest.raises(BadInput, match="from 1 to 240") as refused:
        parse_hints({"max_fps": text}, adapts_by_default=True)
    assert refused.value.field == "max_fps"


@given(st.text(max_size=100))
def test_any_other_scale_is_refused_with_the_choices(text: str) -> None:
    try:
        hints = parse_hints({"scale": text}, adapts_by_default=True)
    except BadInput as refused:
        assert (refused.field, refused.choices) == ("scale", ("auto", "full", "half", "quarter"))
    else:
        assert hints.scale in Scale


@pytest.mark.parametrize(
    ("hints", "query"),
    [
        (Hints(), {}),
        (Hints(max_fps=12.5), {"max_fps": "12.5"}),
        (Hints(scale=Scale.HALF, adapts=False), {"scale": "half"}),
        (Hints(5.0, Scale.FULL, adapts=False), {"scale": "full", "max_fps": "5"}),
    ],
)
def test_the_service_reads_what_a_client_requests(hints: Hints, query: dict[str, str]) -> None:
    assert hints.query == query
    assert parse_hints(hints.query, adapts_by_default=True) == hints
