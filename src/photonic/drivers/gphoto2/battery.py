"""The battery by the camera's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photonic.drivers.gphoto2.camera import Setting
    from photonic.drivers.gphoto2.configuration import Configuration

BATTERY = "batterylevel"
LOW_PERCENT = 10
"""EOS tells 100, 75, 50 and 25 percent, and ``Low`` (2.5.34 ``config.c``)."""

LOW_ADVICE = "the camera refuses, and its battery is low: change or charge it"


def battery_percent(configuration: Configuration) -> int | None:
    """``75%`` as 75, Canon's ``Low`` as what is left of the lowest of its marks; ``None`` for other words, or none."""
    return percent_of(configuration.read(BATTERY))


def percent_of(setting: Setting | None) -> int | None:
    """What the battery's setting says."""
    digits = (setting.value if setting else "").strip().removesuffix("%")
    if digits.casefold() == "low":
        return LOW_PERCENT
    return min(100, int(digits)) if digits.isascii() and digits.isdigit() and len(digits) < 4 else None


def battery_low(configuration: Configuration) -> bool:
    """Whether the camera says by now that there is little left: a likely reason for a refusal without one."""
    configuration.doubt()
    percent = battery_percent(configuration)
    return percent is not None and percent <= LOW_PERCENT
