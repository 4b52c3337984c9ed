"""The faults of a body that damage, delay or refuse its USB transfers; without I/O."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from photonic.ptp.usb_pipe import TransferEnd
from photonic.ptp.usb_responder import BulkPipe
from photonic.simulator.faults import Fault, FaultName
from photonic.simulator.usb.descriptors import BULK_IN

if TYPE_CHECKING:
    from photonic.ptp.usb_pipe import InPipe, InTransfer
    from photonic.ptp.usb_responder import UsbResponder
    from photonic.simulator.faults import Faults
    from photonic.simulator.journal import Journal

_ENDED_BY_RESET = (FaultName.WEDGED, FaultName.LASTING_HALT)
_LOST = {FaultName.PROTOCOL_ERROR: -errno.EPROTO, FaultName.BABBLE: -errno.EOVERFLOW}


class UsbFaults:
    """What the faults of a body do to its transfers; each that takes effect is in the journal."""

    def __init__(self, faults: Faults, journal: Journal) -> None:
        self._faults = faults
        self._journal = journal
        self._zero_packets_at: float | None = None

    @property
    def wake_at(self) -> float | None:
        """When a transfer that is held back can go on; ``None``: none is."""
        return self._zero_packets_at

    def silent(self, now: float) -> bool:
        """Whether no bulk or interrupt transfer is carried out."""
        return self._faults.active(FaultName.WEDGED, now) or self._faults.active(FaultName.MUTE, now)

    def prepare(self, responder: UsbResponder, now: float) -> None:
        """Put the responder into the state that the faults give it, before it is asked for anything."""
        responder.ends_messages = not self._faults.active(FaultName.NO_ZERO_PACKET, now)
        if self._faults.active(FaultName.LASTING_HALT, now):
            for pipe in BulkPipe:
                responder.halt(pipe)

    def refuse_write(self, responder: UsbResponder, now: float) -> int | None:
        """The status with which a transfer to the camera ends; ``None``: it is carried out."""
        if self._strike(FaultName.STALL_OUT, now):
            responder.halt(BulkPipe.OUT)
        elif self._strike(FaultName.PROTOCOL_ERROR, now):
            return _LOST[FaultName.PROTOCOL_ERROR]
        return None

    def fill(self, pipe: InPipe, endpoint: int, transfer: InTransfer, now: float) -> int | TransferEnd | None:
        """Move packets into a transfer; gives how it ended, perhaps a status, or ``None`` if it waits."""
        if endpoint != BULK_IN or not pipe:
            return pipe.fill(transfer)
        if self._strike(FaultName.STALL_IN, now):
            pipe.clear()
            pipe.halted = True
        end = pipe.fill(transfer, zero_packets=self._sends_zero_packets(pipe, now))
        if end is not TransferEnd.DONE or not transfer.data:
            return end
        for name, status in _LOST.items():
            if self._strike(name, now):
                transfer.data.clear()
                return status
        if self._strike(FaultName.SHORT_READ, now):
            del transfer.data[len(transfer.data) // 2 | 1 :]
            pipe.clear()
        return end

    def leaves(self, now: float) -> bool:
        """The port is reset: end the faults that this heals; whether the camera leaves the bus."""
        for name in _ENDED_BY_RESET:
            self._faults.end(name, now, "reset")
        if self._strike(FaultName.RESET_LOSES, now):
            self._faults.arm(Fault(FaultName.UNPLUG), now)
            return True
        return self._strike(FaultName.RESET_RENUMBERS, now)

    def interface_is_claimed(self, now: float) -> bool:
        """Whether another program has the interface."""
        return self._faults.active(FaultName.CLAIMED, now)

    def _sends_zero_packets(self, pipe: InPipe, now: float) -> bool:
        if self._zero_packets_at is None and pipe.ends_with_zero_packet:
            late = self._faults.strike(FaultName.LATE_ZERO_PACKET, now)
            if late is not None:
                self._journal.write(now, FaultName.LATE_ZERO_PACKET)
                self._zero_packets_at = now + late.strength
        if self._zero_packets_at is not None and now >= self._zero_packets_at:
            self._zero_packets_at = None
        return self._zero_packets_at is None

    def _strike(self, name: FaultName, now: float) -> bool:
        if self._faults.strike(name, now) is None:
            return False
        self._journal.write(now, name)
        return True
