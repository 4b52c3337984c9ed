"""The battery level as the camera reports it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.drivers.gphoto2.makers import registry

if TYPE_CHECKING:
    from photonic.drivers.gphoto2.camera import Setting
    from photonic.drivers.gphoto2.configuration import Configuration

BATTERY = "batterylevel"
LOW_PERCENT = 10
LOW_ADVICE = "the camera refuses, and its battery is low: change or charge it"


def battery_percent(configuration: Configuration) -> int | None:
    """The level in percent; ``None`` if the camera does not report it as a percentage or a known word."""
    return percent_of(configuration.read(BATTERY))


def percent_of(setting: Setting | None) -> int | None:
    """The percentage in the battery's setting, if there is one."""
    digits = (setting.value if setting else "").strip().removesuffix("%")
    if (percent := registry.BATTERY_WORDS.get(digits.casefold())) is not None:
        return percent
    return min(100, int(digits)) if digits.isascii() and digits.isdigit() and len(digits) < 4 else None


def battery_low(configuration: Configuration) -> bool:
    """Whether the battery is low now, which is a likely cause of an unexplained refusal."""
    configuration.invalidate()
    percent = battery_percent(configuration)
    return percent is not None and percent <= LOW_PERCENT
