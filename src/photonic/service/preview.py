"""A photo made small and turned upright: a JPEG by its own decoder, a RAW file from the preview that the camera put in.

Sources: Exif 2.32 (orientation; its thumbnail of 160 x 120 pixels is too small for every size that we make), TIFF 6.0
(CR2, NEF, ARW and DNG name their JPEG previews as strips or as JPEGInterchangeFormat), and L. Clévy's description of
CR3 (boxes ``PRVW`` and ``CMT1``).
"""

from __future__ import annotations

import io
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO

from PIL import Image

from photonic.errors import CaptureError, FailureKind
from photonic.model.frame import SOI
from photonic.service import tiff

if TYPE_CHECKING:
    from pathlib import Path

QUALITY = 82
PIXELS_LIMIT = 400_000_000
"""No camera makes more; a file that says so would take the machine's memory."""

_TIFF_TYPES = frozenset(
    {"image/x-canon-cr2", "image/x-nikon-nef", "image/x-sony-arw", "image/x-adobe-dng", "image/tiff"}
)
_CR3_TYPE = "image/x-canon-cr3"
_ORIENTATION = 274
_MIRROR_OR_TURN = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# Places and lengths of JPEG data: strips, and the two tags of a thumbnail.
_EXTENTS = {273: 279, 513: 514}
_PREVIEW_BYTES_LIMIT = 64 * 1024 * 1024
_PREVIEWS_LIMIT = 16
_BOX_HEAD_BYTES = 16 * 1024 * 1024


def small(path: Path, media_type: str, longest: int) -> bytes:
    """The photo as an upright JPEG whose longer side has ``longest`` pixels at the most; never enlarged. Blocks.

    What the file says of places and people is left out. Raises ``CaptureError``: NOT_SUPPORTED for a kind of file that
    shows no picture, PHOTO_UNREADABLE for one that should, and ``FileNotFoundError``.
    """
    try:
        with path.open("rb") as content:
            return _made(content, path.stat().st_size, media_type, longest)
    except (CaptureError, FileNotFoundError):
        raise
    except Exception as error:  # what a damaged file has Pillow raise is in none of its promises
        raise CaptureError(
            f"{path.name} cannot be shown small, its picture cannot be read ({error}): the file itself is unchanged",
            kind=FailureKind.PHOTO_UNREADABLE,
        ) from error


def _made(content: BinaryIO, size: int, media_type: str, longest: int) -> bytes:
    if media_type == "image/jpeg":
        with Image.open(content, formats=("JPEG",)) as picture:
            return _encoded(picture, picture.getexif().get(_ORIENTATION), longest)
    if media_type in _TIFF_TYPES:
        previews, orientation = _of_tiff(content, size)
    elif media_type == _CR3_TYPE:
        previews, orientation = _of_cr3(content.read(_BOX_HEAD_BYTES))
    else:
        raise CaptureError(f"files of type {media_type} are not shown small", kind=FailureKind.NOT_SUPPORTED)
    with _best(previews, longest) as picture:
        turned = orientation if orientation is not None else picture.getexif().get(_ORIENTATION)
        return _encoded(picture, turned, longest)


def _encoded(picture: Image.Image, orientation: int | None, longest: int) -> bytes:
    """The decoder does most of the work on its coefficients (``draft``)."""
    if picture.width * picture.height > PIXELS_LIMIT:
        raise ValueError(f"it says that it has {picture.width} x {picture.height} pixels")
    profile = picture.info.get("icc_profile")
    scale = min(1.0, longest / max(picture.size))
    wanted = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    picture.draft(picture.mode, wanted)
    whole = picture if picture.mode in {"L", "RGB"} else picture.convert("RGB")
    made = whole if whole.size == wanted else whole.resize(wanted, Image.Resampling.BICUBIC, reducing_gap=2.0)
    if (way := _MIRROR_OR_TURN.get(orientation or 1)) is not None:
        made = made.transpose(way)
    data = io.BytesIO()
    made.save(data, "JPEG", quality=QUALITY, icc_profile=profile, exif=b"", comment=b"")
    return data.getvalue()


def _best(previews: list[bytes], longest: int) -> Image.Image:
    """The smallest preview that is large enough, or the largest. Raises ``ValueError`` where there is none."""
    pictures: list[Image.Image] = []
    for preview in previews:
        # The sensor's own data may begin as a JPEG does (lossless, ITU T.81 annex H), which is no preview.
        with suppress(OSError, ValueError, SyntaxError):
            pictures.append(Image.open(io.BytesIO(preview), formats=("JPEG",)))
    if not pictures:
        raise ValueError("it holds no preview")
    pictures.sort(key=lambda picture: max(picture.size))
    large = [picture for picture in pictures if max(picture.size) >= longest]
    return large[0] if large else pictures[-1]


def _of_tiff(content: BinaryIO, size: int) -> tuple[list[bytes], int | None]:
    """Everything in the file that begins as a JPEG does, and how the picture is to be turned."""
    places: list[tuple[int, int]] = []
    orientation: int | None = None
    for number, values in enumerate(tiff.directories(content, size)):
        if number == 0:
            orientation = _orientation(values)
        for begins, lengths in _EXTENTS.items():
            # A preview is one piece; the sensor's data are many, or too long.
            if len(values.get(begins, ())) == len(values.get(lengths, ())) == 1:
                places.append((values[begins][0], values[lengths][0]))
    found: list[bytes] = []
    for place, length in places[:_PREVIEWS_LIMIT]:
        content.seek(place)
        if length <= _PREVIEW_BYTES_LIMIT and content.read(len(SOI)) == SOI:
            content.seek(place)
            found.append(content.read(length))
    return found, orientation


def _of_cr3(head: bytes) -> tuple[list[bytes], int | None]:
    """The JPEG in the box ``PRVW``, whose length ends the 16 bytes after the box's name; ``CMT1`` is a TIFF file."""
    preview, facts = head.find(b"PRVW"), head.find(b"CMT1")
    if preview < 0:
        return [], None
    (length,) = struct.unpack_from(">I", head, preview + 16)
    orientation: int | None = None
    if facts >= 4:
        (box_bytes,) = struct.unpack_from(">I", head, facts - 4)
        block = head[facts + 4 : facts - 4 + box_bytes]
        orientation = _orientation(next(tiff.directories(io.BytesIO(block), len(block))))
    return [head[preview + 20 : preview + 20 + length]], orientation


def _orientation(values: tiff.Values) -> int | None:
    return next(iter(values.get(_ORIENTATION, ())), None)
