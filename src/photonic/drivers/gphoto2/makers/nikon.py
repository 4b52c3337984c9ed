"""Nikon."""

from __future__ import annotations

from photonic.drivers.gphoto2.makers import reasons
from photonic.drivers.gphoto2.makers.maker import Button, Magnification, Maker, PointEntry
from photonic.model.setting_name import SettingName

NIKON = Maker(
    manufacturer="nikon",
    setting_names={
        SettingName.ISO: ("iso",),
        SettingName.APERTURE: ("f-number",),
        SettingName.SHUTTER: ("shutterspeed", "shutterspeed2"),
        SettingName.EXPOSURE_MODE: ("expprogram",),
        SettingName.EXPOSURE_COMPENSATION: ("exposurecompensation",),
        SettingName.WHITE_BALANCE: ("whitebalance",),
        SettingName.COLOR_TEMPERATURE: ("colortemperature",),
        SettingName.FOCUS_MODE: ("focusmode", "focusmode2"),
        SettingName.DRIVE_MODE: ("capturemode",),
        SettingName.IMAGE_FORMAT: ("imagequality",),
        SettingName.CAPTURE_TARGET: ("capturetarget",),
        SettingName.METERING: ("exposuremetermode",),
    },
    reserved={
        "capturetarget": reasons.TARGET,
        "liveviewprohibit": reasons.LIVE_VIEW,
        "applicationmode": reasons.CONNECTION,
    },
    actions=frozenset({"changeafarea"}),
    # Without this setting, ``camera_trigger_capture`` releases without focusing, while ``config.c`` reports "On".
    library_settings={"autofocus": "on"},
    # 1/800 s is printed as "0.0012s".
    cut_decimals=4,
    card_target="Memory card",
    ram_target="Internal RAM",
    # Whether the library focuses before the release (``library.c``). Sony's entry of this name is a half press, and has
    # no such choices.
    autofocus_switch=Button("autofocus", "Off", "On"),
    # Twice 2 s until live view is on, then the first frame (``library.c``).
    first_frame_seconds=10.0,
    magnification=Magnification("liveviewimagezoomratio"),
    focus_point=PointEntry("changeafarea", "{}x{}"),
    # Out of 32,767: small, medium and large steps that match those of an EOS.
    focus_pulses={1: 30, 2: 150, 3: 600},
)
