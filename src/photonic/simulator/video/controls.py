"""The controls of the simulated webcam, with the numbers and names of V4L2 (``linux/v4l2-controls.h``)."""

from __future__ import annotations

import errno
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from photonic.simulator.video.layout import CONTROL_ID, DEFAULT_VALUES, ControlFlag

if TYPE_CHECKING:
    from collections.abc import Mapping

_USER = 0x00980900
_CAMERA = 0x009A0900
AUTO_MANUAL, AUTO_APERTURE_PRIORITY = 1, 3


class ControlType(IntEnum):
    """V4L2_CTRL_TYPE_*."""

    INTEGER = 1
    BOOLEAN = 2
    MENU = 3
    CLASS = 6


class ControlId(IntEnum):
    """The controls, in the order of their numbers."""

    USER_CLASS = 0x00980001
    BRIGHTNESS = _USER
    CONTRAST = _USER + 1
    SATURATION = _USER + 2
    WHITE_BALANCE_AUTOMATIC = _USER + 12
    GAIN = _USER + 19
    POWER_LINE_FREQUENCY = _USER + 24
    WHITE_BALANCE_TEMPERATURE = _USER + 26
    CAMERA_CLASS = 0x009A0001
    AUTO_EXPOSURE = _CAMERA + 1
    EXPOSURE_TIME_ABSOLUTE = _CAMERA + 2
    FOCUS_ABSOLUTE = _CAMERA + 10
    FOCUS_AUTOMATIC_CONTINUOUS = _CAMERA + 12


@dataclass(frozen=True, slots=True)
class WebcamControl:
    """One control; ``menu``: the texts of its values. ``automatic``: it is inactive while that one has that value."""

    id: ControlId
    type: ControlType
    name: str
    minimum: int = 0
    maximum: int = 0
    step: int = 0
    default: int = 0
    menu: Mapping[int, str] = field(default_factory=dict[int, str])
    automatic: tuple[ControlId, int] | None = None

    def rounded(self, value: int) -> int:
        """The nearest value that the camera has, as uvcvideo rounds it."""
        if self.type is ControlType.BOOLEAN:
            return int(bool(value))
        inside = max(self.minimum, min(self.maximum, value))
        return inside - (inside - self.minimum) % max(1, self.step)


def _range(control: ControlId, name: str, minimum: int, maximum: int, default: int, **more: object) -> WebcamControl:
    step = 10 if control is ControlId.WHITE_BALANCE_TEMPERATURE else 1
    return WebcamControl(control, ControlType.INTEGER, name, minimum, maximum, step, default, **more)  # pyright: ignore[reportArgumentType]


def _switch(control: ControlId, name: str) -> WebcamControl:
    return WebcamControl(control, ControlType.BOOLEAN, name, 0, 1, 1, 1)


CONTROLS = {
    control.id: control
    for control in (
        WebcamControl(ControlId.USER_CLASS, ControlType.CLASS, "User Controls"),
        _range(ControlId.BRIGHTNESS, "Brightness", -64, 64, 0),
        _range(ControlId.CONTRAST, "Contrast", 0, 64, 32),
        _range(ControlId.SATURATION, "Saturation", 0, 128, 64),
        _switch(ControlId.WHITE_BALANCE_AUTOMATIC, "White Balance, Automatic"),
        _range(ControlId.GAIN, "Gain", 0, 100, 0),
        WebcamControl(
            ControlId.POWER_LINE_FREQUENCY,
            ControlType.MENU,
            "Power Line Frequency",
            0,
            2,
            1,
            1,
            {0: "Disabled", 1: "50 Hz", 2: "60 Hz"},
        ),
        _range(
            ControlId.WHITE_BALANCE_TEMPERATURE,
            "White Balance Temperature",
            2800,
            6500,
            4600,
            automatic=(ControlId.WHITE_BALANCE_AUTOMATIC, 1),
        ),
        WebcamControl(ControlId.CAMERA_CLASS, ControlType.CLASS, "Camera Controls"),
        WebcamControl(
            ControlId.AUTO_EXPOSURE,
            ControlType.MENU,
            "Auto Exposure",
            0,
            3,
            1,
            AUTO_APERTURE_PRIORITY,
            {AUTO_MANUAL: "Manual Mode", AUTO_APERTURE_PRIORITY: "Aperture Priority Mode"},
        ),
        _range(
            ControlId.EXPOSURE_TIME_ABSOLUTE,
            "Exposure Time, Absolute",
            1,
            5000,
            80,
            automatic=(ControlId.AUTO_EXPOSURE, AUTO_APERTURE_PRIORITY),
        ),
        _range(
            ControlId.FOCUS_ABSOLUTE,
            "Focus, Absolute",
            0,
            250,
            0,
            automatic=(ControlId.FOCUS_AUTOMATIC_CONTINUOUS, 1),
        ),
        _switch(ControlId.FOCUS_AUTOMATIC_CONTINUOUS, "Focus, Automatic Continuous"),
    )
}


class ControlValues:
    """The controls of one webcam and their values. Failing calls raise ``OSError`` with the kernel's errno."""

    def __init__(self) -> None:
        self.values = {control.id: control.default for control in CONTROLS.values()}

    def found(self, number: int) -> WebcamControl:
        """The control with this number; EINVAL: there is none."""
        control = CONTROLS.get(ControlId(number)) if number in CONTROLS else None
        if control is None:
            raise OSError(errno.EINVAL, "no such control")
        return control

    def after(self, number: int) -> WebcamControl:
        """The first control with a larger number; EINVAL: there is none."""
        larger = min((known for known in CONTROLS if known > number & CONTROL_ID), default=0)
        return self.found(larger)

    def get(self, number: int, which: int = 0) -> int:
        """A value, or with ``DEFAULT_VALUES`` the default; EACCES: a class has none."""
        control = self.found(number)
        if control.type is ControlType.CLASS:
            raise OSError(errno.EACCES, "a class has no value")
        return control.default if which == DEFAULT_VALUES else self.values[control.id]

    def set(self, number: int, value: int) -> int:
        """Set a value; return what it is then. EACCES: another control sets it; ERANGE: no entry of the menu."""
        control = self.found(number)
        if control.type is ControlType.CLASS or self.inactive(control):
            raise OSError(errno.EACCES, "not now")
        if control.type is ControlType.MENU and value not in control.menu:
            raise OSError(errno.EINVAL if control.minimum <= value <= control.maximum else errno.ERANGE, "not there")
        self.values[control.id] = control.rounded(value)
        return self.values[control.id]

    def flags(self, control: WebcamControl) -> int:
        """V4L2_CTRL_FLAG_* of a control."""
        if control.type is ControlType.CLASS:
            return ControlFlag.READ_ONLY | ControlFlag.WRITE_ONLY
        governs = any(other.automatic and other.automatic[0] is control.id for other in CONTROLS.values())
        update = ControlFlag.UPDATE if governs else ControlFlag(0)
        return update | (ControlFlag.INACTIVE if self.inactive(control) else ControlFlag(0))

    def inactive(self, control: WebcamControl) -> bool:
        """Whether another control sets this one."""
        return control.automatic is not None and self.values[control.automatic[0]] == control.automatic[1]
