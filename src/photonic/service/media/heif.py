"""The Exif block of a HEIF file (ISO/IEC 23008-12, annex A.2; ISO/IEC 14496-12, 8.11: ``iinf`` and ``iloc``)."""

from __future__ import annotations

import io
import struct
from typing import BinaryIO

from photonic.service.media.boxes import Box, boxes, first

TABLE_BYTES_LIMIT = 256 * 1024
_FULL = 4
"""The bytes of version and flags at the beginning of a full box."""


def exif_block(content: BinaryIO, meta: Box, limit_bytes: int) -> bytes:
    """The first ``limit_bytes`` of the TIFF structure that the ``meta`` box refers to; empty if there is none.

    Raises ``struct.error`` if the file is damaged.
    """
    information = first(content, meta, b"iinf", after_bytes=_FULL)
    location = first(content, meta, b"iloc", after_bytes=_FULL)
    if information is None or location is None:
        return b""
    item = _exif_item(content, information)
    extent = None if item is None else _extent(_Table(content, location), item)
    if extent is None:
        return b""
    place, length = extent
    if place > content.seek(0, io.SEEK_END):
        raise struct.error("the position of the Exif block is beyond the end of the file")
    content.seek(place)
    (ahead,) = struct.unpack(">I", content.read(4))
    content.seek(place + 4 + ahead)
    return content.read(max(0, min(length - 4 - ahead, limit_bytes)))


def _exif_item(content: BinaryIO, information: Box) -> int | None:
    content.seek(information.begin)
    version = content.read(_FULL)[:1]
    entries = _FULL + (2 if version == b"\0" else 4)
    for box in boxes(content, information.begin + entries, information.end):
        content.seek(box.begin)
        kind = content.read(1)
        content.read(_FULL - 1)
        form = {b"\2": ">HH4s", b"\3": ">IH4s"}.get(kind)
        if box.kind == b"infe" and form is not None:
            item, _protection, item_type = struct.unpack(form, content.read(struct.calcsize(form)))
            if item_type == b"Exif":
                return item
    return None


class _Table:
    """The content of an ``iloc`` box, read one number at a time."""

    def __init__(self, content: BinaryIO, box: Box) -> None:
        content.seek(box.begin)
        self._data = io.BytesIO(content.read(min(box.end - box.begin, TABLE_BYTES_LIMIT)))

    def number(self, size_bytes: int) -> int:
        """The next number; 0 for a size of 0 bytes. Raises ``struct.error`` at the end."""
        data = self._data.read(size_bytes)
        if len(data) < size_bytes:
            raise struct.error("a table is truncated")
        return int.from_bytes(data, "big")


def _extent(table: _Table, wanted: int) -> tuple[int, int] | None:
    """Position and length of an item that is one contiguous part of this file; ``None`` for any other."""
    version = table.number(1)
    table.number(_FULL - 1)
    sizes = table.number(2)
    offset_bytes, length_bytes, base_bytes, index_bytes = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    if length_bytes == 0:  # otherwise four billion empty extents could follow
        return None
    wide = 4 if version >= 2 else 2
    for _item in range(table.number(wide)):
        item = table.number(wide)
        method = table.number(2) & 15 if version >= 1 else 0
        table.number(2)  # the data reference; in practice always this file
        base = table.number(base_bytes)
        extents: list[tuple[int, int]] = []
        for _extent in range(table.number(2)):
            table.number(index_bytes if version >= 1 else 0)
            extents.append((base + table.number(offset_bytes), table.number(length_bytes)))
        if item == wanted:
            return extents[0] if method == 0 and len(extents) == 1 else None
    return None
