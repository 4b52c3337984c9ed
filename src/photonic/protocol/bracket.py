"""An exposure bracket: what a camera is to be set to for each photo, among the choices that it has."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from photonic.errors import BadInput
from photonic.model.exposure import aperture_number, ev_number, iso_number, shutter_seconds
from photonic.model.sequence import Varied
from photonic.model.setting import Choice
from photonic.model.setting_name import SettingName

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from photonic.model.setting import Setting

TOLERANCE_STOPS = 0.2
"""Cameras round: from 1/60 s to 1/125 s are 1.06 stops. Their steps are thirds of a stop, or larger."""
_NEAREST = 3
_MANUAL = frozenset({"m", "manual"})


def _stops_of_shutter(text: str) -> float | None:
    return _log2(shutter_seconds(text))


def _stops_of_iso(text: str) -> float | None:
    return _log2(iso_number(text))


def _stops_of_aperture(text: str) -> float | None:
    stops = _log2(aperture_number(text))
    return None if stops is None else -2 * stops


_STOPS: Mapping[Varied, Callable[[str], float | None]] = {
    Varied.SHUTTER: _stops_of_shutter,
    Varied.ISO: _stops_of_iso,
    Varied.APERTURE: _stops_of_aperture,
    Varied.EXPOSURE_COMPENSATION: ev_number,
}
"""How bright a value makes the photo, in stops; ``None`` for bulb, auto and the rest."""


def steps(
    stops: Sequence[float], vary: Varied | None, settings: Sequence[Setting], held: Mapping[str, str]
) -> tuple[dict[str, str], ...]:
    """For each of ``stops`` the setting that makes a photo brighter by so many than one that is taken as things are.

    ``vary`` ``None``: the shutter in manual mode, where compensation does nothing, else the exposure compensation.
    ``held``: what captures are taken with, whatever the camera stands at. Raises ``BadInput`` naming ``vary`` or
    ``stops``, with the nearest choices.
    """
    choices = {setting.name: setting for setting in settings if isinstance(setting, Choice)}
    varied = vary or _usual(choices)
    setting = choices.get(varied.value)
    if setting is None or not setting.writable:
        raise BadInput(f"vary: the {_words(varied)} {_why_not(setting)}", field="vary")
    value = held.get(varied.value, setting.value)
    if (now := _STOPS[varied](value)) is None:
        raise BadInput(f"vary: the {_words(varied)} is {value}, and there are no stops from that", field="vary")
    return tuple({varied.value: _choice(setting, varied, value, now, stop)} for stop in stops)


def _usual(choices: Mapping[str, Choice]) -> Varied:
    mode = choices.get(SettingName.EXPOSURE_MODE)
    manual = mode is not None and mode.value.strip().casefold() in _MANUAL
    if manual or SettingName.EXPOSURE_COMPENSATION not in choices:
        return Varied.SHUTTER
    return Varied.EXPOSURE_COMPENSATION


def _choice(setting: Choice, varied: Varied, value: str, now: float, stop: float) -> str:
    distances = {
        choice: abs(brightness - (now + stop))
        for choice in setting.choices
        if (brightness := _STOPS[varied](choice)) is not None
    }
    near = sorted(distances, key=distances.__getitem__)[:_NEAREST]
    if not near or distances[near[0]] > TOLERANCE_STOPS:
        reason = f"stops: this camera has no {_words(varied)} that is {stop:+g} stops from {value}"
        if near:
            reason += f"; nearest: {', '.join(near)}"
        raise BadInput(reason, field="stops", choices=near)
    return near[0]


def _why_not(setting: Choice | None) -> str:
    if setting is None:
        return "is no choice on this camera"
    return f"cannot be set now: {setting.reason or 'the camera does not let it'}"


def _words(varied: Varied) -> str:
    return SettingName(varied.value).words


def _log2(number: float | None) -> float | None:
    return math.log2(number) if number else None
