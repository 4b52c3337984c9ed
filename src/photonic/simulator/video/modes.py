"""The picture formats, sizes and rates that the simulated webcam offers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

PAGE_BYTES = 4096


class PictureFormat(StrEnum):
    """A pixel format by its four letters."""

    MJPEG = "MJPG"
    YUYV = "YUYV"

    @property
    def description(self) -> str:
        """What the driver calls it."""
        return "Motion-JPEG" if self is PictureFormat.MJPEG else "YUYV 4:2:2"


@dataclass(frozen=True, slots=True)
class WebcamMode:
    """A format and size in pixels, and its rates in frames per second, the highest first."""

    format: PictureFormat
    width: int
    height: int
    rates: tuple[int, ...]

    @property
    def line_bytes(self) -> int:
        """The bytes in a row of pixels; 0 for a compressed format."""
        return 0 if self.format is PictureFormat.MJPEG else 2 * self.width

    @property
    def size_bytes(self) -> int:
        """The most bytes that a picture has."""
        return 2 * self.width * self.height

    @property
    def buffer_bytes(self) -> int:
        """The size of a buffer, in whole pages."""
        return -(-self.size_bytes // PAGE_BYTES) * PAGE_BYTES


MODES = (
    WebcamMode(PictureFormat.MJPEG, 640, 480, (30, 15)),
    WebcamMode(PictureFormat.MJPEG, 1280, 720, (30, 15)),
    WebcamMode(PictureFormat.MJPEG, 1600, 1200, (15, 5)),
    WebcamMode(PictureFormat.YUYV, 640, 480, (30, 15)),
    WebcamMode(PictureFormat.YUYV, 1280, 720, (10, 5)),
    WebcamMode(PictureFormat.YUYV, 1600, 1200, (5,)),
)
"""As a webcam on USB 2.0 has them: uncompressed pictures are slow. Sides are multiples of 16 (``simulator.scene``)."""


def nearest_mode(format_name: str, width: int, height: int) -> WebcamMode:
    """The mode that the driver chooses for a request: the format if it has it, then the nearest size."""
    same = [mode for mode in MODES if mode.format == format_name] or [mode for mode in MODES if mode.line_bytes == 0]
    return min(same, key=lambda mode: abs(mode.width - width) + abs(mode.height - height))
