"""The binary message of ``photonic.live.v1``: a 24-byte big-endian header, then the JPEG.

====== ===== ==================================================================
offset type  field
====== ===== ==================================================================
0      u8    version, 1
1      u8    flags: bits 0-1 the scale (0 full, 1 half, 2 quarter), the others 0
2      u16   reserved, 0
4      u32   epoch
8      u64   sequence
16     u64   capture time, microseconds of the service host's CLOCK_MONOTONIC
====== ===== ==================================================================
"""

from __future__ import annotations

import struct
from typing import Protocol

from photonic.errors import ProtocolError
from photonic.model.frame import Frame, Scale

SUBPROTOCOL = "photonic.live.v1"
VERSION = 1
HEADER = struct.Struct(">BBHIQQ")
SCALE_BITS = 0b11
_SCALES = {scale.exponent: scale for scale in Scale}


class Numbered(Protocol):
    """A frame's position in its stream, without the image."""

    @property
    def epoch(self) -> int:
        """See ``Frame``."""
        ...

    @property
    def sequence(self) -> int:
        """See ``Frame``."""
        ...

    @property
    def captured_us(self) -> int:
        """See ``Frame``."""
        ...

    @property
    def scale(self) -> Scale:
        """See ``Frame``."""
        ...


def encode_header(frame: Numbered) -> bytes:
    """Encode the 24 bytes that precede the frame's JPEG."""
    epoch = frame.epoch & 0xFFFFFFFF
    return HEADER.pack(VERSION, frame.scale.exponent, 0, epoch, frame.sequence, frame.captured_us)


def encode(frame: Frame) -> bytes:
    """Encode the whole binary message, once per frame for all viewers."""
    return encode_header(frame) + frame.jpeg


def decode(message: bytes) -> Frame:
    """Decode a binary message.

    Raises ``ProtocolError`` for a message shorter than its header or of another version. Other flags and the reserved
    field are ignored: a later service may use them.
    """
    if len(message) < HEADER.size:
        raise ProtocolError(f"live message of {len(message)} bytes is shorter than its {HEADER.size}-byte header")
    version, flags, _reserved, epoch, sequence, captured_us = HEADER.unpack_from(message)
    if version != VERSION:
        raise ProtocolError(f"live message of version {version}; this program supports only version {VERSION}")
    return Frame(epoch, sequence, captured_us, message[HEADER.size :], _SCALES.get(flags & SCALE_BITS, Scale.FULL))
