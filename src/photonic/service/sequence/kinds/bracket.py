"""An exposure bracket: one photo for each entry of ``stops``, each with a different value of one camera setting."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from photonic.errors import BadInput
from photonic.model.exposure import aperture_number, ev_number, iso_number, shutter_seconds
from photonic.model.sequence import SequenceKind, Varied
from photonic.model.setting import Choice
from photonic.model.setting_name import SettingName
from photonic.service.sequence.kinds.definition import FrameChanges, LongestExposure, SequenceDefinition

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from photonic.model.sequence import SequenceRequest
    from photonic.model.setting import Setting

TOLERANCE_STOPS = 0.2
"""Cameras round: 1/60 s and 1/125 s are 1.06 stops apart. Their steps are thirds of a stop or larger."""
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
"""The brightness of the photo at a value, in stops; ``None`` for bulb, auto and other values that are not numbers."""


def steps(
    stops: Sequence[float], vary: Varied | None, settings: Sequence[Setting], held: Mapping[str, str]
) -> tuple[dict[str, str], ...]:
    """Return the setting for each photo that makes it as much brighter than the current exposure as ``stops`` says.

    Args:
        stops: Brightness relative to the current exposure, one entry per photo; negative is darker.
        vary: The setting to vary; ``None``: the shutter in manual mode, where compensation has no effect, and the
            exposure compensation in every other mode.
        settings: The camera's settings with their choices.
        held: The settings that every capture uses, by common name; these override the camera's current values.

    Raises:
        BadInput: Names ``vary``, or ``stops`` with the nearest choices.
    """
    choices = {setting.name: setting for setting in settings if isinstance(setting, Choice)}
    varied = vary or _default_setting({name: choice.value for name, choice in choices.items()})
    setting = choices.get(varied.value)
    if setting is None or not setting.writable:
        raise BadInput(f"vary: {_why_not(varied, setting)}", field="vary")
    value = held.get(varied.value, setting.value)
    if (now := _STOPS[varied](value)) is None:
        reason = f"vary: the {_text(varied)} is {value}; stops cannot be counted from that value"
        raise BadInput(reason, field="vary")
    return tuple({varied.value: _choice(setting, varied, value, now, stop)} for stop in stops)


def _default_setting(values: Mapping[str, str]) -> Varied:
    manual = values.get(SettingName.EXPOSURE_MODE, "").strip().casefold() in _MANUAL
    if manual or SettingName.EXPOSURE_COMPENSATION not in values:
        return Varied.SHUTTER
    return Varied.EXPOSURE_COMPENSATION


def _choice(setting: Choice, varied: Varied, value: str, now: float, stop: float) -> str:
    distances = {
        choice: abs(brightness - (now + stop))
        for choice in setting.choices
        if (brightness := _STOPS[varied](choice)) is not None
    }
    nearest = sorted(distances, key=distances.__getitem__)[:_NEAREST]
    if not nearest or distances[nearest[0]] > TOLERANCE_STOPS:
        reason = f"stops: this camera has no {_text(varied)} that is {stop:+g} stops from {value}"
        if nearest:
            reason += f"; nearest: {', '.join(nearest)}"
        raise BadInput(reason, field="stops", choices=nearest)
    return nearest[0]


def _why_not(varied: Varied, setting: Choice | None) -> str:
    if setting is None:
        return f"this camera does not let you choose the {_text(varied)}"
    return f"the {_text(varied)} cannot be changed now: {setting.reason or 'the camera does not allow it'}"


def _text(varied: Varied) -> str:
    return SettingName(varied.value).plain_name


def _log2(number: float | None) -> float | None:
    return math.log2(number) if number else None


def _count(request: SequenceRequest, _starts_at: datetime) -> int:
    if request.stops is None:
        raise BadInput("stops: a bracket requires one stop per photo, for example [-2, 0, 2]", field="stops")
    return len(request.stops)


def _changes(request: SequenceRequest, settings: Sequence[Setting], held: Mapping[str, str]) -> FrameChanges:
    return FrameChanges(settings=steps(request.stops or (), request.vary, settings, held))


def _longest_exposure(request: SequenceRequest, values: Mapping[str, str], seconds: float) -> LongestExposure:
    varied = request.vary or _default_setting(values)
    if varied is Varied.SHUTTER:
        seconds *= 2 ** max(request.stops or (0.0,))
    return LongestExposure(seconds, "stops")


DEFINITION = SequenceDefinition(
    SequenceKind.BRACKET,
    frozenset({"stops", "vary"}),
    _count,
    changes=_changes,
    longest_exposure=_longest_exposure,
)
