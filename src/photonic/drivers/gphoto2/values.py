"""Converts a value as a person writes it to the camera's form, or refuses it and lists the valid ones."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NoReturn

from photonic.drivers.gphoto2.camera import SettingKind
from photonic.drivers.gphoto2.matching import match as find_choice
from photonic.drivers.gphoto2.matching import nearest
from photonic.errors import BadInput
from photonic.model.foreign_text import REPLACEMENT, shown
from photonic.model.setting_name import SettingName

if TYPE_CHECKING:
    from photonic.drivers.gphoto2.camera import Setting

TEXT_LIMIT = 63
"""PTP strings may be longer, but bodies cut their own fields (owner, artist, copyright) at 31 or 63."""

SHOWN_CHOICES = 8
"""How many choices a message lists if none is near; the error's ``choices`` has all."""

_TRUTHS = {"on": "1", "true": "1", "yes": "1", "1": "1", "off": "0", "false": "0", "no": "0", "0": "0"}


def written(setting: Setting, name: SettingName | None, wanted: str, *, what: str, field: str) -> str:
    """Convert a value to the camera's form: one of its choices, ``1`` or ``0``, a number, or seconds since 1970.

    Args:
        setting: The camera's setting.
        name: Its common name; ``None`` if it has none.
        wanted: The value as a person writes it.
        what: The setting's name in messages.
        field: The name of the setting in the caller's request, for errors.

    Raises:
        BadInput: There is no such value; with the camera's choices.
    """
    match setting.kind:
        case SettingKind.TOGGLE:
            return _toggled(wanted, what, field)
        case SettingKind.RANGE:
            return _in_range(setting, wanted, what, field)
        case SettingKind.DATE:
            return _date(wanted, what, field)
        case SettingKind.CHOICE | SettingKind.TEXT:
            return _chosen(setting, name, wanted, what, field)


def refuse_read_only(setting: Setting, name: SettingName | None, *, what: str, field: str) -> NoReturn:
    """Raise ``BadInput`` that says what may help. For the arguments see ``written``."""
    current = f"(it is {setting.value!r})"
    if name is None:
        reason = f"{field}: the camera does not allow changing it {current}"
    else:
        reason = f"{field}: the camera does not allow changing {what} now {current}; " + (
            "turn the mode dial on the camera"
            if name is SettingName.EXPOSURE_MODE
            else "turn the mode dial to M, or set the exposure mode"
        )
    raise BadInput(reason, field=field, choices=setting.choices)


def _chosen(setting: Setting, name: SettingName | None, wanted: str, what: str, field: str) -> str:
    if not setting.choices:
        if wanted == shown(setting.value):
            # A client sent back the text that it was shown: bytes that could not be decoded stay as they are.
            return setting.value
        if REPLACEMENT in wanted:
            raise BadInput(
                f"{field}: {REPLACEMENT} stands for an unreadable character; write the character itself", field=field
            )
        if setting.writable and not (wanted.isprintable() and len(wanted) <= TEXT_LIMIT):
            raise BadInput(f"{field}: must be text of at most {TEXT_LIMIT} printable characters", field=field)
        return wanted
    choice = find_choice(name, wanted, setting.choices)
    if choice is not None:
        return choice
    close = nearest(name, wanted, setting.choices)
    hint = f"; nearest: {', '.join(close)}" if close else f"; choose from {_some(setting.choices)}"
    raise BadInput(f"{field}: this camera has no {what} {wanted!r}{hint}", field=field, choices=setting.choices)


def _some(choices: tuple[str, ...]) -> str:
    return ", ".join(choices[:SHOWN_CHOICES]) + (", ..." if len(choices) > SHOWN_CHOICES else "")


def _toggled(wanted: str, what: str, field: str) -> str:
    truth = _TRUTHS.get(wanted.strip().casefold())
    if truth is None:
        raise BadInput(f"{field}: {what} must be on or off, not {wanted!r}", field=field, choices=("on", "off"))
    return truth


def _in_range(setting: Setting, wanted: str, what: str, field: str) -> str:
    low, high, step = setting.limits or (-math.inf, math.inf, 0.0)
    try:
        number = float(wanted.strip().replace(",", "."))
    except ValueError:
        number = math.nan
    # A step that is too small to count the steps is ignored.
    steps = (number - low) / step if step > 0 else math.nan
    step = step if math.isfinite(steps) else 0.0
    on_step = low + round(steps) * step if step > 0 else low
    if not low <= number <= high:
        raise BadInput(f"{field}: {what} must be a number from {low:g} to {high:g}, not {wanted!r}", field=field)
    if step > 0 and not math.isclose(number, on_step, abs_tol=step * 1e-3):
        raise BadInput(
            f"{field}: {what} ranges from {low:g} to {high:g} in steps of {step:g}; nearest: {on_step:g}", field=field
        )
    return str(on_step if step > 0 else number)


def _date(wanted: str, what: str, field: str) -> str:
    try:
        moment = datetime.fromisoformat(wanted.strip())
    except ValueError:
        example = "2026-11-23T18:00:00"
        raise BadInput(f"{field}: {what} must be a date and time like {example}, not {wanted!r}", field=field) from None
    # Cameras have no time zone, so the time is taken as their display shows it.
    return str(round(moment.replace(tzinfo=UTC).timestamp()))
