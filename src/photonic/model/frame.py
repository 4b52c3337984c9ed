"""One live-view picture."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SOI = b"\xff\xd8"
EOI = b"\xff\xd9"


class Scale(StrEnum):
    """How large a viewer gets the camera's picture: as it is, or with each side divided by 2 or 4."""

    FULL = "full"
    HALF = "half"
    QUARTER = "quarter"

    @property
    def divisor(self) -> int:
        """What each side is divided by."""
        return 1 << self.exponent

    @property
    def exponent(self) -> int:
        """0, 1 or 2: the divisor as a power of two."""
        return list(Scale).index(self)


@dataclass(frozen=True, slots=True)
class Frame:
    """One live-view JPEG with its place in the stream.

    ``epoch`` rises with each (re)start of the camera's live view; ``sequence`` is the hub's count and never repeats
    within a run of the service; ``captured_us`` is microseconds of CLOCK_MONOTONIC on the service's host. ``scale``
    says whether the service made the picture smaller for this viewer.
    """

    epoch: int
    sequence: int
    captured_us: int
    jpeg: bytes
    scale: Scale = Scale.FULL


def is_whole_jpeg(data: bytes | bytearray | memoryview) -> bool:
    """Whether ``data`` starts and ends as a JPEG does (FFD8..FFD9): an empty or cut frame is no frame.

    Cameras hand out both with a success code (Nikon after twenty busies, Fuji; libgphoto2 ``camlibs/ptp2``).
    """
    return len(data) >= 4 and data[:2] == SOI and data[-2:] == EOI
