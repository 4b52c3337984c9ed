"""JPEGs out of a stream of bytes, one behind the other, as MJPEG files have them; sans-I/O.

A JPEG inside another one (the thumbnail of its EXIF) is no end: segments are passed over by their length, and only
entropy-coded data are searched (ITU-T T.81, B.1.1).
"""

from __future__ import annotations

import re

from photonic.errors import ProtocolError
from photonic.model.frame import EOI, SOI

PICTURE_LIMIT_BYTES = 64 * 1024 * 1024
_SOS = 0xDA
_EOI = 0xD9
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a length: TEM, the restarts, SOI."""
_MARKER = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")
"""In entropy-coded data: neither a stuffed byte nor a restart."""


class JpegSplitter:
    """Bytes in, whole JPEGs out, in bounded memory. Bytes between pictures are passed over."""

    def __init__(self, limit_bytes: int = PICTURE_LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._buffer = bytearray()
        self._place = 0
        self._in_scan = False

    @property
    def between(self) -> bool:
        """Whether no picture has been begun that is not whole yet."""
        return self._place == 0

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes; give the pictures that they complete. Raises ``ProtocolError``: no JPEG's structure."""
        self._buffer += data
        pictures: list[bytes] = []
        while (picture := self._next()) is not None:
            pictures.append(picture)
        if len(self._buffer) > self._limit_bytes:
            raise ProtocolError(f"a picture of more than {self._limit_bytes} bytes")
        return pictures

    def _next(self) -> bytes | None:
        if self._place == 0 and not self._find_start():
            return None
        while True:
            end = self._pass_scan() if self._in_scan else self._pass_segment()
            if end is None:
                return None
            if end:
                picture = bytes(self._buffer[: self._place])
                del self._buffer[: self._place]
                self._place, self._in_scan = 0, False
                return picture

    def _find_start(self) -> bool:
        start = self._buffer.find(SOI)
        if start < 0:
            # The first half of a start may be the last byte.
            del self._buffer[: max(0, len(self._buffer) - 1)]
            return False
        del self._buffer[:start]
        self._place = len(SOI)
        return True

    def _pass_segment(self) -> bool | None:
        """Pass one marker; whether it was the end of the picture. ``None``: it is not whole yet."""
        begin = place = self._place
        if place >= len(self._buffer):
            return None
        if self._buffer[place] != 0xFF:
            raise ProtocolError("a picture without a marker where one belongs")
        while place < len(self._buffer) and self._buffer[place] == 0xFF:
            place += 1
        if place >= len(self._buffer):
            return None
        marker = self._buffer[place]
        if marker == _EOI or marker in _BARE:
            self._place = place + 1
            return marker == _EOI
        after = place + 3
        if after > len(self._buffer):
            self._place = begin
            return None
        length = int.from_bytes(self._buffer[place + 1 : after], "big")
        if marker == 0 or length < 2:
            raise ProtocolError("a picture with a segment that is none")
        self._place = place + 1 + length
        self._in_scan = marker == _SOS
        return False

    def _pass_scan(self) -> bool | None:
        found = _MARKER.search(self._buffer, self._place)
        if found is None:
            # What is searched already holds no marker, but for one whose first byte is the last.
            self._place = max(self._place, len(self._buffer) - 1)
            return None
        self._place, self._in_scan = found.start(), False
        return False


def trimmed(data: bytes) -> bytes:
    """A JPEG without the zeros that some devices fill their buffer up with behind it."""
    bare = data.rstrip(b"\0")
    return bare if bare.endswith(EOI) else data
