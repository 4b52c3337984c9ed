"""Bulb: the shutter is held open for as long as somebody wants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.drivers.gphoto2.camera import SettingKind
from photonic.errors import CaptureError, FailureKind
from photonic.model.setting_name import SettingName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from photonic.drivers.gphoto2.camera import ObjectAdded
    from photonic.drivers.gphoto2.configuration import Configuration

CANON_RELEASE = "eosremoterelease"
CANON_PRESS_WITHOUT_FOCUS = ("Press Full MF", "Immediate")
CANON_LET_GO = ("Release", "Release Full")
"""Operation 0x9128 (3, 1) and 0x9129, by the names of libgphoto2 2.5.34 and of earlier ones (``config.c``)."""

BULB = "bulb"
"""An action of libgphoto2 (2.5.34 ``config.c``): 1 opens the shutter, 0 closes it. An EOS has it beside its button."""

NO_BULB = "this camera cannot hold its shutter open over this connection: set one of its shutter times"

_MANUAL_MODES = frozenset({"manual", "m"})
_BULB_MODES = frozenset({"bulb", "b"})


@dataclass(frozen=True, slots=True)
class Button:
    """A setting that holds the shutter open while it is ``down``."""

    name: str
    down: str | int
    up: str | int


@dataclass(frozen=True, slots=True)
class Held:
    """How long the shutter was open in fact. ``early``: it was closed on request, or by the camera.

    ``objects``: files of the shot that the camera told of while its button was still held.
    """

    seconds: float
    early: bool
    objects: tuple[ObjectAdded, ...] = ()
    warning: str | None = None


def canon_word(configuration: Configuration, words: tuple[str, ...]) -> str | None:
    """The word that this EOS has for it; ``None``: it has no such button."""
    button = configuration.read(CANON_RELEASE)
    return next((word for word in words if button is not None and word in button.choices), None)


def button(configuration: Configuration) -> Button:
    """What holds this camera's shutter open.

    Raises ``CaptureError`` (NOT_SUPPORTED) where nothing does.
    """
    down, up = (canon_word(configuration, words) for words in (CANON_PRESS_WITHOUT_FOCUS, CANON_LET_GO))
    if down is not None and up is not None:
        return Button(CANON_RELEASE, down, up)
    action = configuration.read(BULB)
    if action is not None and action.kind is SettingKind.TOGGLE:
        return Button(BULB, 1, 0)
    raise CaptureError(NO_BULB, kind=FailureKind.NOT_SUPPORTED)


def settings(configuration: Configuration) -> Mapping[str, str]:
    """What has to be set for a bulb exposure: nothing where the mode dial is at B.

    Raises ``CaptureError``: NOT_SUPPORTED where this camera has no bulb, BAD_INPUT where it has none in this mode.
    """
    button(configuration)
    mode = configuration.value(SettingName.EXPOSURE_MODE)
    if mode is not None and mode.casefold() in _BULB_MODES:
        return {}
    shutter = configuration.common(SettingName.SHUTTER)
    choices = () if shutter is None or not shutter.writable else shutter.choices
    choice = next((choice for choice in choices if choice.casefold() in _BULB_MODES), None)
    if choice is None and (mode is None or mode.casefold() in _MANUAL_MODES):
        raise CaptureError(NO_BULB, kind=FailureKind.NOT_SUPPORTED)
    if choice is None:
        raise CaptureError(
            f"no bulb exposure in exposure mode {mode}: turn the mode dial to M or B", kind=FailureKind.BAD_INPUT
        )
    return {SettingName.SHUTTER.value: choice}
