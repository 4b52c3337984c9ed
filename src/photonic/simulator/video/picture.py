"""The pictures of the simulated webcam, in each of its modes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from photonic.simulator.pixels import Stamp, colour_planes
from photonic.simulator.scene import Scene
from photonic.simulator.video.controls import AUTO_APERTURE_PRIORITY, ControlId
from photonic.simulator.video.modes import PictureFormat
from photonic.simulator.view import SceneView

if TYPE_CHECKING:
    from collections.abc import Mapping

    from photonic.simulator.video.modes import WebcamMode

BYTES_PER_PIXEL = 0.13
"""Of a Motion-JPEG frame: 120 kB at 1280 x 720."""

LOOP_FRAMES = 8
"""Backgrounds are painted while the stream runs, and large ones take long."""

_DHT, _SOS = 0xC4, 0xDA
_APERTURE_TENTHS = 56
_AUTOMATIC_US = 8000
_UNIT_US = 100
"""Of V4L2_CID_EXPOSURE_ABSOLUTE."""

_BRIGHTNESS_PER_STOP = 21
_MOST_STOPS = 3


@dataclass(frozen=True, slots=True)
class Appearance:
    """What the controls do to a picture: exposure time in microseconds, ISO, and how many stops it is darker."""

    exposure_us: int
    iso: int
    darker_stops: int

    @classmethod
    def of(cls, values: Mapping[ControlId, int]) -> Appearance:
        """From the values of the controls."""
        automatic = values[ControlId.AUTO_EXPOSURE] == AUTO_APERTURE_PRIORITY
        exposure_us = _AUTOMATIC_US if automatic else values[ControlId.EXPOSURE_TIME_ABSOLUTE] * _UNIT_US
        stops = round(-values[ControlId.BRIGHTNESS] / _BRIGHTNESS_PER_STOP)
        iso = 400 + 4 * values[ControlId.GAIN]
        return cls(exposure_us, iso, max(-_MOST_STOPS, min(_MOST_STOPS, stops)))


class Painter:
    """Paints frames; each has a stamp (``simulator.pixels``) with its number, time, exposure time and ISO."""

    def __init__(self) -> None:
        self._scenes: dict[tuple[int, int], Scene] = {}

    def frame(self, mode: WebcamMode, counter: int, now: float, appearance: Appearance) -> bytes:
        """Frame number ``counter`` of a mode, at ``now`` seconds."""
        scene = self._scenes.get((mode.width, mode.height))
        if scene is None:
            target_bytes = int(mode.width * mode.height * BYTES_PER_PIXEL)
            scene = self._scenes[mode.width, mode.height] = Scene(
                mode.width, mode.height, target_bytes, loop_frames=LOOP_FRAMES
            )
        stamp = Stamp("viewfinder", counter, int(now * 1e6), appearance.iso, _APERTURE_TENTHS, appearance.exposure_us)
        jpeg = scene.frame(stamp, SceneView(stops=appearance.darker_stops))
        return without_tables(jpeg) if mode.format is PictureFormat.MJPEG else yuyv(jpeg)


def without_tables(jpeg: bytes) -> bytes:
    """Motion-JPEG as many webcams send it: without the Huffman tables, which are the standard's."""
    kept = [jpeg[:2]]
    place = 2
    while place + 4 <= len(jpeg) and jpeg[place + 1] != _SOS:
        end = place + 2 + int.from_bytes(jpeg[place + 2 : place + 4], "big")
        if jpeg[place + 1] != _DHT:
            kept.append(jpeg[place:end])
        place = end
    return b"".join((*kept, jpeg[place:]))


def yuyv(jpeg: bytes) -> bytes:
    """Decode a JPEG to Y0 Cb Y1 Cr for two pixels, in the limited range (16-235, 16-240)."""
    planes = colour_planes(jpeg)
    luma, chroma = _limited_range()
    packed = np.empty((*planes.shape[:2], 2), np.uint8)
    packed[:, :, 0] = luma[planes[:, :, 0]]
    packed[:, 0::2, 1] = chroma[planes[:, 0::2, 1]]
    packed[:, 1::2, 1] = chroma[planes[:, 0::2, 2]]
    return packed.tobytes()


@cache
def _limited_range() -> tuple[np.ndarray[tuple[int], np.dtype[np.uint8]], np.ndarray[tuple[int], np.dtype[np.uint8]]]:
    values = np.arange(256, dtype=np.float64)
    luma = np.rint(values * 219 / 255 + 16).astype(np.uint8)
    chroma = np.rint((values - 128) * 224 / 255 + 128).astype(np.uint8)
    return luma, chroma
