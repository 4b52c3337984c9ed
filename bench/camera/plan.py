"""When each capture of a turn is asked for, and how long it exposes; the same for both sides.

The simulated camera's times never vary, and libgphoto2 looks for the photo after fixed pauses of 50, 100, 150 and 200
ms. With one exposure time and one moment within a frame, two fixed times meet: by luck the library looks right after
the photo has come, or a whole pause later, and that would decide the comparison. So neither is the same twice in a row.
"""

from __future__ import annotations

SHUTTERS = ("1/125", "1/60", "1/30", "1/15", "1/8")
WATCH_BEFORE_SECONDS = 1.0
FRAME_SECONDS = 1 / 30
_GOLDEN = 0.618034


def shutter(number: int) -> str:
    """The exposure time of capture ``number`` of a turn."""
    return SHUTTERS[number % len(SHUTTERS)]


def lead_seconds(number: int) -> float:
    """How long live view is watched before capture ``number`` is asked for; each ends at another point of a frame."""
    return WATCH_BEFORE_SECONDS + number * _GOLDEN % 1 * FRAME_SECONDS
