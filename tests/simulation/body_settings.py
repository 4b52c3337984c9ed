"""The settings of the simulated body: those of an EOS that the driver reads and writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.drivers.gphoto2.camera import Setting, SettingKind

if TYPE_CHECKING:
    from collections.abc import Mapping

CARD_TARGET, RAM_TARGET = "Memory card", "Internal RAM"
JPEG_ONLY, RAW_AND_JPEG = "Large Fine JPEG", "RAW + Large Fine JPEG"


def _choice(name: str, value: str, *choices: str) -> Setting:
    return Setting(name, value, choices, kind=SettingKind.CHOICE, path=f"/main/capturesettings/{name}", label=name)


def _toggle(name: str) -> Setting:
    return Setting(name, "0", kind=SettingKind.TOGGLE, path=f"/main/actions/{name}", label=name)


def _status(name: str, value: str) -> Setting:
    return Setting(name, value, writable=False, path=f"/main/status/{name}", label=name)


SETTINGS: Mapping[str, Setting] = {
    setting.name: setting
    for setting in (
        _toggle("viewfinder"),
        _toggle("autofocusdrive"),
        _choice("iso", "100", "Auto", "100", "200", "400", "800"),
        _choice("shutterspeed", "1/125", "30", "1", "1/60", "1/125", "1/250"),
        _choice("aperture", "5.6", "4", "5.6", "8"),
        _choice("autoexposuremode", "Manual", "P", "TV", "AV", "Manual"),
        _choice("drivemode", "Single", "Single", "Continuous"),
        _choice("capturetarget", CARD_TARGET, RAM_TARGET, CARD_TARGET),
        _choice("imageformat", JPEG_ONLY, JPEG_ONLY, RAW_AND_JPEG),
        _status("availableshots", "0"),
        _status("batterylevel", "75%"),
    )
}
