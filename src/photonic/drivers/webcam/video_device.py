"""The driver's interface to a V4L2 device, which lets tests run without one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from photonic.drivers.webcam.control import Control
    from photonic.drivers.webcam.source import Identity


class Encoding(StrEnum):
    """The supported pixel formats by their four letters, best first. JPEG is another name for Motion-JPEG."""

    MJPEG = "MJPG"
    JPEG = "JPEG"
    YUYV = "YUYV"

    @property
    def compressed(self) -> bool:
        """Whether the device compresses the picture."""
        return self is not Encoding.YUYV


@dataclass(frozen=True, slots=True)
class Mode:
    """A mode of the device.

    ``fps``: the highest frame rate, 0 if the device does not report it. ``line_bytes``: the size of a row of pixels
    with its padding, 0 if it does not apply.
    """

    encoding: Encoding
    width: int
    height: int
    fps: float = 0.0
    line_bytes: int = 0

    @property
    def pixels(self) -> int:
        """The number of pixels in a picture."""
        return self.width * self.height


class VideoDevice(Protocol):
    """One open device. Each method raises ``CameraError``."""

    def identity(self) -> Identity:
        """How the device identifies itself."""
        ...

    def modes(self) -> tuple[Mode, ...]:
        """The modes that the device offers in supported encodings."""
        ...

    def start(self, mode: Mode) -> Mode:
        """Start pictures; return the mode that the device actually uses."""
        ...

    def stop(self) -> None:
        """Stop pictures."""
        ...

    def grab(self, limit_seconds: float) -> bytes | None:
        """The next picture as the device sent it; ``None`` if none arrived in time, or if it was damaged."""
        ...

    def alive(self) -> None:
        """Raise ``CameraError`` if it was unplugged."""
        ...

    def controls(self) -> tuple[Control, ...]:
        """The controls and their values."""
        ...

    def set_control(self, name: str, value: int) -> None:
        """Set a control. Raises ``BadInput`` if the device does not accept the value."""
        ...

    def close(self) -> None:
        """Close the device."""
        ...
