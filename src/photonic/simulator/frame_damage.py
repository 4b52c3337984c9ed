"""Damages viewfinder frames as the faults demand, for bodies of all makers."""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

from photonic.simulator.fault_kinds import FaultName

if TYPE_CHECKING:
    from photonic.simulator.faults import Faults
    from photonic.simulator.journal import Journal

VAST_SIDE = 65500
"""The longest side that JPEG decoders accept."""
_FRAME_HEADER = re.compile(rb"\xff[\xc0-\xc2]\x00.\x08", re.DOTALL)


def with_claimed_side(jpeg: bytes, side: int) -> bytes:
    """The JPEG with a header that claims sides of ``side`` pixels."""
    found = _FRAME_HEADER.search(jpeg)
    return jpeg if found is None else jpeg[: found.end()] + struct.pack(">HH", side, side) + jpeg[found.end() + 4 :]


def damaged(jpeg: bytes, faults: Faults, journal: Journal, now: float) -> bytes:
    """The frame as it leaves the camera: whole, padded, truncated, or empty."""
    if faults.strike(FaultName.EMPTY_FRAME, now):
        journal.write(now, FaultName.EMPTY_FRAME)
        return b""
    if faults.strike(FaultName.VAST_FRAME, now):
        journal.write(now, FaultName.VAST_FRAME)
        jpeg = with_claimed_side(jpeg, VAST_SIDE)
    if truncated := faults.strike(FaultName.TRUNCATED_FRAME, now):
        jpeg = jpeg[: min(int(len(jpeg) * truncated.strength), len(jpeg) - 2)]
        journal.write(now, FaultName.TRUNCATED_FRAME, size_bytes=len(jpeg))
    if padded := faults.strike(FaultName.PADDED_FRAME, now):
        jpeg += bytes(int(padded.strength))
        journal.write(now, FaultName.PADDED_FRAME, size_bytes=len(jpeg))
    return jpeg
