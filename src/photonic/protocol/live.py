"""The binary message of ``photonic.live.v1``: a 24-byte big-endian header, then the JPEG.

====== ===== ==================================================================
offset type  field
====== ===== ==================================================================
0      u8    version, 1
1      u8    flags, 0
2      u16   reserved, 0
4      u32   epoch
8      u64   sequence
16     u64   capture time, microseconds of the service host's CLOCK_MONOTONIC
====== ===== ==================================================================
"""

from __future__ import annotations

import struct

from photonic.errors import ProtocolError
from photonic.model.frame import Frame

SUBPROTOCOL = "photonic.live.v1"
VERSION = 1
HEADER = struct.Struct(">BBHIQQ")


def encode_header(frame: Frame) -> bytes:
    """The 24 bytes that stand before the frame's JPEG."""
    return HEADER.pack(VERSION, 0, 0, frame.epoch & 0xFFFFFFFF, frame.sequence, frame.captured_us)


def encode(frame: Frame) -> bytes:
    """The whole binary message; encode once per frame, send to every viewer."""
    return encode_header(frame) + frame.jpeg


def decode(message: bytes) -> Frame:
    """The frame in a binary message.

    Raises ``ProtocolError`` for a message shorter than its header or of another version. Flags and the reserved field
    are not looked at: a later service may use them.
    """
    if len(message) < HEADER.size:
        raise ProtocolError(f"live message of {len(message)} bytes is shorter than its {HEADER.size}-byte header")
    version, _flags, _reserved, epoch, sequence, captured_us = HEADER.unpack_from(message)
    if version != VERSION:
        raise ProtocolError(f"live message of version {version}; this side speaks version {VERSION}")
    return Frame(epoch, sequence, captured_us, message[HEADER.size :])
