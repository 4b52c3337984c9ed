"""Matches a value as people write it to one that the camera offers, without rounding it to a neighbour."""

from __future__ import annotations

import difflib
import math
from typing import TYPE_CHECKING

from photonic.drivers.gphoto2.makers.registry import CUT_DECIMALS
from photonic.model.exposure import aperture_number, ev_number, iso_number, shutter_seconds
from photonic.model.foreign_text import shown
from photonic.model.setting_name import SettingName

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MODES = (
    frozenset({"m", "manual"}),
    frozenset({"p", "program", "program auto", "programmed auto"}),
    frozenset({"av", "a", "aperture priority", "aperture-priority"}),
    frozenset({"tv", "s", "shutter priority", "shutter-priority"}),
    frozenset({"b", "bulb"}),
)
_SAME = 1e-3
"""Two spellings of the same time or f-number differ by less: ``1/125`` and ``0.008``."""

_SAME_EV = 0.07
"""Cameras write a third of a stop as ``0.3``, and two thirds as ``0.6`` or ``0.7``."""

_NEAREST = 3


def kelvin_number(text: str) -> float | None:
    """``5600K`` and ``5600`` as 5600; ``None`` for anything else."""
    bare = text.strip().casefold().removesuffix("kelvin").removesuffix("k").strip()
    return float(bare) if bare.isascii() and bare.isdigit() else None


_NUMBERS: Mapping[SettingName, Callable[[str], float | None]] = {
    SettingName.ISO: iso_number,
    SettingName.SHUTTER: shutter_seconds,
    SettingName.APERTURE: aperture_number,
    SettingName.EXPOSURE_COMPENSATION: ev_number,
    SettingName.COLOR_TEMPERATURE: kelvin_number,
}


def match(name: SettingName | None, wanted: str, choices: tuple[str, ...]) -> str | None:
    """Find the choice that ``wanted`` means; ``None`` if there is none.

    Args:
        name: The setting's common name; ``None`` if it has none.
        wanted: The value as a person writes it.
        choices: The camera's choices.

    ``1/125`` finds ``1/125s`` and ``0.0080s``, ``f/5.6`` finds ``5.6``, ``ISO 400`` finds ``400``, ``M`` finds
    ``Manual``, ``one-shot`` finds ``One Shot``.
    """
    plain = _plain(wanted)
    for choice in choices:
        if _plain(choice) == plain:
            return choice
    number = _NUMBERS.get(name) if name is not None else None
    if number is None:
        group = next((group for group in _MODES if plain in group), frozenset[str]())
        if name is SettingName.EXPOSURE_MODE and group:
            return next((choice for choice in choices if _plain(choice) in group), None)
        letters = _letters(wanted)
        alike = [choice for choice in choices if _letters(choice) == letters]
        return alike[0] if len(alike) == 1 and letters else None
    value = number(wanted)
    if value is None:
        return None
    distances = {
        choice: abs(value - other)
        for choice in choices
        if (other := number(choice)) is not None and _same_number(name, value, other, choice)
    }
    return min(distances, key=distances.__getitem__, default=None)


def nearest(name: SettingName | None, wanted: str, choices: tuple[str, ...]) -> tuple[str, ...]:
    """Up to three choices closest to ``wanted``: as numbers if possible, otherwise by spelling."""
    number = _NUMBERS.get(name, _no_number) if name is not None else _no_number
    value = number(wanted)
    if value is not None:
        distance = _difference if name is SettingName.EXPOSURE_COMPENSATION else _ratio
        distances = {choice: distance(value, other) for choice in choices if (other := number(choice)) is not None}
        return tuple(sorted(distances, key=distances.__getitem__)[:_NEAREST])
    by_letters = {choice.casefold(): choice for choice in choices}
    close = difflib.get_close_matches(wanted.casefold(), by_letters, n=_NEAREST, cutoff=0.3)
    return tuple(by_letters[one] for one in close)


def _plain(text: str) -> str:
    return " ".join(shown(text).casefold().split())


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum() or letter == "+")


def _no_number(_text: str) -> None:
    return None


def _difference(value: float, other: float) -> float:
    return abs(value - other)


def _ratio(value: float, other: float) -> float:
    return abs(math.log(other / value)) if value > 0 and other > 0 else math.inf


def _same_number(name: SettingName | None, value: float, other: float, printed: str) -> bool:
    if name is SettingName.EXPOSURE_COMPENSATION:
        return abs(value - other) <= _SAME_EV
    if name in {SettingName.ISO, SettingName.COLOR_TEMPERATURE}:
        return value == other
    if math.isclose(value, other, rel_tol=_SAME):
        return True
    _, _, decimals = printed.casefold().rstrip("s").partition(".")
    last_place = 10.0 ** -len(decimals)
    return len(decimals) in CUT_DECIMALS and -0.5 * last_place <= value - other < last_place
