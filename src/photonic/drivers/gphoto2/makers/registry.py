"""Every maker's quirks combined, as the rest of the driver uses them (see the package's docstring)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from photonic.drivers.gphoto2.makers.canon import CANON
from photonic.drivers.gphoto2.makers.fuji import FUJI
from photonic.drivers.gphoto2.makers.generic import GENERIC
from photonic.drivers.gphoto2.makers.nikon import NIKON
from photonic.drivers.gphoto2.makers.sony import SONY
from photonic.model.setting_name import SettingName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from photonic.drivers.gphoto2.makers.maker import Maker

T = TypeVar("T")

MAKERS = (CANON, NIKON, FUJI, SONY, GENERIC)
"""In the order in which their entries are looked up: the first one that a camera has is used."""


def by_manufacturer(manufacturer: str) -> Maker:
    """The maker that the camera reports; ``GENERIC`` for an unknown one."""
    reported = manufacturer.casefold()
    return next((maker for maker in MAKERS if maker.manufacturer and reported.startswith(maker.manufacturer)), GENERIC)


def _each(quirk: Callable[[Maker], T | None]) -> tuple[T, ...]:
    """The values of a quirk over all makers that have it, without duplicates."""
    return tuple(dict.fromkeys(value for maker in MAKERS if (value := quirk(maker)) is not None))


def _joined(names: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for some in names for name in some))


SETTING_NAMES: Mapping[SettingName, tuple[str, ...]] = {
    name: _joined(maker.setting_names.get(name, ()) for maker in MAKERS) for name in SettingName
}
RESERVED: Mapping[str, str] = {name: reason for maker in MAKERS for name, reason in maker.reserved.items()}
ACTIONS = frozenset(_joined(maker.actions for maker in MAKERS))
CHOSEN_BY_MODE = {name: chosen for maker in MAKERS if (chosen := maker.chosen_by_mode) for name in chosen.modes}
LIBRARY_SETTINGS: Mapping[str, str] = {
    name: value for maker in reversed(MAKERS) for name, value in maker.library_settings.items()
}
CUT_DECIMALS = frozenset(_each(lambda maker: maker.cut_decimals))

TARGETS: Mapping[str, tuple[str, ...]] = {
    "card": _each(lambda maker: maker.card_target),
    "ram": _each(lambda maker: maker.ram_target),
}
SHUTTER_BUTTONS = _each(lambda maker: maker.shutter_button)
BULBS = _each(lambda maker: maker.bulb)
AUTOFOCUS_SWITCHES = _each(lambda maker: maker.autofocus_switch)
SHOT_BEGINS = frozenset(_each(lambda maker: maker.shot_begins))
FIRED_TEXTS = _joined(maker.fired_texts for maker in MAKERS)
PREPARATIONS = _each(lambda maker: maker.preparation)

LIVE_VIEW_SWITCHES = _each(lambda maker: maker.live_view_switch)
FIRST_FRAME_SECONDS = max(maker.first_frame_seconds for maker in MAKERS)
NEXT_FRAME_SECONDS = max(maker.next_frame_seconds for maker in MAKERS)
MAGNIFICATIONS = _each(lambda maker: maker.magnification)
MAGNIFIED_POINTS = _each(lambda maker: maker.magnified_point)
FOCUS_POINTS = _each(lambda maker: maker.focus_point)
CLOSED_APERTURES = _each(lambda maker: maker.closed_aperture)

FOCUS = _each(lambda maker: maker.focus)
CANCEL_FOCUS = _each(lambda maker: maker.cancel_focus)
DRIVE_FOCUS = _each(lambda maker: maker.drive_focus)
FOCUS_REPORTS = _each(lambda maker: maker.focus_report)
FOCUS_PULSES: Mapping[int, int] = {size: pulses for maker in MAKERS for size, pulses in maker.focus_pulses.items()}

BATTERY_WORDS: Mapping[str, int] = {word: percent for maker in MAKERS for word, percent in maker.battery_words.items()}
AWAKE_SECONDS = min(_each(lambda maker: maker.awake_seconds))
"""The shortest interval of all makers, used for every camera: one request every five seconds costs nothing."""
AUTO_POWER_OFF = _each(lambda maker: maker.auto_power_off)
NEVER_OFF_WORDS = frozenset(_joined(maker.never_off_words for maker in MAKERS))
