"""JPEGs out of a stream of bytes, one behind the other, as MJPEG files have them; sans-I/O."""

from __future__ import annotations

from photonic.errors import ProtocolError
from photonic.model.frame import SOI
from photonic.model.jpeg import JpegWalk

PICTURE_LIMIT_BYTES = 64 * 1024 * 1024


class JpegSplitter:
    """Bytes in, whole JPEGs out, in bounded memory. Bytes between pictures are passed over."""

    def __init__(self, limit_bytes: int = PICTURE_LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._buffer = bytearray()
        self._walk: JpegWalk | None = None

    @property
    def between(self) -> bool:
        """Whether no picture has been begun that is not whole yet."""
        return self._walk is None

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
        walk = self._walk or self._begun()
        if walk is None or not walk.follow(self._buffer):
            return None
        picture = bytes(self._buffer[: walk.place])
        del self._buffer[: walk.place]
        self._walk = None
        return picture

    def _begun(self) -> JpegWalk | None:
        start = self._buffer.find(SOI)
        if start < 0:
            # The first half of a start may be the last byte.
            del self._buffer[: max(0, len(self._buffer) - 1)]
            return None
        del self._buffer[:start]
        self._walk = JpegWalk()
        return self._walk
