"""Reads the stamp of a frame of the test pattern."""

from __future__ import annotations

import struct

_START_AND_STAMP = struct.Struct(">HHHQQ")
_FIXED = (0xFFD8, 0xFFFE, 2 + 8 + 8)
"""Start of image, then a comment and its length, which includes the length field itself (ITU-T T.81, B.2.4.5)."""


def stamp_of(jpeg: bytes | memoryview) -> tuple[int, int]:
    """The number and the time, in microseconds of CLOCK_MONOTONIC. Raises ``ValueError`` if there is no stamp."""
    if len(jpeg) >= _START_AND_STAMP.size:
        *fixed, number, made_us = _START_AND_STAMP.unpack_from(jpeg)
        if tuple(fixed) == _FIXED:
            return number, made_us
    raise ValueError("this JPEG is not a frame of a test pattern")
