"""Exposure brackets from the choices of a camera's setting."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.errors import BadInput
from photonic.model.exposure import shutter_seconds
from photonic.model.sequence import SequenceKind, SequenceRequest, Varied
from photonic.model.setting import Choice, Setting
from photonic.service.sequence.kinds.bracket import DEFINITION, steps
from photonic.service.sequence.kinds.definition import LongestExposure

SHUTTERS = (
    *("bulb", "30", "15", "8", "4", "2", "1", "1/2"),
    *("1/4", "1/8", "1/15", "1/30", "1/60", "1/125", "1/250", "1/500"),
)


def choice(name: str, value: str, *choices: str, writable: bool = True, reason: str | None = None) -> Choice:
    return Choice(
        name=name, path=f"/main/{name}", label=name, value=value, choices=choices, writable=writable, reason=reason
    )


def camera(mode: str = "Manual", shutter: str = "1/60", compensation: str = "0") -> tuple[Setting, ...]:
    return (
        choice("exposure_mode", mode, "Manual", "AV"),
        choice("shutter", shutter, *SHUTTERS, writable=mode == "Manual", reason="the mode chooses it"),
        choice("exposure_compensation", compensation, "-2", "-1.6", "-1", "0", "0.3", "1", "2"),
        choice("iso", "400", "auto", "100", "200", "400", "800"),
        choice("aperture", "5.6", "4", "5.6", "8", "11"),
    )


@pytest.mark.parametrize(
    ("stops", "vary", "settings", "values"),
    [
        ((-2, 0, 2), None, camera(), ["1/250", "1/60", "1/15"]),
        ((-2, 0, 2), None, camera("AV"), ["-2", "0", "2"]),
        ((0.3, -1.7), None, camera("AV"), ["0.3", "-1.6"]),
        ((-1, 0, 1), None, camera("AV", compensation="1"), ["0", "1", "2"]),
        ((1, -1), Varied.ISO, camera(), ["800", "200"]),
        ((1, -1), Varied.APERTURE, camera(), ["4", "8"]),
        ((0,), Varied.EXPOSURE_COMPENSATION, camera(), ["0"]),
    ],
)
def test_each_stop_has_its_value(
    stops: tuple[float, ...], vary: Varied | None, settings: tuple[Setting, ...], values: list[str]
) -> None:
    assert [next(iter(step.values())) for step in steps(stops, vary, settings, {})] == values


def test_stops_count_from_the_settings_that_captures_use() -> None:
    assert steps((1,), None, camera(), {"shutter": "1/250"}) == ({"shutter": "1/125"},)


@pytest.mark.parametrize(
    ("stops", "vary", "settings", "field"),
    [
        ((-5,), None, camera(), "stops"),
        ((0.5,), None, camera(), "stops"),
        ((3,), None, camera("AV"), "stops"),
        ((0,), Varied.SHUTTER, camera("AV"), "vary"),
        ((0,), Varied.SHUTTER, camera(shutter="bulb"), "vary"),
        ((0,), Varied.ISO, (), "vary"),
        ((0,), None, (), "vary"),
    ],
)
def test_an_impossible_bracket_names_its_field(
    stops: tuple[float, ...], vary: Varied | None, settings: tuple[Setting, ...], field: str
) -> None:
    with pytest.raises(BadInput) as refused:
        steps(stops, vary, settings, {})
    assert refused.value.field == field
    assert bool(refused.value.choices) == (field == "stops")


@given(st.sampled_from(SHUTTERS[1:]), st.integers(-6, 6))
def test_a_stop_is_twice_the_light(shutter: str, stop: int) -> None:
    before = shutter_seconds(shutter)
    assert before is not None
    try:
        (step,) = steps((stop,), None, camera(shutter=shutter), {})
    except BadInput:
        assert not 1 / 450 <= before * 2**stop <= 30
        return
    after = shutter_seconds(step["shutter"])
    assert after is not None
    assert after / before == pytest.approx(2**stop, rel=0.15)


@pytest.mark.parametrize(
    ("vary", "values", "seconds"),
    [
        (Varied.SHUTTER, {"exposure_mode": "AV", "exposure_compensation": "0"}, 8.0),
        (None, {"exposure_mode": "Manual", "exposure_compensation": "0"}, 8.0),
        (None, {"exposure_mode": " m ", "exposure_compensation": "0"}, 8.0),
        (None, {}, 8.0),
        (None, {"exposure_mode": "AV", "exposure_compensation": "0"}, 2.0),
        (Varied.ISO, {"exposure_mode": "Manual"}, 2.0),
    ],
)
def test_only_a_varied_shutter_makes_the_exposure_longer(
    vary: Varied | None, values: dict[str, str], seconds: float
) -> None:
    assert DEFINITION.longest_exposure is not None
    request = SequenceRequest(kind=SequenceKind.BRACKET, session_id="s", stops=(-2, 0, 2), vary=vary)
    assert DEFINITION.longest_exposure(request, values, 2.0) == LongestExposure(seconds, "stops")
