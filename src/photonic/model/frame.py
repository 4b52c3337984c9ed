"""Live-view frames."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SOI = b"\xff\xd8"
EOI = b"\xff\xd9"


class Scale(StrEnum):
    """The size of a viewer's frames: the camera's own, or with each side divided by 2 or 4."""

    FULL = "full"
    HALF = "half"
    QUARTER = "quarter"

    @property
    def divisor(self) -> int:
        """The number that each side is divided by."""
        return 1 << self.exponent

    @property
    def exponent(self) -> int:
        """The divisor as a power of two: 0, 1 or 2."""
        return list(Scale).index(self)


@dataclass(frozen=True, slots=True)
class Frame:
    """One live-view JPEG and its position in the stream.

    ``epoch`` rises with each (re)start of the camera's live view; ``sequence`` counts frames and never repeats
    within a run of the service; ``captured_us`` is in microseconds of CLOCK_MONOTONIC on the service's host. ``scale``
    tells whether the service has downscaled the frame for this viewer.
    """

    epoch: int
    sequence: int
    captured_us: int
    jpeg: bytes
    scale: Scale = Scale.FULL


def is_whole_jpeg(data: bytes | bytearray | memoryview) -> bool:
    """Whether ``data`` begins and ends like a JPEG (FFD8..FFD9), and so is not empty or truncated.

    Cameras return both with a success code (Nikon after twenty busy responses, Fuji; libgphoto2 ``camlibs/ptp2``).
    """
    return len(data) >= 4 and data[:2] == SOI and data[-2:] == EOI
