"""A Canon EOS's response to a viewfinder request, with or without a fault (libgphoto2 2.5.34, ``library.c``)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from photonic.ptp.codes import ResponseCode
from photonic.ptp.handler import NotYet, Reply
from photonic.simulator.fault_kinds import FaultName
from photonic.simulator.frame_damage import damaged

if TYPE_CHECKING:
    from photonic.simulator.body import Body
    from photonic.simulator.journal import Journal

JPEG_RECORD = 1
ENDLESS_RECORD = struct.pack("<II", 0, 0x99)
"""A record of unknown type and length 0: libgphoto2 2.5.34 loops on it endlessly."""

ZERO_RECORD = bytes(8)
"""Sent after the frame, which the library has read by then: it skips the next record by its length, which is 0."""


def viewfinder_data(body: Body, journal: Journal, now: float) -> Reply | NotYet:
    """The current frame in a record, possibly damaged by a fault."""
    if not body.viewfinder_ready(now):
        return Reply(ResponseCode.VIEWFINDER_NOT_READY)
    due_at = body.viewfinder.due_at(now)
    if due_at > now:
        return NotYet(due_at)
    jpeg = body.frame(now)
    if jpeg is None:
        return Reply(ResponseCode.VIEWFINDER_NOT_READY)
    if body.faults.strike(FaultName.ENDLESS_FRAME, now):
        journal.write(now, FaultName.ENDLESS_FRAME)
        return Reply(data=ENDLESS_RECORD + jpeg[:64])
    behind = b""
    if body.faults.strike(FaultName.ZERO_RECORD, now):
        journal.write(now, FaultName.ZERO_RECORD)
        behind = ZERO_RECORD
    jpeg = damaged(jpeg, body.faults, journal, now)
    return Reply(data=struct.pack("<II", len(jpeg) + 8, JPEG_RECORD) + jpeg + behind)
