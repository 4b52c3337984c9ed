"""The only place where untrusted pictures are decoded: within limits, and with one error for every fault.

Pillow documents no set of errors: for a damaged file it may raise ``OSError``, ``SyntaxError``, ``struct.error``,
``IndexError``, ``MemoryError``, ``DecompressionBombError`` and others. It also reads the Exif block of each picture
that is opened, and logs a warning for each odd entry in it: thousands for one frame. So Pillow gets only the segments
that decoding needs; our own reader of the header (``model.jpeg_head``) drops the rest.
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
"""More than any camera produces. A picture with one scan is decoded line by line and scaled down on the way."""
COEFFICIENTS_LIMIT = 200_000_000
"""For a picture with several scans: all coefficients (2 bytes each) are in memory at once, 400 MB."""
SCAN = b"\xff\xda"
SCANS_LIMIT = 100
"""Each scan is another pass over the whole picture; encoders write about ten."""
DECODED_PIXELS_LIMIT = 64_000_000
"""The limit for the decoder's output, which is already scaled down: 192 MB."""


@contextmanager
def opened(jpeg: bytes | memoryview, fit: Callable[[int, int], Size]) -> Generator[tuple[JpegImageFile, Size]]:
    """Open a JPEG for decoding in the body; yields the picture and the target size.

    The picture is decoded at the target size or a little larger: the decoder can divide by 2, 4 and 8. Its
    ``info["exif"]`` is the first Exif block, unread.

    Args:
        jpeg: the file's content.
        fit: returns the target size for the width and height that the JPEG declares.

    Raises:
        ProtocolError: the picture cannot be decoded within the limits, or the body failed; the cause is kept.
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
        raise ProtocolError(f"the picture cannot be decoded: {type(error).__name__}: {error}") from error


def _check(head: JpegHead, data: bytes) -> None:
    claims = f"it declares {head.width} x {head.height} pixels"
    if head.pixels == 0:
        raise ProtocolError(f"the picture cannot be decoded: {claims}")
    if head.pixels > PIXELS_LIMIT or (head.buffered and head.pixels * head.components > COEFFICIENTS_LIMIT):
        raise ProtocolError(f"the picture is too large to be decoded: {claims}")
    if head.buffered and data.count(SCAN) > SCANS_LIMIT:
        raise ProtocolError(f"the picture has more than {SCANS_LIMIT} scans")


def _check_decoded(width: int, height: int) -> None:
    if width * height > DECODED_PIXELS_LIMIT:
        raise ProtocolError(f"the picture is too large to be decoded: {width} x {height} pixels")
