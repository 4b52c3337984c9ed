"""Small, upright versions of photos: of a JPEG itself, or of the preview that the camera embedded in a RAW file.

Sources: Exif 2.32 (orientation; its thumbnail of 160 x 120 pixels is too small for our sizes), TIFF 6.0
(CR2, NEF, ARW and DNG name their JPEG previews as strips or as JPEGInterchangeFormat), and L. Clévy's description of
CR3 (boxes ``PRVW`` and ``CMT1``).
"""

from __future__ import annotations

import io
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO

from PIL import Image

from photonic.errors import CaptureError, FailureKind, ProtocolError
from photonic.model.frame import SOI
from photonic.model.jpeg_head import read_head
from photonic.service.media import exif, tiff
from photonic.service.media.decoding import opened

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

QUALITY = 82

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
# Positions and lengths of JPEG data: strips, and the two tags of a thumbnail.
_EXTENTS = {273: 279, 513: 514}
_TAGS = frozenset({_ORIENTATION, *_EXTENTS, *_EXTENTS.values()})
PICTURE_BYTES_LIMIT = 128 * 1024 * 1024
"""The largest JPEGs from cameras have 70 MB."""
PREVIEWS_BYTES_LIMIT = 128 * 1024 * 1024
_PREVIEW_BYTES_LIMIT = 64 * 1024 * 1024
_PREVIEWS_LIMIT = 16
_BOX_HEAD_BYTES = 16 * 1024 * 1024


def small(path: Path, media_type: str, longest: int) -> bytes:
    """The photo as an upright JPEG whose longer side has at most ``longest`` pixels; never enlarged. Blocks.

    The JPEG contains no metadata, and so neither locations nor names.

    Raises:
        CaptureError: NOT_SUPPORTED for a type of file without a preview, PHOTO_UNREADABLE for a damaged one.
        OSError: the file cannot be read.
    """
    with path.open("rb") as content:
        try:
            return _made(content, path.stat().st_size, media_type, longest)
        except (ProtocolError, struct.error) as error:
            text = f"no preview of {path.name}: its picture cannot be read ({error}); the file itself is unchanged"
            raise CaptureError(text, kind=FailureKind.PHOTO_UNREADABLE) from error


def _made(content: BinaryIO, size: int, media_type: str, longest: int) -> bytes:
    if media_type == "image/jpeg":
        if size > PICTURE_BYTES_LIMIT:
            raise ProtocolError(f"a JPEG of {size} bytes")
        return _encoded(content.read(PICTURE_BYTES_LIMIT), _exif_orientation(content), longest)
    if media_type in _TIFF_TYPES:
        places, orientation = _of_tiff(content, size)
    elif media_type == _CR3_TYPE:
        places, orientation = _of_cr3(content.read(_BOX_HEAD_BYTES))
    else:
        raise CaptureError(f"files of type {media_type} have no preview", kind=FailureKind.NOT_SUPPORTED)
    picture = _best(content, places, longest)
    if orientation is None:
        orientation = _exif_orientation(io.BytesIO(picture))
    return _encoded(picture, orientation, longest)


def _encoded(jpeg: bytes, orientation: int | None, longest: int) -> bytes:
    """Scale, turn and encode; the decoder does most of the scaling on the coefficients (``draft``)."""

    def fit(width: int, height: int) -> tuple[int, int]:
        scale = min(1.0, longest / max(width, height))
        return max(1, round(width * scale)), max(1, round(height * scale))

    data = io.BytesIO()
    with opened(jpeg, fit) as (picture, wanted):
        profile = picture.info.get("icc_profile")
        whole = picture if picture.mode in {"L", "RGB"} else picture.convert("RGB")
        made = whole if whole.size == wanted else whole.resize(wanted, Image.Resampling.BICUBIC, reducing_gap=2.0)
        if (way := _MIRROR_OR_TURN.get(orientation or 1)) is not None:
            made = made.transpose(way)
        made.save(data, "JPEG", quality=QUALITY, icc_profile=profile, exif=b"", comment=b"")
    return data.getvalue()


def _exif_orientation(content: BinaryIO) -> int | None:
    """The orientation in the Exif block, by our own reader, which limits what it reads."""
    facts = exif.facts(content)
    return None if facts is None else facts.orientation


def _best(content: BinaryIO, places: Collection[tuple[int, int]], longest: int) -> bytes:
    """The smallest preview that is large enough, else the largest. Raises ``ProtocolError`` if there is none.

    Previews may overlap; each is read, in total at most ``PREVIEWS_BYTES_LIMIT`` bytes.
    """
    best: tuple[bool, int, bytes] | None = None
    left = PREVIEWS_BYTES_LIMIT
    for place, length in sorted(places)[:_PREVIEWS_LIMIT]:
        content.seek(place)
        if length > min(left, _PREVIEW_BYTES_LIMIT) or content.read(len(SOI)) != SOI:
            continue
        left -= length
        data = SOI + content.read(length - len(SOI))
        # The sensor's data may also begin like a JPEG (lossless, ITU T.81 annex H).
        with suppress(ProtocolError):
            head = read_head(data)
            side = max(head.width, head.height)
            rank = (side >= longest, -side if side >= longest else side)
            if not head.lossless and (best is None or rank > best[:2]):
                best = (*rank, data)
    if best is None:
        raise ProtocolError("it contains no preview")
    return best[2]


def _of_tiff(content: BinaryIO, size: int) -> tuple[set[tuple[int, int]], int | None]:
    """Possible positions and lengths of previews in the file, and the orientation."""
    places: set[tuple[int, int]] = set()
    orientation: int | None = None
    for number, values in enumerate(tiff.directories(content, size, _TAGS)):
        if number == 0:
            orientation = _orientation(values)
        for begins, lengths in _EXTENTS.items():
            # A preview is one piece; the sensor's data are many pieces, or too long.
            if len(values.get(begins, ())) == len(values.get(lengths, ())) == 1:
                places.add((values[begins][0], values[lengths][0]))
    return places, orientation


def _of_cr3(head: bytes) -> tuple[set[tuple[int, int]], int | None]:
    """Position and length of the JPEG in the box ``PRVW``, and the orientation from ``CMT1``, which is a TIFF file.

    The length is in the last 4 of the 20 bytes that begin with the name of the box.
    """
    preview, facts = head.find(b"PRVW"), head.find(b"CMT1")
    if preview < 0:
        return set(), None
    (length,) = struct.unpack_from(">I", head, preview + 16)
    orientation: int | None = None
    if facts >= 4:
        (box_bytes,) = struct.unpack_from(">I", head, facts - 4)
        block = head[facts + 4 : facts - 4 + box_bytes]
        first = next(tiff.directories(io.BytesIO(block), len(block), _TAGS), None)
        orientation = None if first is None else _orientation(first)
    return {(preview + 20, length)}, orientation


def _orientation(values: tiff.Values) -> int | None:
    return next(iter(values.get(_ORIENTATION, ())), None)
