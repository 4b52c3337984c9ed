"""Splits a stream of bytes into JPEGs, for MJPEG files and streams; sans-I/O.

Anything between the pictures is ignored. In particular, the part headers of a multipart stream are not needed, so
malformed headers, wrong lengths and a missing boundary do no harm.
"""

from __future__ import annotations

import re

from photonic.errors import ProtocolError
from photonic.model.frame import SOI
from photonic.model.jpeg import JpegWalk

PICTURE_LIMIT_BYTES = 64 * 1024 * 1024

# RFC 2046, 5.1.1, and common deviations: blanks around the equals sign, no quotes, single quotes.
_BOUNDARY = re.compile(r";\s*boundary\s*=\s*(?:\"([^\"]*)|'([^']*)|([^;\s]*))", re.IGNORECASE)


def delimiter_of(content_type: str) -> bytes | None:
    """The delimiter between the parts of a multipart stream; ``None`` if its content type names none.

    It starts with two dashes, whether or not the boundary was written with them.
    """
    found = _BOUNDARY.search(content_type)
    boundary = next(filter(None, found.groups()), "").strip().lstrip("-") if found is not None else ""
    return b"--" + boundary.encode("latin-1", "replace") if boundary else None


class JpegSplitter:
    """Bytes in, whole JPEGs out, in bounded memory: no picture may be larger than ``limit_bytes``.

    Bytes between pictures are skipped, and so are truncated pictures: those interrupted by the start of another one, or
    by the ``delimiter`` at the beginning of a line.
    """

    def __init__(self, limit_bytes: int = PICTURE_LIMIT_BYTES, delimiter: bytes | None = None) -> None:
        self._limit_bytes = limit_bytes
        self._delimiter = None if delimiter is None else b"\n" + delimiter
        self._buffer = bytearray()
        self._walk: JpegWalk | None = None
        self._searched = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Add bytes, and return the pictures that they complete. Raises ``ProtocolError`` for one that is too large."""
        self._buffer += data
        pictures: list[bytes] = []
        while (picture := self._next()) is not None:
            pictures.append(picture)
        if len(self._buffer) > self._limit_bytes:
            raise ProtocolError(f"a picture of more than {self._limit_bytes} bytes")
        return pictures

    def _next(self) -> bytes | None:
        while (walk := self._walk or self._begun()) is not None:
            cut = self._next_delimiter()
            try:
                whole = walk.follow(self._buffer, None if cut < 0 else cut)
            except ProtocolError:
                self._drop(walk.place)
                continue
            if whole:
                picture = bytes(self._buffer[: walk.place])
                self._drop(walk.place)
                return picture
            if cut < 0:
                return None
            self._drop(cut)
        return None

    def _next_delimiter(self) -> int:
        """The position of the next delimiter; -1 if there is none yet."""
        if self._delimiter is None:
            return -1
        found = self._buffer.find(self._delimiter, self._searched)
        self._searched = found if found >= 0 else max(0, len(self._buffer) - len(self._delimiter))
        return found

    def _begun(self) -> JpegWalk | None:
        start = self._buffer.find(SOI)
        if start < 0:
            # The last byte may be the first half of a start of image.
            del self._buffer[: max(0, len(self._buffer) - 1)]
            return None
        del self._buffer[:start]
        self._walk = JpegWalk()
        return self._walk

    def _drop(self, size_bytes: int) -> None:
        del self._buffer[:size_bytes]
        self._walk = None
        self._searched = 0
