"""The makers combined: the order in which entries are looked up, and what is merged from all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from photonic.drivers.gphoto2.makers import reasons, registry
from photonic.drivers.gphoto2.makers.canon import CANON
from photonic.drivers.gphoto2.makers.fuji import FUJI
from photonic.drivers.gphoto2.makers.generic import GENERIC
from photonic.drivers.gphoto2.makers.nikon import NIKON
from photonic.drivers.gphoto2.makers.sony import SONY
from photonic.model.setting_name import SettingName

if TYPE_CHECKING:
    from photonic.drivers.gphoto2.makers.maker import Maker


@pytest.mark.parametrize(
    ("manufacturer", "maker"),
    [
        ("Canon Inc.", CANON),
        ("NIKON CORPORATION", NIKON),
        ("Nikon Corporation", NIKON),
        ("FUJIFILM", FUJI),
        ("Sony Corporation", SONY),
        ("Panasonic", GENERIC),
        ("not a Canon", GENERIC),
        ("", GENERIC),
    ],
)
def test_a_maker_is_found_by_how_the_manufacturer_starts(manufacturer: str, maker: Maker) -> None:
    assert registry.by_manufacturer(manufacturer) is maker


def test_generic_entries_are_looked_up_last() -> None:
    assert registry.MAKERS[-1] is GENERIC
    assert registry.SETTING_NAMES[SettingName.EXPOSURE_MODE] == ("autoexposuremode", "expprogram", "exposuremode")


def test_setting_names_keep_the_order_of_makers_and_of_each_maker() -> None:
    assert registry.SETTING_NAMES[SettingName.APERTURE] == ("aperture", "f-number")
    assert registry.SETTING_NAMES[SettingName.IMAGE_FORMAT] == ("imageformat", "imagequality")
    assert registry.SETTING_NAMES[SettingName.DRIVE_MODE] == ("drivemode", "capturemode")


def test_a_name_that_makers_share_is_looked_up_once() -> None:
    assert registry.SETTING_NAMES[SettingName.SHUTTER] == ("shutterspeed", "shutterspeed2")
    assert registry.SETTING_NAMES[SettingName.ISO] == ("iso",)
    assert registry.TARGETS == {"card": ("Memory card", "card"), "ram": ("Internal RAM", "sdram")}


def test_every_common_setting_has_a_name() -> None:
    assert [name for name in SettingName if not registry.SETTING_NAMES[name]] == []


def test_reserved_entries_are_those_of_all_makers_with_their_reasons() -> None:
    assert registry.RESERVED == {
        "capturetarget": reasons.TARGET,
        "eosviewfinder": reasons.LIVE_VIEW,
        "output": reasons.LIVE_VIEW,
        "liveviewprohibit": reasons.LIVE_VIEW,
        "movie": reasons.LIVE_VIEW,
        "viewfinder": reasons.LIVE_VIEW,
        "capture": reasons.SHUTTER,
        "eosremoterelease": reasons.SHUTTER,
        "bulb": reasons.SHUTTER,
        "uilock": reasons.CONNECTION,
        "remotemode": reasons.CONNECTION,
        "eoscapturemode": reasons.CONNECTION,
        "applicationmode": reasons.CONNECTION,
        "opcode": reasons.CONNECTION,
    }


def test_makers_that_reserve_the_same_entry_give_the_same_reason() -> None:
    for maker in registry.MAKERS:
        assert {name: registry.RESERVED[name] for name in maker.reserved} == maker.reserved


def test_library_settings_are_those_of_all_makers() -> None:
    assert registry.LIBRARY_SETTINGS == {"capturetarget": "card", "autofocus": "on"}


def test_makers_do_not_contradict_each_other_in_library_settings() -> None:
    for maker in registry.MAKERS:
        assert {name: registry.LIBRARY_SETTINGS[name] for name in maker.library_settings} == maker.library_settings


def test_time_limits_are_those_of_the_slowest_maker() -> None:
    assert max(maker.first_frame_seconds for maker in registry.MAKERS) == registry.FIRST_FRAME_SECONDS == 10.0
    assert registry.NEXT_FRAME_SECONDS == 4.0
    assert registry.AWAKE_SECONDS == 5.0
