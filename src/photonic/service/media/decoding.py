"""The one place where pictures from outside are decoded: within limits, and with one error for whatever goes wrong.

Pillow promises no set of errors: a damaged file has it raise ``OSError``, ``SyntaxError``, ``struct.error``,
``IndexError``, ``MemoryError``, ``DecompressionBombError`` and others. It also reads the Exif block of each picture
that is opened, and writes a warning for each odd entry in it: thousands for one frame. So Pillow gets only what
decoding needs; our own reader of the head (``model.jpeg_head``) leaves the rest out.
"""

from __future__ import annotations

import io
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PIL.JpegImagePlugin import JpegImageFile

from photonic.errors import ProtocolError
from photonic.model.jpeg_head import read_head

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from photonic.model.jpeg_head import JpegHead

    Size = tuple[int, int]

PIXELS_LIMIT = 400_000_000
"""No camera makes more. A picture in one scan is decoded line by line, and smaller while it is decoded."""
COEFFICIENTS_LIMIT = 200_000_000
"""Of a picture in several scans, whose coefficients (2 bytes each) are all in memory at once: 400 MB."""
SCAN = b"\xff\xda"
SCANS_LIMIT = 100
"""Each scan goes over the whole picture again; encoders make about ten."""
DECODED_PIXELS_LIMIT = 64_000_000
"""Of the picture that comes out of the decoder, which has made it smaller by then: 192 MB."""


@contextmanager
def opened(jpeg: bytes | memoryview, fit: Callable[[int, int], Size]) -> Generator[tuple[JpegImageFile, Size]]:
    """A JPEG, to be decoded and made into another picture in the body; and the size that it is to have.

    ``fit`` gives that size for the width and height that the JPEG claims. The picture is decoded no smaller, and, for
    the decoder can divide by 2, 4 and 8 by itself, not much larger. Its ``info["exif"]`` is the first Exif block as it
    stands, unread.

    Raises ``ProtocolError`` for what cannot be decoded within the limits and for whatever goes wrong in the body, with
    the cause kept.
    """
    try:
        head = read_head(jpeg)
        data = bytes(jpeg[head.scan_at :])
        _check(head, data)
        wanted = fit(head.width, head.height)
        # Not by Image.open, which has one limit for the whole program.
        with JpegImageFile(io.BytesIO(head.needed + data)) as picture:
            picture.draft(picture.mode, wanted)
            _check_decoded(*picture.size)
            if head.exif is not None:
                picture.info["exif"] = head.exif
            yield picture, wanted
    except ProtocolError:
        raise
    except Exception as error:
        raise ProtocolError(f"a picture that cannot be decoded: {type(error).__name__}: {error}") from error


def _check(head: JpegHead, data: bytes) -> None:
    claims = f"it claims {head.width} x {head.height} pixels"
    if head.pixels == 0:
        raise ProtocolError(f"a picture that cannot be decoded: {claims}")
    if head.pixels > PIXELS_LIMIT or (head.buffered and head.pixels * head.components > COEFFICIENTS_LIMIT):
        raise ProtocolError(f"a picture that is too large to be decoded: {claims}")
    if head.buffered and data.count(SCAN) > SCANS_LIMIT:
        raise ProtocolError(f"a picture that is in more than {SCANS_LIMIT} scans")


def _check_decoded(width: int, height: int) -> None:
    if width * height > DECODED_PIXELS_LIMIT:
        raise ProtocolError(f"a picture that is too large to be decoded: {width} x {height} pixels")
