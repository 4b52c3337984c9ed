"""Finds the end of a JPEG (ITU-T T.81, annex B) that may be followed by other bytes.

Cameras and streams add padding: zeros up to a block, a line end, a second image. The first FFD9 does not prove the end
(the thumbnail in the Exif segment has one), nor does the last (garbage may contain one). So segments are skipped by
their length, and only entropy-coded data are searched, in which FF00 is a stuffed byte and FFD0 to FFD7 are restarts.
Between segments everything except a marker is skipped, as in libjpeg (``next_marker`` in its ``jdmarker.c``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from photonic.errors import ProtocolError
from photonic.model.frame import SOI, is_whole_jpeg

if TYPE_CHECKING:
    from typing import BinaryIO

MARKERS_LIMIT = 20_000
"""A photo has a few dozen. Each takes time to process, so a corrupt file must not have millions."""

READ_BYTES = 256 * 1024
_SOS = 0xDA
_EOI = 0xD9
_SOI = 0xD8
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
"""Markers without a length: TEM and the restarts."""

# Matches a single FF, although a marker may follow any number of them: FF+ would take quadratic time on a long run.
_AFTER_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_MARKER = re.compile(rb"\xff[^\x00\xff]")


class JpegWalk:
    """Walks through one JPEG from its start marker to its end.

    ``place`` is the current position in the caller's buffer. It may be beyond the end of the buffer, within a segment
    that has not arrived yet. A caller that drops bytes from the front must reduce ``place`` by their number.
    """

    def __init__(self) -> None:
        self.place: int = len(SOI)
        self._in_scan = False
        self._markers = 0

    def follow(self, data: bytes | bytearray, end: int | None = None) -> bool:
        """Continue through ``data``, up to ``end`` (``None``: to its end).

        Returns whether the end of the JPEG was found; it is then at ``place``. Raises ``ProtocolError`` if the data are
        not a valid JPEG from ``place`` on, or if another one begins there.
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
        """Pass one marker; return whether it ended the image. ``None``: the segment is still incomplete."""
        found = _MARKER.search(data, self.place, size)
        if found is None:
            self.place = max(self.place, size - 1)
            return None
        self.place = at = found.start()
        marker = data[at + 1]
        if marker == _SOI:
            raise ProtocolError("a JPEG begins inside another one")
        if marker == _EOI or marker in _BARE:
            self.place = at + 2
            self._count()
            return marker == _EOI
        if at + 4 > size:
            return None
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if length < 2:
            raise ProtocolError("JPEG segment with an invalid length")
        self.place = at + 2 + length
        self._in_scan = marker == _SOS
        self._count()
        return False

    def _pass_scan(self, data: bytes | bytearray, size: int) -> bool | None:
        found = _AFTER_SCAN.search(data, self.place, size)
        if found is None:
            # The searched data contain no marker, unless the last byte is the first byte of one.
            self.place = max(self.place, size - 1)
            return None
        self.place, self._in_scan = found.start(), False
        return False

    def _count(self) -> None:
        self._markers += 1
        if self._markers > MARKERS_LIMIT:
            raise ProtocolError(f"JPEG with more than {MARKERS_LIMIT} markers")


def whole_jpeg(data: bytes) -> bytes | None:
    """Return the JPEG at the start of ``data``, without anything after its end; ``None``: there is no complete JPEG.

    ``data`` that ends with the end marker is returned without further checks, because nearly every frame does.
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
    """Return the offset after the JPEG at the start of a file; ``None``: there is no complete JPEG.

    Reads up to that offset, and keeps at most ``READ_BYTES`` in memory.
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
