"""What faults make of a viewfinder picture, whatever the maker of the body."""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

from photonic.simulator.fault_kinds import FaultName

if TYPE_CHECKING:
    from photonic.simulator.faults import Faults
    from photonic.simulator.journal import Journal

VAST_SIDE = 65500
"""The longest side that JPEG decoders take."""
_FRAME_HEADER = re.compile(rb"\xff[\xc0-\xc2]\x00.\x08", re.DOTALL)


def claiming(jpeg: bytes, side: int) -> bytes:
    """A picture whose header claims sides of so many pixels."""
    found = _FRAME_HEADER.search(jpeg)
    return jpeg if found is None else jpeg[: found.end()] + struct.pack(">HH", side, side) + jpeg[found.end() + 4 :]


def damaged(jpeg: bytes, faults: Faults, journal: Journal, now: float) -> bytes:
    """The picture as it leaves the camera: whole, with something behind its end, without its end, or nothing."""
    if faults.strike(FaultName.EMPTY_FRAME, now):
        journal.write(now, FaultName.EMPTY_FRAME)
        return b""
    if faults.strike(FaultName.VAST_FRAME, now):
        journal.write(now, FaultName.VAST_FRAME)
        jpeg = claiming(jpeg, VAST_SIDE)
    if truncated := faults.strike(FaultName.TRUNCATED_FRAME, now):
        jpeg = jpeg[: min(int(len(jpeg) * truncated.strength), len(jpeg) - 2)]
        journal.write(now, FaultName.TRUNCATED_FRAME, size_bytes=len(jpeg))
    if padded := faults.strike(FaultName.PADDED_FRAME, now):
        jpeg += bytes(int(padded.strength))
        journal.write(now, FaultName.PADDED_FRAME, size_bytes=len(jpeg))
    return jpeg
