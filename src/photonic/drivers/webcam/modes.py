"""Chooses a device's modes: one for live view, one for stills."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.drivers.webcam.video_device import Encoding
from photonic.errors import CameraError, FailureKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photonic.drivers.webcam.video_device import Mode

LIVE_SIZE = (1280, 720)
LIVE_FPS = 30.0


def live_mode(modes: Sequence[Mode], size: tuple[int, int] | None, fps: float | None) -> Mode:
    """The mode nearest to the requested one: by size, then by rate, then by the cheapest encoding.

    Args:
        modes: The modes that the device offers.
        size: The requested width and height; ``None``: ``LIVE_SIZE``, or smaller if only that is fast enough.
        fps: The requested frames per second; ``None``: ``LIVE_FPS``.

    Raises:
        CameraError: The device offers no mode (BLOCKED).
    """
    width, height = size or LIVE_SIZE
    wanted_fps = fps or LIVE_FPS

    def distance(mode: Mode) -> tuple[float, ...]:
        slow = max(0.0, wanted_fps - mode.fps) if mode.fps else 0.0
        # A device that reports no rate is assumed to be fast enough.
        much_slower = slow > wanted_fps / 2 and size is None
        away = abs(mode.width - width) + abs(mode.height - height)
        return (much_slower, away, slow, _cost(mode))

    return min(_require_any(modes), key=distance)


def still_mode(modes: Sequence[Mode]) -> Mode:
    """The mode with the most pixels, uncompressed if possible. Raises ``CameraError`` (BLOCKED)."""
    return max(_require_any(modes), key=lambda mode: (mode.pixels, _cost(mode), mode.fps))


def _cost(mode: Mode) -> int:
    return list(Encoding).index(mode.encoding)


def _require_any(modes: Sequence[Mode]) -> Sequence[Mode]:
    if not modes:
        raise CameraError(
            f"this device offers none of the supported formats ({', '.join(Encoding)}); choose another device",
            kind=FailureKind.BLOCKED,
        )
    return modes
