"""JPEGs out of a stream of bytes, one behind the other, as MJPEG files and streams have them; sans-I/O.

What stands between them does not matter: of the heads of a multipart stream nothing is needed, and so it is no matter
in what form they come, whether a length is right, or whether a boundary is named at all.
"""

from __future__ import annotations

import re

from photonic.errors import ProtocolError
from photonic.model.frame import SOI
from photonic.model.jpeg import JpegWalk

PICTURE_LIMIT_BYTES = 64 * 1024 * 1024

# RFC 2046, 5.1.1, and what is sent in its place: blanks around the sign, no quotes, quotes of the other kind.
_BOUNDARY = re.compile(r";\s*boundary\s*=\s*(?:\"([^\"]*)|'([^']*)|([^;\s]*))", re.IGNORECASE)


def delimiter_of(content_type: str) -> bytes | None:
    """What stands between the parts of a multipart stream, where its content type names it.

    The dashes in front are left to two, whether the boundary was written with them or without.
    """
    found = _BOUNDARY.search(content_type)
    boundary = next(filter(None, found.groups()), "").strip().lstrip("-") if found is not None else ""
    return b"--" + boundary.encode("latin-1", "replace") if boundary else None


class JpegSplitter:
    """Bytes in, whole JPEGs out, in bounded memory: ``limit_bytes`` are the most that a picture may have.

    Bytes between pictures are passed over, and pictures that end too early: where another one begins, or where the
    ``delimiter`` is, at the beginning of a line.
    """

    def __init__(self, limit_bytes: int = PICTURE_LIMIT_BYTES, delimiter: bytes | None = None) -> None:
        self._limit_bytes = limit_bytes
        self._delimiter = None if delimiter is None else b"\n" + delimiter
        self._buffer = bytearray()
        self._walk: JpegWalk | None = None
        self._searched = 0

    @property
    def between(self) -> bool:
        """Whether no picture has been begun that is not whole yet."""
        return self._walk is None

    @property
    def buffered_bytes(self) -> int:
        """What is held of a picture that is not whole yet."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes; give the pictures that they complete. Raises ``ProtocolError``: one is too large."""
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
        """Where the next delimiter is; -1: none has come."""
        if self._delimiter is None:
            return -1
        found = self._buffer.find(self._delimiter, self._searched)
        self._searched = found if found >= 0 else max(0, len(self._buffer) - len(self._delimiter))
        return found

    def _begun(self) -> JpegWalk | None:
        start = self._buffer.find(SOI)
        if start < 0:
            # The first half of a start may be the last byte.
            del self._buffer[: max(0, len(self._buffer) - 1)]
            return None
        del self._buffer[:start]
        self._walk = JpegWalk()
        return self._walk

    def _drop(self, size_bytes: int) -> None:
        del self._buffer[:size_bytes]
        self._walk = None
        self._searched = 0
