"""Whether a photo's file is whole, as far as its length and its structure tell; reads only what it needs.

Sources: JPEG (ITU T.81, markers), TIFF 6.0 (image file directories; CR2, NEF, ARW and DNG are such), ISO/IEC 14496-12
(boxes; CR3 and HEIF are such).
"""

from __future__ import annotations

import struct
from enum import Enum
from typing import BinaryIO

from photonic.model.frame import EOI, SOI
from photonic.model.jpeg import end_of_jpeg
from photonic.service.media import boxes, tiff

TAIL_BYTES = 64 * 1024
PADDING = b"\x00\xff\r\n"
"""What cameras and programs fill up with behind the end of a JPEG: zeros, ones, a line end."""

HEAD_BYTES = 16
_JPEG = frozenset({".jpg"})
_TIFF = frozenset({".tif", ".cr2", ".nef", ".nrw", ".arw", ".dng", ".pef", ".srw"})
_BOXES = frozenset({".cr3", ".heif", ".heic", ".hif", ".mov", ".mp4"})

# TIFF 6.0: tags whose values are places in the file, and those that say how long what lies there is.
_EXTENTS = {273: 279, 324: 325, 513: 514}
_TAGS = frozenset({*_EXTENTS, *_EXTENTS.values()})


class Structure(Enum):
    """What a file's structure says of it."""

    WHOLE = "whole"
    BROKEN = "broken"
    UNTOLD = "untold"


def fault(content: BinaryIO, size: int, extension: str, told_bytes: int | None) -> str | None:
    """Why a file of ``size`` bytes is no whole photo, for people; ``None``: it is one.

    ``told_bytes`` is the camera's word, ``None`` when it is not known: then the structure has to show it.
    """
    if size == 0 or (told_bytes is not None and size != told_bytes):
        return f"{size} bytes arrived instead of {'a photo' if told_bytes is None else f'{told_bytes} bytes'}"
    content.seek(0)
    if not content.read(HEAD_BYTES).strip(b"\0"):
        return "it begins with nothing but zeros"
    found = structure(content, size, extension) if extension in _JPEG or told_bytes is None else Structure.UNTOLD
    if extension in _JPEG and found is Structure.BROKEN:
        return "it does not begin and end as a JPEG does"
    if told_bytes is None:
        match found:
            case Structure.BROKEN:
                return "its structure says that it is cut off"
            case Structure.UNTOLD:
                return "neither its length is known nor does its structure show that it is whole"
            case Structure.WHOLE:
                pass
    return None


def structure(content: BinaryIO, size: int, extension: str) -> Structure:
    """What the structure of a file of this kind says."""
    try:
        if extension in _JPEG:
            return _jpeg(content, size)
        if extension in _TIFF:
            return _tiff(content, size)
        if extension in _BOXES:
            return _boxes(content, size)
    except struct.error:
        return Structure.BROKEN
    return Structure.UNTOLD


def _jpeg(content: BinaryIO, size: int) -> Structure:
    """Whole where the file, or its first JPEG and some padding, ends with the end marker.

    UNTOLD where the first JPEG is whole and other bytes lie behind it: they may be cut off, which only the camera's
    word on the length shows (a second picture, a film, the maker's own data).
    """
    content.seek(0)
    if content.read(len(SOI)) != SOI:
        return Structure.BROKEN
    content.seek(max(len(SOI), size - TAIL_BYTES))
    if content.read().rstrip(PADDING).endswith(EOI):
        return Structure.WHOLE
    end = end_of_jpeg(content)
    if end is None:
        return Structure.BROKEN
    return Structure.WHOLE if _padding_only(content, end) else Structure.UNTOLD


def _tiff(content: BinaryIO, size: int) -> Structure:
    """Whole where some picture data are named, and all that are named lie within the file."""
    pictures = False
    for values in tiff.directories(content, size, _TAGS):
        for places, lengths in _EXTENTS.items():
            pairs = list(zip(values.get(places, ()), values.get(lengths, ()), strict=False))
            pictures = pictures or bool(pairs)
            if any(begin + length > size for begin, length in pairs):
                return Structure.BROKEN
    return Structure.WHOLE if pictures else Structure.UNTOLD


def _boxes(content: BinaryIO, size: int) -> Structure:
    """Whole where the outermost boxes fill the file, but for some padding, and one holds the data."""
    kinds: set[bytes] = set()
    end = 0
    try:
        for box in boxes.boxes(content, 0, size):
            kinds.add(box.kind)
            end = box.end
            if end > size:
                return Structure.BROKEN
    except struct.error:
        pass  # what lies there is no box: padding, or damage
    whole = b"ftyp" in kinds and b"mdat" in kinds and _padding_only(content, end)
    return Structure.WHOLE if whole else Structure.BROKEN


def _padding_only(content: BinaryIO, begin: int) -> bool:
    """Whether nothing but padding, or nothing at all, lies behind this place."""
    content.seek(begin)
    while piece := content.read(TAIL_BYTES):
        if piece.strip(PADDING):
            return False
    return True
