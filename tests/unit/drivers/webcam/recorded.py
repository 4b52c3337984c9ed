"""A fake webcam with modes and controls like those of a Logitech C920, written by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.support.pictures import GREEN

from photonic.drivers.webcam.control import Control, ControlKind
from photonic.drivers.webcam.source import Identity
from photonic.drivers.webcam.video_device import Encoding, Mode
from photonic.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable

MODES = (
    Mode(Encoding.YUYV, 640, 480, 30.0),
    Mode(Encoding.YUYV, 1280, 720, 10.0),
    Mode(Encoding.YUYV, 2304, 1536, 2.0),
    Mode(Encoding.MJPEG, 640, 480, 30.0),
    Mode(Encoding.MJPEG, 1280, 720, 30.0),
    Mode(Encoding.MJPEG, 1920, 1080, 30.0),
)
IN_HAND = "another setting has it in hand (an automatic one, as a rule); switch that off first"
EXPOSURES = {1: "Manual Mode", 3: "Aperture Priority Mode"}
CONTROLS = (
    Control("auto_exposure", "Auto Exposure", ControlKind.CHOICE, 3, menu=EXPOSURES),
    Control("brightness", "Brightness", ControlKind.RANGE, 128, (0, 255, 1)),
    Control("exposure_time_absolute", "Exposure Time, Absolute", ControlKind.RANGE, 250, (3, 2047, 1), reason=IN_HAND),
    Control("focus_absolute", "Focus, Absolute", ControlKind.RANGE, 0, (0, 250, 5)),
    Control("focus_automatic_continuous", "Focus, Automatic Continuous", ControlKind.TOGGLE, 1),
)


class RecordedDevice:
    """Implements ``VideoDevice``. ``give``: the next picture's bytes; ``refuses``: controls that it does not accept."""

    def __init__(self, modes: tuple[Mode, ...] = MODES) -> None:
        self._modes = modes
        self._controls = {control.name: control for control in CONTROLS}
        self.started: list[Mode] = []
        self.running = False
        self.grabbed = 0
        self.closed = 0
        self.refuses: frozenset[str] = frozenset()
        self.give: Callable[[], bytes | None] = lambda: GREEN
        self.failure: Exception | None = None

    def identity(self) -> Identity:
        return Identity("V4L2-8D0D7E4F", "HD Pro Webcam C920", "uvcvideo", "6.1.0")

    def modes(self) -> tuple[Mode, ...]:
        return self._modes

    def start(self, mode: Mode) -> Mode:
        self._fail()
        assert not self.running
        self.started.append(mode)
        self.running = True
        return mode

    def stop(self) -> None:
        self.running = False

    def grab(self, limit_seconds: float) -> bytes | None:
        self._fail()
        assert self.running
        self.grabbed += 1
        return self.give()

    def alive(self) -> None:
        self._fail()

    def controls(self) -> tuple[Control, ...]:
        return tuple(self._controls.values())

    def set_control(self, name: str, value: int) -> None:
        if name in self.refuses:
            raise BadInput(f"{name}: the camera does not take {value}", field=name)
        self._controls[name] = replace(self._controls[name], value=value)

    def close(self) -> None:
        self.closed += 1

    def value(self, name: str) -> int:
        return self._controls[name].value

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure
