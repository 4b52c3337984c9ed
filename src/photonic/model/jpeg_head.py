"""Reads the head of a JPEG without decoding it, to check the claimed size before any memory is allocated.

A frame of a few hundred bytes may claim 65500 x 65500 pixels. Source: ITU-T T.81, annex B (markers, frame and scan
headers).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.errors import ProtocolError
from photonic.model.frame import SOI

if TYPE_CHECKING:
    from collections.abc import Iterator

LIVE_PIXELS_LIMIT = 128_000_000
"""The limit for a live-view frame. The largest sensors have 102 million pixels, viewfinders a fiftieth of that."""
PLAUSIBLE_PIXELS = 16_000_000
PIXELS_A_BYTE = 256
"""The limit for a frame of more than ``PLAUSIBLE_PIXELS``: the six blocks of 256 pixels need at least 12 bits (T.81,
F.1.2), so an image with fewer bytes is truncated. Decoding it would still block a browser tab for seconds."""
SEGMENTS_LIMIT = 2048
"""A preview of 8 MB takes 128 segments; real files have a few hundred at most."""
KEPT_BYTES_LIMIT = 4 * 1024 * 1024
"""The limit for the segments that a decoder needs; the largest, a color profile, has 0.5 MB."""

_SOS, _EOI, _APP0, _APP1, _APP2, _ADOBE = 0xDA, 0xD9, 0xE0, 0xE1, 0xE2, 0xEE
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_TABLES = frozenset({0xC4, 0xCC, 0xDB, 0xDC, 0xDD})
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_LOSSLESS = frozenset({0xC3, 0xC7, 0xCB, 0xCF})
_EXIF, _PROFILE = b"Exif\0\0", b"ICC_PROFILE\0"


@dataclass(frozen=True, slots=True)
class JpegHead:
    """The part of a JPEG before its first scan.

    ``buffered``: a decoder keeps all coefficients in memory at once, because the image has several scans.
    ``lossless``: it contains raw data of a sensor.
    ``needed``: SOI and the segments that decoding needs, the scan header last. ``exif``: the first Exif segment with
    its identifier; ``None``: there is none. ``scan_at``: the offset of the entropy-coded data.
    """

    width: int
    height: int
    components: int
    buffered: bool
    lossless: bool
    needed: bytes
    exif: bytes | None
    scan_at: int

    @property
    def pixels(self) -> int:
        """The number of pixels that the head claims."""
        return self.width * self.height


def read_head(jpeg: bytes | memoryview) -> JpegHead:
    """Read the head of a JPEG. Raises ``ProtocolError`` if it is truncated, too long or not a JPEG."""
    needed = bytearray(SOI)
    frame: tuple[int, int, int, int] | None = None
    exif: bytes | None = None
    for marker, begin, end in _segments(jpeg):
        if marker in _FRAMES:
            if frame is not None:
                raise ProtocolError("JPEG with two frame headers")
            frame = (marker, *_frame(jpeg, begin, end))
        elif marker == _APP1 and exif is None and bytes(jpeg[begin : begin + len(_EXIF)]) == _EXIF:
            exif = bytes(jpeg[begin:end])
        if _is_needed(jpeg, marker, begin):
            needed += jpeg[begin - 4 : end]
            if len(needed) > KEPT_BYTES_LIMIT:
                raise ProtocolError(f"JPEG with a head of more than {KEPT_BYTES_LIMIT} bytes")
        if marker == _SOS:
            if frame is None or begin == end:
                raise ProtocolError("JPEG without a frame header")
            kind, width, height, components = frame
            buffered = kind in _PROGRESSIVE or jpeg[begin] < components
            return JpegHead(width, height, components, buffered, kind in _LOSSLESS, bytes(needed), exif, end)
    raise ProtocolError("JPEG without a scan")


def is_showable(jpeg: bytes | bytearray | memoryview) -> bool:
    """Whether a frame claims at most ``LIVE_PIXELS_LIMIT`` pixels, and no more than its bytes can encode.

    True if the frame has no readable size. Reads only a few markers, so that it can be called for every frame.
    """
    try:
        for marker, begin, end in _segments(jpeg):
            if marker in _FRAMES:
                width, height, _components = _frame(jpeg, begin, end)
                pixels = width * height
                held = max(PLAUSIBLE_PIXELS, PIXELS_A_BYTE * len(jpeg))
                return pixels <= min(LIVE_PIXELS_LIMIT, held)
    except ProtocolError:
        pass
    return True


def _segments(jpeg: bytes | bytearray | memoryview) -> Iterator[tuple[int, int, int]]:
    """Yield marker, begin and end of the content of each segment, up to and including the first scan header.

    Raises ``ProtocolError``.
    """
    place = len(SOI)
    if jpeg[:place] != SOI:
        raise ProtocolError("not a JPEG: the start marker is missing")
    for _segment in range(SEGMENTS_LIMIT):
        if place + 4 > len(jpeg) or jpeg[place] != 0xFF:
            raise ProtocolError("JPEG without a marker where one is expected")
        marker = jpeg[place + 1]
        if marker == 0xFF:  # fill bytes may precede a marker
            place += 1
            continue
        if marker in _BARE:
            place += 2
            continue
        end = place + 2 + (jpeg[place + 2] << 8 | jpeg[place + 3])
        if marker in {0, _EOI} or end < place + 4 or end > len(jpeg):
            raise ProtocolError("JPEG with an invalid segment")
        yield marker, place + 4, end
        if marker == _SOS:
            return
        place = end
    raise ProtocolError(f"JPEG with more than {SEGMENTS_LIMIT} segments")


def _frame(jpeg: bytes | bytearray | memoryview, begin: int, end: int) -> tuple[int, int, int]:
    """Width, height and components of a frame header."""
    if end - begin < 6:
        raise ProtocolError("JPEG with a truncated frame header")
    return jpeg[begin + 3] << 8 | jpeg[begin + 4], jpeg[begin + 1] << 8 | jpeg[begin + 2], jpeg[begin + 5]


def _is_needed(jpeg: bytes | memoryview, marker: int, begin: int) -> bool:
    if marker == _APP2:
        return bytes(jpeg[begin : begin + len(_PROFILE)]) == _PROFILE
    return marker in _FRAMES or marker in _TABLES or marker in {_SOS, _APP0, _ADOBE}
