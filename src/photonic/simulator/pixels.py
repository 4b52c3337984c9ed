"""A stamp in the pixels of every simulated picture, which tests read back.

A strip of black and white cells along the bottom edge: 4 rows of 56 cells, each a sixtieth of the picture's width wide
and an eightieth high, with two dark cells at each end. At 960 pixels a cell is 16 x 12; at a quarter of that it is 4 x
3, and still readable after a JPEG of low quality. The cells are 28 bytes, high bit first::

    magic 1 | kind 1 | counter 4 | camera_us 8 | iso 3 | aperture_tenths 2 | shutter_us 5 | CRC-32 of these 4
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from PIL import Image

from photonic.errors import BadInput, ProtocolError

if TYPE_CHECKING:
    import numpy.typing as npt

_MAGIC: Final = 0xA7
_ROWS: Final = 4
_COLUMNS: Final = 56
_MARGIN: Final = 2
_COLUMNS_WITH_MARGINS: Final = _COLUMNS + 2 * _MARGIN
_CELL_HEIGHTS_IN_WIDTH: Final = 80
_MCU: Final = 16
_DARK: Final = 20
_LIGHT: Final = 228
_LEAST_CONTRAST: Final = 40
_LEAST_WIDTH: Final = 240
_FIELDS: Final = (("counter", 4), ("camera_us", 8), ("iso", 3), ("aperture_tenths", 2), ("shutter_us", 5))
_KINDS: Final[dict[int, Literal["viewfinder", "photo"]]] = {1: "viewfinder", 2: "photo"}


@dataclass(frozen=True, slots=True)
class Stamp:
    """The facts that a simulated picture carries.

    ``counter`` (32 bits) counts pictures of its kind; ``camera_us`` is the camera's own clock in microseconds;
    ``aperture_tenths`` is ten times the f-number (f/5.6 = 56); ``shutter_us`` is the exposure time.
    """

    kind: Literal["viewfinder", "photo"]
    counter: int
    camera_us: int
    iso: int
    aperture_tenths: int
    shutter_us: int


def strip_height(width: int) -> int:
    """Height in pixels of the strip in a picture of this width: a multiple of 16, for JPEG's MCU rows."""
    return -(-_ROWS * width // _CELL_HEIGHTS_IN_WIDTH // _MCU) * _MCU


def encode(stamp: Stamp, width: int = 960) -> npt.NDArray[np.uint8]:
    """The strip as grey values, ``strip_height(width)`` x ``width``.

    Raises ``BadInput`` for a field that does not fit.
    """
    bits = np.unpackbits(np.frombuffer(_pack(stamp), np.uint8)).reshape(_ROWS, _COLUMNS)
    cells = np.zeros((_ROWS + 1, _COLUMNS_WITH_MARGINS), np.uint8)
    cells[1:, _MARGIN:-_MARGIN] = bits
    rows, columns = _cells_of_pixels(width)
    grey = np.where(cells, np.uint8(_LIGHT), np.uint8(_DARK))
    return grey[:, columns][rows]


def read(picture: bytes | Image.Image) -> Stamp:
    """The stamp in a JPEG or an open picture, in full size or scaled down to a width of at least 240 pixels.

    Raises ``ProtocolError`` with the reason if the bytes are not a picture or contain no valid stamp.
    """
    grey = _grey(picture)
    height, width = grey.shape
    if width < _LEAST_WIDTH or height * _CELL_HEIGHTS_IN_WIDTH < _ROWS * width:
        raise ProtocolError(f"a picture of {width}x{height} pixels is too small to carry a stamp")
    offsets = np.array((0.35, 0.5, 0.65))
    down = ((np.arange(_ROWS)[:, None] + offsets) - _ROWS).ravel() * width / _CELL_HEIGHTS_IN_WIDTH + height
    right = ((np.arange(_COLUMNS)[:, None] + offsets) + _MARGIN).ravel() * width / _COLUMNS_WITH_MARGINS
    samples = grey[down.astype(np.intp)][:, right.astype(np.intp)]
    cells = samples.reshape(_ROWS, 3, _COLUMNS, 3).mean(axis=(1, 3))
    darkest, lightest = float(cells.min()), float(cells.max())
    if lightest - darkest < _LEAST_CONTRAST:
        raise ProtocolError("no stamp: no black and white cells at the bottom of the picture")
    return _unpack(np.packbits(cells > (darkest + lightest) / 2).tobytes())


@lru_cache(maxsize=8)
def _cells_of_pixels(width: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """The row of cells for each row of pixels, and the column of cells for each column.

    Rows count from the bottom edge; pixels above the cells belong to the dark row 0.
    """
    from_bottom = np.arange(strip_height(width) - 1, -1, -1)
    rows = np.clip(_ROWS - (from_bottom * _CELL_HEIGHTS_IN_WIDTH) // width, 0, None)
    columns = (np.arange(width) * _COLUMNS_WITH_MARGINS) // width
    return rows.astype(np.intp), columns.astype(np.intp)


def _pack(stamp: Stamp) -> bytes:
    kind = next(code for code, name in _KINDS.items() if name == stamp.kind)
    parts = [bytes((_MAGIC, kind))]
    for field, size in _FIELDS:
        value: int = getattr(stamp, field)
        if not 0 <= value < 1 << 8 * size:
            raise BadInput(f"{field}: {value} does not fit the stamp's {size} bytes", field=field)
        parts.append(value.to_bytes(size, "big"))
    body = b"".join(parts)
    return body + zlib.crc32(body).to_bytes(4, "big")


def _unpack(packed: bytes) -> Stamp:
    body, checksum = packed[:-4], packed[-4:]
    if body[0] != _MAGIC:
        raise ProtocolError(f"no stamp: the cells start with {body[0]:02X} instead of {_MAGIC:02X}")
    if zlib.crc32(body).to_bytes(4, "big") != checksum:
        raise ProtocolError("damaged stamp: the checksum does not match")
    kind = _KINDS.get(body[1])
    if kind is None:
        raise ProtocolError(f"unknown stamp kind {body[1]}")
    values: list[int] = []
    position = 2
    for _field, size in _FIELDS:
        values.append(int.from_bytes(body[position : position + size], "big"))
        position += size
    return Stamp(kind, *values)


def colour_planes(jpeg: bytes) -> npt.NDArray[np.uint8]:
    """Decode one of our own JPEGs; returns Y, Cb and Cr of each pixel, shape (height, width, 3)."""
    with Image.open(BytesIO(jpeg)) as image:
        image.draft("YCbCr", image.size)
        return np.asarray(image.convert("YCbCr"))


def _grey(picture: bytes | Image.Image) -> npt.NDArray[np.uint8]:
    try:
        if isinstance(picture, Image.Image):
            return np.asarray(picture.convert("L"))
        with Image.open(BytesIO(picture)) as image:
            # Decode at reduced size: a fraction of the time for 24 megapixels.
            image.draft("L", (2 * _LEAST_WIDTH, 1))
            return np.asarray(image.convert("L"))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as problem:
        raise ProtocolError(f"not a readable picture: {problem}") from problem
