"""Baseline JPEGs whose MCU rows are independent, so that a few rows can be replaced without decoding the rest.

With a restart marker after each row of MCUs (``DRI`` = MCUs in a row; ITU T.81, B.2.4.4 and E.1.4) a row's coded bytes
depend only on the tables. So two pictures of the same width that were written with the same tables can be combined row
by row, which costs only a copy of the bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from photonic.errors import ProtocolError

SOI = b"\xff\xd8"
EOI = b"\xff\xd9"
_SOF0, _DHT, _SOS, _DQT, _DRI, _COM = 0xC0, 0xC4, 0xDA, 0xDB, 0xDD, 0xFE
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
_LONGEST_COMMENT = 0xFFFF - 2


@dataclass(frozen=True, slots=True)
class RowJpeg:
    """A parsed baseline JPEG: ``header`` is everything up to and including the scan header, ``rows`` the MCU rows.

    ``tables`` are the quantisation and Huffman tables and the components: rows can be combined if these are equal.
    ``height`` is in pixels, and need not be a multiple of a row's height.
    """

    header: bytes
    tables: tuple[bytes, ...]
    width: int
    height: int
    rows: tuple[bytes, ...]

    def to_bytes(self) -> bytes:
        """The whole JPEG."""
        return b"".join((self.header, _numbered(self.rows, 0), EOI))


class Splicer:
    """A background with a gap at ``first_row`` for ``row_count`` MCU rows, which can be filled repeatedly."""

    def __init__(self, background: RowJpeg, first_row: int, row_count: int) -> None:
        if first_row < 0 or row_count < 1 or first_row + row_count > len(background.rows):
            raise ValueError(f"no room for {row_count} rows at {first_row} in a picture of {len(background.rows)}")
        after = first_row + row_count
        self._width = background.width
        self._tables = background.tables
        self._first_row = first_row
        self._row_count = row_count
        head = _numbered(background.rows[:first_row], 0)
        self._before = background.header + (head + _restart(first_row - 1) if first_row else b"")
        tail = _numbered(background.rows[after:], after)
        self._after = (_restart(after - 1) + tail if tail else b"") + EOI

    def fill(self, strip: RowJpeg) -> bytes:
        """The background with ``strip`` in its gap.

        Raises ``ValueError`` if the strip differs in width, tables or number of rows.
        """
        if strip.width != self._width or strip.tables != self._tables:
            raise ValueError("the strip was written with another width or other tables than the background")
        if len(strip.rows) != self._row_count:
            raise ValueError(f"the strip has {len(strip.rows)} MCU rows, the gap {self._row_count}")
        return b"".join((self._before, _numbered(strip.rows, self._first_row), self._after))


def parse(jpeg: bytes) -> RowJpeg:
    """Parse a JPEG.

    Raises ``ProtocolError`` if it is not one whole baseline scan with a restart marker after each MCU row.
    """
    if jpeg[:2] != SOI or jpeg[-2:] != EOI:
        raise ProtocolError("not a complete JPEG: it does not start with FFD8 and end with FFD9")
    tables: list[bytes] = []
    frame: bytes | None = None
    interval = 0
    for code, start, end in _segments(jpeg):
        if code in (_DQT, _DHT):
            tables.append(jpeg[start - 2 : end])
        elif code == _DRI:
            interval = int.from_bytes(jpeg[start + 2 : end], "big")
        elif 0xC0 <= code <= 0xCF:
            if code != _SOF0:
                raise ProtocolError(f"JPEG of frame type {code:02X}; rows are independent only in baseline (C0)")
            frame = jpeg[start + 2 : end]
        elif code == _SOS:
            break
    else:
        raise ProtocolError("JPEG without a scan")
    if frame is None:
        raise ProtocolError("JPEG scan without a frame header")
    height, width, row_height, row_mcus, components = _geometry(frame)
    if interval != row_mcus:
        raise ProtocolError(f"restart interval {interval}, but a row has {row_mcus} MCUs")
    rows = tuple(_RESTART.split(jpeg[end:-2]))
    if len(rows) != -(-height // row_height):
        raise ProtocolError(f"{len(rows)} rows of MCUs instead of {-(-height // row_height)}")
    return RowJpeg(jpeg[:end], (*tables, components, jpeg[start:end]), width, height, rows)


def with_comment(jpeg: bytes, size_bytes: int) -> bytes:
    """``jpeg`` made ``size_bytes`` longer by comment segments after its first marker; decoders skip them.

    A segment has at least four bytes; a shorter remainder is not added.
    """
    padding: list[bytes] = []
    while size_bytes >= 4:
        text = min(size_bytes - 4, _LONGEST_COMMENT)
        padding.append(b"\xff\xfe" + (text + 2).to_bytes(2, "big") + b" " * text)
        size_bytes -= text + 4
    return b"".join((SOI, *padding, jpeg[2:]))


def with_exif(jpeg: bytes, tiff: bytes) -> bytes:
    """``jpeg`` with ``tiff`` as its Exif segment, instead of a JFIF one (Exif 2.32, 4.5.5: directly after SOI).

    Raises ``ValueError`` when it does not fit into one segment.
    """
    if len(tiff) > 0xFFFF - 8:
        raise ValueError(f"{len(tiff)} bytes of Exif do not fit into one segment")
    start = 2
    if jpeg[2:4] == b"\xff\xe0":
        start = 4 + int.from_bytes(jpeg[4:6], "big")
    return b"".join((SOI, b"\xff\xe1", (len(tiff) + 8).to_bytes(2, "big"), b"Exif\0\0", tiff, jpeg[start:]))


def _segments(jpeg: bytes) -> list[tuple[int, int, int]]:
    """Marker code, start of the length field and end of each segment up to and including the scan header."""
    found: list[tuple[int, int, int]] = []
    position = 2
    while position + 4 <= len(jpeg):
        if jpeg[position] != 0xFF:
            raise ProtocolError(f"no JPEG marker at byte {position}")
        code = jpeg[position + 1]
        start = position + 2
        end = start + int.from_bytes(jpeg[start : start + 2], "big")
        if end < start + 2 or end > len(jpeg):
            raise ProtocolError(f"JPEG segment {code:02X} at byte {position} runs past the end")
        found.append((code, start, end))
        if code == _SOS:
            break
        position = end
    return found


def _geometry(frame: bytes) -> tuple[int, int, int, int, bytes]:
    """Height, width, MCU height, MCUs in a row and the component list of a frame header (T.81, B.2.2)."""
    if len(frame) < 9 or len(frame) != 6 + 3 * frame[5]:
        raise ProtocolError("JPEG frame header with a wrong length")
    height, width = int.from_bytes(frame[1:3], "big"), int.from_bytes(frame[3:5], "big")
    sampling = [1 << 4 | 1] if frame[5] == 1 else list(frame[7::3])
    horizontal, vertical = max(each >> 4 for each in sampling), max(each & 15 for each in sampling)
    if not (height and width and horizontal and vertical):
        raise ProtocolError("JPEG frame header with a dimension or sampling factor of zero")
    return height, width, 8 * vertical, -(-width // (8 * horizontal)), frame[5:]


def _restart(row: int) -> bytes:
    """The restart marker after this row."""
    return bytes((0xFF, 0xD0 + row % 8))


def _numbered(rows: tuple[bytes, ...], first_row: int) -> bytes:
    """The rows, joined by the restart markers that their position in the picture requires."""
    parts: list[bytes] = []
    for row, coded in enumerate(rows, first_row):
        if parts:
            parts.append(_restart(row - 1))
        parts.append(coded)
    return b"".join(parts)
