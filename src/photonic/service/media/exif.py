"""How a photo was taken, according to its file. The picture is not decoded, and only a small part of the file is read.

Pillow is not used: it reads neither HEIF nor CR3, and it reads values of any length. The file's first bytes decide its
type, not its name. Sources: Exif 2.32 (tags; the APP1 segment of a JPEG), ITU T.81 (markers), TIFF 6.0 and DNG 1.7
(CR2, NEF, ARW, RW2 and DNG are TIFF files), L. Clévy's description of CR3 (boxes ``CMT1`` and ``CMT2``), ISO/IEC
23008-12 (HEIF: an item of type ``Exif``), LibRaw's ``identify`` (RAF: a JPEG inside).
"""

from __future__ import annotations

import io
import re
import struct
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, BinaryIO

from photonic.model.exif import ExifFacts
from photonic.model.frame import SOI
from photonic.service.media import heif, tiff
from photonic.service.media.boxes import UUID_BYTES, Box, boxes, first

if TYPE_CHECKING:
    from collections.abc import Sequence

TEXT_LIMIT = 128
"""In characters; no name of a camera or a lens is longer."""
SEGMENTS_LIMIT = 256
"""For the segments of a JPEG before its frame header; Exif is among the first ones."""
BLOCK_BYTES_LIMIT = 256 * 1024
"""For an Exif block in a HEIF or CR3 file; in a JPEG it has at most 64 KiB."""

_MAKE, _MODEL, _ORIENTATION, _EXIF = 0x010F, 0x0110, 0x0112, 0x8769
_SUBFILE, _SUB_DIRECTORIES = 0x00FE, 0x014A
_DIMENSIONS = (0x0100, 0x0101)
_PICTURE_TAGS = frozenset({_SUBFILE, *_DIMENSIONS})
_MAIN_TAGS = _PICTURE_TAGS.union({_MAKE, _MODEL, _ORIENTATION, _EXIF, _SUB_DIRECTORIES})
_SUB_DIRECTORIES_LIMIT = 8

_EXPOSURE, _F_NUMBER, _BIAS, _FLASH, _FOCAL_LENGTH, _LENS = 0x829A, 0x829D, 0x9204, 0x9209, 0x920A, 0xA434
_TAKEN_AT, _SUB_SECONDS, _OFFSET = 0x9003, 0x9291, 0x9011
_PIXELS = (0xA002, 0xA003)
# A sensitivity that needs more than 16 bits is 65535 in the first tag, and is stored in one of the others.
_ISOS = (0x8827, 0x8833, 0x8832, 0x8831)
_ISO_TOO_LARGE = 0xFFFF
_EXIF_TAGS = frozenset(
    {_EXPOSURE, _F_NUMBER, _BIAS, _FLASH, _FOCAL_LENGTH, _LENS, _TAKEN_AT, _SUB_SECONDS, _OFFSET, *_PIXELS, *_ISOS}
)

_TIME = re.compile(rb"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)")
_ZONE = re.compile(rb"([+-])(\d\d):(\d\d)")
_YEARS = range(1900, 9999)
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""The markers that begin a JPEG's frame header."""
_APP1, _SCAN = 0xE1, 0xDA
_RAF = b"FUJIFILMCCD-RAW "
_CANON = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
_LARGEST = 10**9
"""Upper bound for any number; a larger one means a damaged file."""
_ORIENTATIONS = range(1, 9)

Fields = dict[int, tiff.Field]


@dataclass(frozen=True, slots=True)
class _Found:
    """The main and the Exif directory, and the size of the picture by the file's structure (``None``: unknown)."""

    main: Fields = field(default_factory=dict[int, tiff.Field])
    exif: Fields = field(default_factory=dict[int, tiff.Field])
    size: tuple[int, int] | None = None


def facts(content: BinaryIO) -> ExifFacts | None:
    """How the photo in this file was taken; ``None`` if the file contains no such facts.

    Raises only ``OSError``, regardless of the content. Blocks.
    """
    found = _found(content)
    main, exif = found.main, found.exif
    flash = _integers(exif, _FLASH)
    bias = _number(exif, _BIAS)
    width, height = found.size or (None, None)
    read = ExifFacts(
        taken_at=_taken_at(exif),
        exposure_seconds=_positive(_number(exif, _EXPOSURE)),
        f_number=_positive(_number(exif, _F_NUMBER)),
        iso=_iso(exif),
        exposure_bias_ev=bias if bias is not None and abs(bias) <= _LARGEST else None,
        focal_length_mm=_positive(_number(exif, _FOCAL_LENGTH)),
        lens=_text(exif, _LENS),
        make=_text(main, _MAKE),
        model=_text(main, _MODEL),
        flash_fired=bool(flash[0] & 1) if flash else None,
        orientation=next((way for way in _integers(main, _ORIENTATION)[:1] if way in _ORIENTATIONS), None),
        width_pixels=width,
        height_pixels=height,
    )
    return None if read == ExifFacts() else read


def _found(content: BinaryIO) -> _Found:
    content.seek(0)
    head = content.read(16)
    try:
        if head.startswith(SOI):
            return _of_jpeg(content, len(SOI))
        if head == _RAF:
            content.seek(84)
            (begin,) = struct.unpack(">I", content.read(4))
            # The size in this JPEG is that of the preview.
            return replace(_of_jpeg(content, begin + len(SOI)), size=None)
        if head[4:8] == b"ftyp":
            return _of_boxes(content)
        return _of_tiff(content)
    except struct.error:
        return _Found()


def _of_jpeg(content: BinaryIO, begin: int) -> _Found:
    """Read a JPEG whose first marker after SOI is at ``begin``."""
    found: _Found | None = None
    content.seek(begin)
    for _segment in range(SEGMENTS_LIMIT):
        head = content.read(4)
        length = int.from_bytes(head[2:], "big") - 2
        if len(head) < 4 or head[0] != 0xFF or head[1] == _SCAN:
            break
        if head[1] == 0xFF:  # markers may have fill bytes before them
            content.seek(-3, io.SEEK_CUR)
            continue
        if length < 0:
            break
        following = content.tell() + length
        if head[1] in _FRAMES:
            sides = content.read(5)
            height, width = int.from_bytes(sides[1:3], "big"), int.from_bytes(sides[3:], "big")
            size = (width, height) if width and height else None
            return _Found(size=size) if found is None else replace(found, size=size or found.size)
        if head[1] == _APP1 and found is None and content.read(6)[:4] == b"Exif":
            found = _of_block(content.read(max(0, length - 6)))
        content.seek(following)
    return found or _Found()


def _of_block(block: bytes) -> _Found:
    with suppress(struct.error):
        return _of_tiff(io.BytesIO(block))
    return _Found()


def _of_tiff(content: BinaryIO) -> _Found:
    """Raises ``struct.error`` for anything but a TIFF file."""
    order, place = tiff.beginning(content)
    main = tiff.fields(content, order, place, _MAIN_TAGS)
    below = _integers(main, _SUB_DIRECTORIES)[:_SUB_DIRECTORIES_LIMIT]
    pictures = [main, *(tiff.fields(content, order, at, _PICTURE_TAGS) for at in below)]
    place = next(iter(_integers(main, _EXIF)), 0)
    exif = tiff.fields(content, order, place, _EXIF_TAGS) if place else {}
    return _Found(main, exif, _size(exif, _PIXELS) or _full_size(pictures))


def _full_size(pictures: Sequence[Fields]) -> tuple[int, int] | None:
    """The size of the largest picture that is not a reduced version of another one."""
    full = [one for one in pictures if not any(_integers(one, _SUBFILE)[:1])]
    sizes = filter(None, (_size(one, _DIMENSIONS) for one in full))
    return max(sizes, key=lambda size: size[0] * size[1], default=None)


def _of_boxes(content: BinaryIO) -> _Found:
    """Raises ``struct.error``."""
    for box in boxes(content, 0, content.seek(0, io.SEEK_END)):
        if box.kind == b"meta":
            return _of_block(heif.exif_block(content, box, BLOCK_BYTES_LIMIT))
        if box.kind == b"moov":
            return _of_canon(content, box)
    return _Found()


def _of_canon(content: BinaryIO, movie: Box) -> _Found:
    for box in boxes(content, movie.begin, movie.end):
        content.seek(box.begin)
        if box.kind == b"uuid" and content.read(UUID_BYTES) == _CANON:
            main, exif = (first(content, box, kind, after_bytes=UUID_BYTES) for kind in (b"CMT1", b"CMT2"))
            found = _of_block(_bytes(content, main))
            block = io.BytesIO(_bytes(content, exif))
            with suppress(struct.error):
                shot = tiff.fields(block, *tiff.beginning(block), _EXIF_TAGS)
                return _Found(found.main, shot, _size(shot, _PIXELS) or found.size)
            return found
    return _Found()


def _bytes(content: BinaryIO, box: Box | None) -> bytes:
    if box is None:
        return b""
    content.seek(box.begin)
    return content.read(min(box.end - box.begin, BLOCK_BYTES_LIMIT))


def _integers(fields: Fields, tag: int) -> tuple[int, ...]:
    return fields[tag].integers if tag in fields else ()


def _number(fields: Fields, tag: int) -> float | None:
    return fields[tag].number if tag in fields else None


def _positive(number: float | None) -> float | None:
    return number if number is not None and 0 < number <= _LARGEST else None


def _size(fields: Fields, tags: tuple[int, int]) -> tuple[int, int] | None:
    found = [side for tag in tags for side in _integers(fields, tag)[:1] if 0 < side <= _LARGEST]
    return (found[0], found[1]) if len(found) == len(tags) else None


def _iso(exif: Fields) -> int | None:
    for tag in _ISOS:
        value = next(iter(_integers(exif, tag)), 0)
        if value > 0 and not (tag == _ISOS[0] and value == _ISO_TOO_LARGE):
            return value
    return None


def _text(fields: Fields, tag: int) -> str | None:
    """One line of printable text, without control characters and marks that change the text direction."""
    raw = fields[tag].text if tag in fields else None
    if raw is None:
        return None
    printable = "".join(one if one.isprintable() else " " for one in raw.decode("utf-8", "replace"))
    return " ".join(printable.split())[:TEXT_LIMIT].rstrip() or None


def _taken_at(exif: Fields) -> datetime | None:
    raw, parts, zone = ((exif[tag].text or b"" if tag in exif else b"") for tag in (_TAKEN_AT, _SUB_SECONDS, _OFFSET))
    found = _TIME.fullmatch(raw.strip())
    if found is None or int(found[1]) not in _YEARS:
        return None
    digits = parts.strip()
    microseconds = int(digits[:6].ljust(6, b"0")) if digits.isdigit() else 0
    try:
        taken_at = datetime(*map(int, found.groups()), microsecond=microseconds)  # noqa: DTZ001 - the zone follows
    except ValueError:  # a camera whose clock was never set writes zeros
        return None
    return taken_at.replace(tzinfo=_zone(zone.strip()))


def _zone(raw: bytes) -> timezone | None:
    found = _ZONE.fullmatch(raw)
    if found is None:
        return None
    hours, minutes = int(found[2]), int(found[3])
    if hours > 14 or minutes > 59:
        return None
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if found[1] == b"-" else offset)
