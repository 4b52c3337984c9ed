"""Settings as gphoto2 prints them, and the values that it accepts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from photonic.compat.gphoto2 import configuration
from photonic.compat.gphoto2.results import ActionFailed, ResultCode
from photonic.model.setting import Choice, Date, Range, Text, Toggle

ISO = Choice(
    name="iso", path="/main/imgsettings/iso", label="ISO Speed", writable=True, value="400", choices=("100", "400", "5")
)
ARTIST = Text(name="x", path="/main/settings/artist", label="Artist", writable=False, value="Ada")
LEVEL = Range(
    name="x", path="/main/other/5001", label="Level", writable=True, value=2.5, minimum=0, maximum=10, step=0.5
)
LOCK = Toggle(name="x", path="/main/actions/uilock", label="Lock", writable=True, value=None)
CLOCK = Date(
    name="x", path="/main/settings/datetime", label="Time", writable=True, value=datetime(2026, 1, 1, tzinfo=UTC)
)
ALL = (ISO, ARTIST, LEVEL, LOCK, CLOCK)


def test_a_choice_is_printed_with_its_choices() -> None:
    assert configuration.printed(ISO) == [
        "Label: ISO Speed", "Readonly: 0", "Type: RADIO", "Current: 400",
        "Choice: 0 100", "Choice: 1 400", "Choice: 2 5", "END",
    ]  # fmt: skip


def test_other_kinds_are_printed() -> None:
    assert configuration.printed(ARTIST)[1:] == ["Readonly: 1", "Type: TEXT", "Current: Ada", "END"]
    assert configuration.printed(LEVEL)[3:] == ["Current: 2.5", "Bottom: 0", "Top: 10", "Step: 0.5", "END"]
    assert configuration.printed(LOCK)[2:] == ["Type: TOGGLE", "Current: 2", "END"]
    assert configuration.printed(CLOCK)[2:4] == ["Type: DATE", "Current: 1767225600"]


def test_the_tree_has_its_parts_in_order() -> None:
    ordered = [setting.path for setting in configuration.in_tree_order(ALL)]
    assert ordered == [
        "/main/actions/uilock", "/main/settings/artist", "/main/settings/datetime", "/main/imgsettings/iso",
        "/main/other/5001",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "name", ["iso", "/main/imgsettings/iso", "main/imgsettings/iso", "/imgsettings/iso", "ISO Speed"]
)
def test_a_setting_is_found_by_name_path_and_label(name: str) -> None:
    assert configuration.found(ALL, name) is ISO


def test_an_unknown_setting_is_refused_with_gphoto2s_code() -> None:
    with pytest.raises(ActionFailed) as refused:
        configuration.found(ALL, "nonsense")
    assert refused.value.code is ResultCode.BAD_PARAMETERS


def test_a_choice_wins_over_an_index() -> None:
    assert configuration.value_of(ISO, "5") == "5"
    assert configuration.value_of(ISO, "1") == "400"
    assert configuration.value_of(ISO, "1", by_index=False) == "1"
    assert configuration.value_of(ISO, "9") == "9"
    assert configuration.value_at(ISO, "2") == "5"


@pytest.mark.parametrize(("text", "value"), [("ON", True), ("1", True), ("false", False), ("no", False)])
def test_toggles(text: str, value: bool) -> None:
    assert configuration.value_of(LOCK, text) is value


def test_ranges_texts_and_times() -> None:
    assert configuration.value_of(LEVEL, "3") == 3.0
    assert configuration.value_of(ARTIST, "1") == "1"
    assert configuration.value_of(CLOCK, "0") == "1970-01-01T00:00:00+00:00"
    assert configuration.value_of(CLOCK, "now") > "2026"  # pyright: ignore[reportOperatorIssue]


@pytest.mark.parametrize(
    ("setting", "text"), [(LEVEL, "11"), (LEVEL, "x"), (LOCK, "maybe"), (CLOCK, "noon")], ids=lambda one: str(one)[:12]
)
def test_other_values_are_refused(setting: Range | Toggle | Date, text: str) -> None:
    with pytest.raises(ActionFailed) as refused:
        configuration.value_of(setting, text)
    assert refused.value.code is ResultCode.BAD_PARAMETERS


@pytest.mark.parametrize(("setting", "text"), [(ISO, "3"), (ISO, "x"), (ARTIST, "0")])
def test_only_choices_have_indexes(setting: Choice | Text, text: str) -> None:
    with pytest.raises(ActionFailed):
        configuration.value_at(setting, text)
