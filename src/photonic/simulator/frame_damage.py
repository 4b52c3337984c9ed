"""What faults make of a viewfinder picture, whatever the maker of the body."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.simulator.fault_kinds import FaultName

if TYPE_CHECKING:
    from photonic.simulator.faults import Faults
    from photonic.simulator.journal import Journal


def damaged(jpeg: bytes, faults: Faults, journal: Journal, now: float) -> bytes:
    """The picture as it leaves the camera: whole, with something behind its end, without its end, or nothing."""
    if faults.strike(FaultName.EMPTY_FRAME, now):
        journal.write(now, FaultName.EMPTY_FRAME)
        return b""
    if truncated := faults.strike(FaultName.TRUNCATED_FRAME, now):
        jpeg = jpeg[: min(int(len(jpeg) * truncated.strength), len(jpeg) - 2)]
        journal.write(now, FaultName.TRUNCATED_FRAME, size_bytes=len(jpeg))
    if padded := faults.strike(FaultName.PADDED_FRAME, now):
        jpeg += bytes(int(padded.strength))
        journal.write(now, FaultName.PADDED_FRAME, size_bytes=len(jpeg))
    return jpeg
