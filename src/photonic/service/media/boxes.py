"""The boxes of an ISO base media file (ISO/IEC 14496-12; CR3 and HEIF are such): their kinds and places."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

BOXES_LIMIT = 4096
BYTES_LIMIT = 1 << 62
"""Of a box; no file is larger, and no file can be read behind it."""
UUID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Box:
    """What lies from byte ``begin`` to before ``end``, without the box's own head; ``end`` is the box's word."""

    kind: bytes
    begin: int
    end: int


def boxes(content: BinaryIO, begin: int, end: int) -> Iterator[Box]:
    """The boxes that lie one behind the other from ``begin`` on, up to one that claims the rest of the file.

    Raises ``struct.error`` for what is none.
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
        elif length == 0:  # to the end of the file, which a cut does not show
            return
        if not head <= length <= BYTES_LIMIT - place:
            raise struct.error("a box is shorter than its head, or longer than any file")
        yield Box(kind, place + head, place + length)
        place += length


def first(content: BinaryIO, within: Box, kind: bytes, *, after_bytes: int = 0) -> Box | None:
    """The first box of this kind in another one, of whose content ``after_bytes`` come before the boxes.

    Raises ``struct.error``.
    """
    return next((box for box in boxes(content, within.begin + after_bytes, within.end) if box.kind == kind), None)
