"""Bulb exposures: the shutter is held open for a requested time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.drivers.gphoto2.camera import SettingKind
from photonic.drivers.gphoto2.makers import registry
from photonic.errors import CaptureError, FailureKind
from photonic.model.setting_name import SettingName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from photonic.drivers.gphoto2.buttons import Buttons
    from photonic.drivers.gphoto2.camera import ObjectAdded
    from photonic.drivers.gphoto2.configuration import Configuration
    from photonic.drivers.gphoto2.makers.maker import Button

NO_BULB = "this camera does not support bulb exposures over this connection; use one of its shutter speeds"

_MANUAL_MODES = frozenset({"manual", "m"})
_BULB_MODES = frozenset({"bulb", "b"})


@dataclass(frozen=True, slots=True)
class BulbExposure:
    """A bulb exposure that has ended.

    ``seconds``: how long the shutter was actually open. ``early``: it was closed on request, or by the camera.
    ``objects``: files of the shot that the camera reported while the button was still held.
    """

    seconds: float
    early: bool
    objects: tuple[ObjectAdded, ...] = ()
    warning: str | None = None


def button(configuration: Configuration, buttons: Buttons) -> Button:
    """The button that holds this camera's shutter open.

    Raises ``CaptureError`` (NOT_SUPPORTED) if there is none.
    """
    if buttons.shutter is not None:
        return buttons.shutter
    for bulb in registry.BULBS:
        action = configuration.read(bulb.name)
        if action is not None and action.kind is SettingKind.TOGGLE:
            return bulb
    raise CaptureError(NO_BULB, kind=FailureKind.NOT_SUPPORTED)


def settings(configuration: Configuration, buttons: Buttons) -> Mapping[str, str]:
    """The settings that a bulb exposure needs; empty if the mode dial is at B.

    Raises ``CaptureError``: NOT_SUPPORTED if this camera has no bulb, BAD_INPUT if it is not available in this mode.
    """
    button(configuration, buttons)
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
            f"bulb exposures are not possible in exposure mode {mode}; turn the mode dial to M or B",
            kind=FailureKind.BAD_INPUT,
        )
    return {SettingName.SHUTTER.value: choice}
