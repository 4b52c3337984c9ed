"""Converts the pictures of a V4L2 device to JPEGs that every viewer can show."""

from __future__ import annotations

import functools
import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from photonic.model.frame import SOI
from photonic.model.jpeg import whole_jpeg

if TYPE_CHECKING:
    from photonic.drivers.webcam.video_device import Mode

LIVE_QUALITY = 85
STILL_QUALITY = 95
_DHT = 0xC4
_SOS = 0xDA


def jpeg_of(data: bytes, mode: Mode, quality: int = LIVE_QUALITY) -> bytes | None:
    """Convert a picture to a whole JPEG; ``None`` if it is incomplete.

    Args:
        data: The picture as the device sent it.
        mode: The device's mode.
        quality: JPEG quality, for a picture that the device did not compress.
    """
    if not mode.encoding.compressed:
        return _of_yuyv(data, mode, quality)
    picture = whole_jpeg(data)
    return None if picture is None else with_tables(picture)


def with_tables(jpeg: bytes) -> bytes:
    """Add the Huffman tables that webcams may leave out of Motion-JPEG (ITU-T T.81, K.3.3), if they are missing."""
    place = len(SOI)
    while place + 4 <= len(jpeg) and jpeg[place] == 0xFF:
        marker, length = jpeg[place + 1], int.from_bytes(jpeg[place + 2 : place + 4], "big")
        if marker == _DHT:
            return jpeg
        if marker == _SOS:
            return jpeg[:place] + standard_tables() + jpeg[place:]
        place += 2 + length
    return jpeg


@functools.cache
def standard_tables() -> bytes:
    """The segments with the standard's example tables, which are in common use, copied from a JPEG made with them."""
    made = io.BytesIO()
    Image.new("YCbCr", (8, 8)).save(made, "JPEG", optimize=False, progressive=False)
    jpeg = made.getvalue()
    tables: list[bytes] = []
    place = len(SOI)
    while jpeg[place + 1] != _SOS:
        end = place + 2 + int.from_bytes(jpeg[place + 2 : place + 4], "big")
        if jpeg[place + 1] == _DHT:
            tables.append(jpeg[place:end])
        place = end
    return b"".join(tables)


def _of_yuyv(data: bytes, mode: Mode, quality: int) -> bytes | None:
    """V4L2_PIX_FMT_YUYV: Y0 Cb Y1 Cr for two pixels, limited range (16-235, 16-240) by V4L2's default for Y'CbCr."""
    row = mode.line_bytes or mode.width * 2
    if min(mode.width, mode.height) < 1 or row < mode.width * 2 or mode.width % 2 or len(data) < row * mode.height:
        return None
    rows = np.frombuffer(data, np.uint8, row * mode.height).reshape(mode.height, row)[:, : mode.width * 2]
    pairs = rows.reshape(mode.height, mode.width // 2, 4)
    planes = np.empty((mode.height, mode.width, 3), np.uint8)
    luma, chroma = _full_range()
    planes[:, :, 0] = luma[rows[:, 0::2]]
    for plane, place in ((1, 1), (2, 3)):
        planes[:, :, plane] = np.repeat(chroma[pairs[:, :, place]], 2, axis=1)
    made = io.BytesIO()
    # JFIF uses the full range (0-255); YUYV is 4:2:2.
    Image.fromarray(planes, "YCbCr").save(made, "JPEG", quality=quality, subsampling="4:2:2")
    return made.getvalue()


@functools.cache
def _full_range() -> tuple[np.ndarray[tuple[int], np.dtype[np.uint8]], np.ndarray[tuple[int], np.dtype[np.uint8]]]:
    values = np.arange(256, dtype=np.float64)
    luma = np.clip(np.rint((values - 16) * 255 / 219), 0, 255).astype(np.uint8)
    chroma = np.clip(np.rint((values - 128) * 255 / 224 + 128), 0, 255).astype(np.uint8)
    return luma, chroma
