"""Values as people write them, for each type of control."""

from __future__ import annotations

import pytest
from tests.unit.drivers.webcam.recorded import CONTROLS

from photonic.errors import BadInput

BY_NAME = {control.name: control for control in CONTROLS}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("brightness", "200", 200),
        ("brightness", " 200.0 ", 200),
        ("focus_absolute", "250", 250),
        ("focus_automatic_continuous", "Off", 0),
        ("auto_exposure", "manual  mode", 1),
    ],
)
def test_what_is_meant(name: str, text: str, value: int) -> None:
    assert BY_NAME[name].parsed(text) == value


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("brightness", "256", "from 0 to 255"),
        ("brightness", "1.5", "whole number"),
        ("brightness", "nan", "whole number"),
        ("brightness", "", "whole number"),
        ("focus_absolute", "12", "in steps of 5; nearest: 10, 15"),
        ("focus_automatic_continuous", "maybe", "on or off"),
        ("auto_exposure", "Shutter", "Manual Mode, Aperture Priority Mode"),
        ("exposure_time_absolute", "10", "switch that off first"),
    ],
)
def test_what_is_refused(name: str, text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said) as refused:
        BY_NAME[name].parsed(text)
    assert refused.value.field == name


def test_as_settings_on_the_link() -> None:
    entries = {name: control.entry() for name, control in BY_NAME.items()}
    assert entries["brightness"].value == 128.0
    assert entries["brightness"].limits == (0, 255, 1)
    assert entries["focus_automatic_continuous"].value is True
    assert entries["auto_exposure"].value == "Aperture Priority Mode"
    assert entries["auto_exposure"].choices == ("Manual Mode", "Aperture Priority Mode")
    assert not entries["exposure_time_absolute"].writable
