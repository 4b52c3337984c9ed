"""The bytes of simulated photos and films: small, whole, and told apart by a text that no two exposures share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.support import exif_files
from tests.support.driver import jpeg

if TYPE_CHECKING:
    import random

START_BYTES = 2
"""The start marker of a JPEG; the Exif segment follows it."""

_TAKEN_AT, _SUB_SECONDS, _ISO = 0x9003, 0x9291, 0x8827
_MAKE, _MODEL = 0x010F, 0x0110
MAKER, MODEL = "Canon", "Canon EOS Simulated"


def exif(taken: float) -> bytes:
    """The Exif block of a photo; ``taken``: seconds since 1970 by the camera's clock."""
    at = datetime.fromtimestamp(taken, UTC)
    return exif_files.block(
        {_MAKE: exif_files.text(MAKER), _MODEL: exif_files.text(MODEL)},
        {
            _TAKEN_AT: exif_files.text(f"{at:%Y:%m:%d %H:%M:%S}"),
            _SUB_SECONDS: exif_files.text(f"{at.microsecond // 10_000:02d}"),
            _ISO: exif_files.short(100),
        },
    )


def picture(text: str, taken: float, size_bytes: int) -> bytes:
    """A whole JPEG of 8x8 pixels and at least ``size_bytes``, with Exif."""
    plain = jpeg(text, size_bytes)
    return plain[:START_BYTES] + exif_files.segment(0xE1, b"Exif\0\0" + exif(taken)) + plain[START_BYTES:]


def raw(text: str, taken: float, size_bytes: int) -> bytes:
    """A TIFF with the same Exif, as raw files are, and ``text`` in place of the sensor's data."""
    return exif(taken) + text.encode().ljust(size_bytes, b".")


def film(text: str, size_bytes: int, draw: random.Random) -> bytes:
    """An MP4 of three boxes, without pictures."""
    data = text.encode() + draw.randbytes(max(0, size_bytes - len(text)))
    return (
        exif_files.box(b"ftyp", b"mp42\0\0\0\0mp42isom") + exif_files.box(b"moov", b"") + exif_files.box(b"mdat", data)
    )
