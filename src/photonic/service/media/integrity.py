"""Whether a photo's file is complete, judged by its length and structure; reads only what it needs.

Sources: JPEG (ITU T.81, markers), TIFF 6.0 (image file directories, as in CR2, NEF, ARW and DNG), ISO/IEC 14496-12
(boxes, as in CR3 and HEIF).
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
"""The bytes with which cameras and programs pad the end of a JPEG."""

HEAD_BYTES = 16
_JPEG = frozenset({".jpg"})
_TIFF = frozenset({".tif", ".cr2", ".nef", ".nrw", ".arw", ".dng", ".pef", ".srw"})
_BOXES = frozenset({".cr3", ".heif", ".heic", ".hif", ".mov", ".mp4"})

# TIFF 6.0: tags whose values are positions in the file, and the tags with the lengths of the data there.
_EXTENTS = {273: 279, 324: 325, 513: 514}
_TAGS = frozenset({*_EXTENTS, *_EXTENTS.values()})


class Structure(Enum):
    """What a file's structure shows."""

    WHOLE = "whole"
    BROKEN = "broken"
    UNKNOWN = "unknown"


def fault(content: BinaryIO, size: int, extension: str, expected_bytes: int | None) -> str | None:
    """Why a file is not a complete photo, for people; ``None``: it is complete.

    Args:
        content: the open file.
        size: its size in bytes.
        extension: its extension, as ``photo.naming`` writes it.
        expected_bytes: the size that the camera reported; ``None``: unknown, so the structure has to prove it.
    """
    if size == 0 or (expected_bytes is not None and size != expected_bytes):
        return f"{size} bytes arrived instead of {'a photo' if expected_bytes is None else f'{expected_bytes} bytes'}"
    content.seek(0)
    if not content.read(HEAD_BYTES).strip(b"\0"):
        return "it begins with zeros"
    found = structure(content, size, extension) if extension in _JPEG or expected_bytes is None else Structure.UNKNOWN
    if extension in _JPEG and found is Structure.BROKEN:
        return "it does not begin and end like a JPEG"
    if expected_bytes is None:
        match found:
            case Structure.BROKEN:
                return "its structure shows that it is truncated"
            case Structure.UNKNOWN:
                return "its length is unknown, and its structure does not show whether it is complete"
            case Structure.WHOLE:
                pass
    return None


def structure(content: BinaryIO, size: int, extension: str) -> Structure:
    """What the structure of a file with this extension shows."""
    try:
        if extension in _JPEG:
            return _jpeg(content, size)
        if extension in _TIFF:
            return _tiff(content, size)
        if extension in _BOXES:
            return _boxes(content, size)
    except struct.error:
        return Structure.BROKEN
    return Structure.UNKNOWN


def _jpeg(content: BinaryIO, size: int) -> Structure:
    """WHOLE if the file ends with the end marker, or with padding after its first JPEG.

    UNKNOWN if other data follow the first JPEG (a second picture, a film, data of the manufacturer): only the size that
    the camera reported can show that they are truncated.
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
    return Structure.WHOLE if _padding_only(content, end) else Structure.UNKNOWN


def _tiff(content: BinaryIO, size: int) -> Structure:
    """WHOLE if the directories refer to picture data, and all of them are within the file."""
    pictures = False
    for values in tiff.directories(content, size, _TAGS):
        for places, lengths in _EXTENTS.items():
            pairs = list(zip(values.get(places, ()), values.get(lengths, ()), strict=False))
            pictures = pictures or bool(pairs)
            if any(begin + length > size for begin, length in pairs):
                return Structure.BROKEN
    return Structure.WHOLE if pictures else Structure.UNKNOWN


def _boxes(content: BinaryIO, size: int) -> Structure:
    """WHOLE if the outermost boxes fill the file, apart from padding, and one contains the data."""
    kinds: set[bytes] = set()
    end = 0
    try:
        for box in boxes.boxes(content, 0, size):
            kinds.add(box.kind)
            end = box.end
            if end > size:
                return Structure.BROKEN
    except struct.error:
        pass  # not a box: padding or damage
    whole = b"ftyp" in kinds and b"mdat" in kinds and _padding_only(content, end)
    return Structure.WHOLE if whole else Structure.BROKEN


def _padding_only(content: BinaryIO, begin: int) -> bool:
    """Whether only padding, or nothing, follows this position."""
    content.seek(begin)
    while piece := content.read(TAIL_BYTES):
        if piece.strip(PADDING):
            return False
    return True
