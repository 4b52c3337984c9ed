"""The boxes of an ISO base media file (ISO/IEC 14496-12), such as CR3 and HEIF: their types and positions."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

BOXES_LIMIT = 4096
BYTES_LIMIT = 1 << 62
"""The limit for a box; no file is that large."""
UUID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Box:
    """A box whose content is from byte ``begin`` up to ``end`` (exclusive), as its header declares."""

    kind: bytes
    begin: int
    end: int


def boxes(content: BinaryIO, begin: int, end: int) -> Iterator[Box]:
    """The consecutive boxes from ``begin`` to ``end``, up to one that extends to the end of the file.

    Raises ``struct.error`` for anything that is not a box.
    """
    place = begin
    for _box in range(BOXES_LIMIT):
        if place >= end:
            return
        content.seek(place)
        head = 8
        length, kind = struct.unpack(">I4s", content.read(8))
        if length == 1:
            head = 16
            (length,) = struct.unpack(">Q", content.read(8))
        elif length == 0:  # it extends to the end of the file, so a truncated file cannot be recognized
            return
        if not head <= length <= BYTES_LIMIT - place:
            raise struct.error("a box is shorter than its header, or longer than any file")
        yield Box(kind, place + head, place + length)
        place += length


def first(content: BinaryIO, within: Box, kind: bytes, *, after_bytes: int = 0) -> Box | None:
    """The first box of this kind inside another one, whose boxes begin ``after_bytes`` after its own header.

    Raises ``struct.error``.
    """
    return next((box for box in boxes(content, within.begin + after_bytes, within.end) if box.kind == kind), None)
