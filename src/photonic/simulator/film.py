"""A film on the simulated card: of any size, generated only where it is read."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from photonic.ptp.codes import ObjectFormat
from photonic.simulator.card import Photo

if TYPE_CHECKING:
    from datetime import datetime

_FTYP = struct.pack(">I4s4sI", 16, b"ftyp", b"qt  ", 0)
_HEAD_BYTES = len(_FTYP) + 8
_WORD = 8
SMALLEST_BYTES = 1024


def film(number: int, size_bytes: int, taken_at: datetime) -> Photo:
    """Film ``number``: a QuickTime file in which every eight bytes of data encode their own offset."""
    head = _FTYP + struct.pack(">I4s", size_bytes - len(_FTYP), b"mdat")

    def part(offset: int, size: int) -> bytes:
        end = min(size_bytes, offset + size)
        first, last = offset // _WORD, -(-end // _WORD)
        words = np.arange(first, last, dtype=np.uint64) + np.uint64(number << 48)
        data = words.astype(">u8").tobytes()[offset - first * _WORD : end - first * _WORD]
        return head[offset:end] + data[max(0, _HEAD_BYTES - offset) :] if offset < _HEAD_BYTES else data

    return Photo(
        f"MVI_{number:04d}.MOV", ObjectFormat.QUICKTIME, size_bytes, taken_at, lambda: part(0, size_bytes), bytes, part
    )
