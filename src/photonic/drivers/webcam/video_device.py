"""A V4L2 device as far as it is needed here: a role, so that what is done with it can be tested without one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from photonic.drivers.webcam.control import Control
    from photonic.drivers.webcam.source import Identity


class Encoding(StrEnum):
    """The pixel formats that are taken, by their four letters, the best first. JPEG is Motion-JPEG's other name."""

    MJPEG = "MJPG"
    JPEG = "JPEG"
    YUYV = "YUYV"

    @property
    def compressed(self) -> bool:
        """Whether the device makes the JPEG."""
        return self is not Encoding.YUYV


@dataclass(frozen=True, slots=True)
class Mode:
    """How pictures come; ``fps``: pictures a second at the most, 0 where the device does not say.

    ``line_bytes``: of a row of pixels, with its padding; 0 where that means nothing.
    """

    encoding: Encoding
    width: int
    height: int
    fps: float = 0.0
    line_bytes: int = 0

    @property
    def pixels(self) -> int:
        """How many a picture has."""
        return self.width * self.height


class VideoDevice(Protocol):
    """One open device. Each method raises ``CameraError``."""

    def identity(self) -> Identity:
        """Who it is."""
        ...

    def modes(self) -> tuple[Mode, ...]:
        """What it offers, of the encodings that are taken."""
        ...

    def start(self, mode: Mode) -> Mode:
        """Pictures from now on; what the device has made of the wish."""
        ...

    def stop(self) -> None:
        """No pictures."""
        ...

    def grab(self, limit_seconds: float) -> bytes | None:
        """The next picture's bytes as they came; ``None``: none within the limit, or a damaged one."""
        ...

    def alive(self) -> None:
        """Raises ``CameraError`` when it was unplugged."""
        ...

    def controls(self) -> tuple[Control, ...]:
        """What can be set, as it is now."""
        ...

    def set_control(self, name: str, value: int) -> None:
        """Set one. Raises ``BadInput`` where the device does not take it."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...
