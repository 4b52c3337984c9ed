"""Where a JPEG ends (ITU-T T.81, annex B), in bytes that may go on behind it.

Cameras and streams pad: zeros up to a block, a line end, a second picture. The first FFD9 is no proof of the end (the
thumbnail inside the Exif segment has one), nor is the last (a padding of garbage may hold one). So segments are passed
over by their length, and only entropy-coded data are searched, in which FF00 is a stuffed byte and FFD0 to FFD7 are
restarts. Between segments anything but a marker is skipped, as libjpeg does (``next_marker`` in its ``jdmarker.c``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from photonic.errors import ProtocolError
from photonic.model.frame import SOI, is_whole_jpeg

if TYPE_CHECKING:
    from typing import BinaryIO

MARKERS_LIMIT = 20_000
"""A photo has a few dozen; each costs a step of the interpreter, so that damage must not bring millions."""

READ_BYTES = 256 * 1024
_SOS = 0xDA
_EOI = 0xD9
_SOI = 0xD8
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers without a length: TEM and the restarts."""

# One FF only, although any number of them may stand before a marker: with FF+ a long run would cost its square.
_AFTER_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_MARKER = re.compile(rb"\xff[^\x00\xff]")


class JpegWalk:
    """Follows one JPEG, which begins with its start marker, to its end.

    ``place`` is how far it has come in the caller's buffer; it may lie beyond the buffer's end, by the length of a
    segment that has not come yet. A caller that drops bytes from the front takes as much off ``place``.
    """

    def __init__(self) -> None:
        self.place: int = len(SOI)
        self._in_scan = False
        self._markers = 0

    def follow(self, data: bytes | bytearray, end: int | None = None) -> bool:
        """Go on as far as ``data`` reaches, up to ``end`` (``None``: all of it).

        Returns whether the end was found, which is before ``place`` then. Raises ``ProtocolError``: this is not built
        as a JPEG is, from ``place`` on; or another one begins there.
        """
        size = len(data) if end is None else end
        while self.place < size:
            ended = self._pass_scan(data, size) if self._in_scan else self._pass_segment(data, size)
            if ended is None:
                return False
            if ended:
                return True
        return False

    def _pass_segment(self, data: bytes | bytearray, size: int) -> bool | None:
        """Pass one marker; whether it was the end of the picture. ``None``: it is not whole yet."""
        found = _MARKER.search(data, self.place, size)
        if found is None:
            self.place = max(self.place, size - 1)
            return None
        self.place = at = found.start()
        marker = data[at + 1]
        if marker == _SOI:
            raise ProtocolError("a picture begins before the one before it has ended")
        if marker == _EOI or marker in _BARE:
            self.place = at + 2
            self._count()
            return marker == _EOI
        if at + 4 > size:
            return None
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if length < 2:
            raise ProtocolError("a picture with a segment that has no length")
        self.place = at + 2 + length
        self._in_scan = marker == _SOS
        self._count()
        return False

    def _pass_scan(self, data: bytes | bytearray, size: int) -> bool | None:
        found = _AFTER_SCAN.search(data, self.place, size)
        if found is None:
            # What is searched already holds no marker, but for one whose first byte is the last.
            self.place = max(self.place, size - 1)
            return None
        self.place, self._in_scan = found.start(), False
        return False

    def _count(self) -> None:
        self._markers += 1
        if self._markers > MARKERS_LIMIT:
            raise ProtocolError(f"a picture with more than {MARKERS_LIMIT} markers")


def whole_jpeg(data: bytes) -> bytes | None:
    """The JPEG that ``data`` begins with, cut behind its end; ``None``: none, or not all of it.

    ``data`` that ends with the end marker is given back as it is, unread: that is how nearly every frame comes.
    """
    if is_whole_jpeg(data):
        return data
    if not data.startswith(SOI):
        return None
    walk = JpegWalk()
    try:
        return data[: walk.place] if walk.follow(data) else None
    except ProtocolError:
        return None


def end_of_jpeg(content: BinaryIO) -> int | None:
    """Behind which byte of a file its first JPEG ends; ``None``: it begins with none, or with a part of one.

    Reads up to that end, and keeps no more than ``READ_BYTES`` at a time.
    """
    content.seek(0)
    if content.read(len(SOI)) != SOI:
        return None
    walk, buffer, passed = JpegWalk(), bytearray(SOI), 0
    try:
        while piece := content.read(READ_BYTES):
            buffer += piece
            if walk.follow(buffer):
                return passed + walk.place
            done = min(walk.place, len(buffer))
            del buffer[:done]
            walk.place -= done
            passed += done
    except ProtocolError:
        pass
    return None
