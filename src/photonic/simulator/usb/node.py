"""A device on the bus as usbfs sees it, without I/O: who has claimed its interface, the URBs, and how they end.

Theory of operation. A ``UsbfsNode`` is one device on the bus; a ``NodeOpener`` is one program that has opened it. A
submitted URB waits in the node, in the order of submission, until ``advance`` can carry it out: a control URB at once,
an OUT transfer when the camera accepts it, an IN transfer when its pipe ends it. Then it waits at its opener until it
is reaped; only reaping writes to the program's memory. A device that is gone ends every URB with ESHUTDOWN, and refuses
all further calls with ENODEV, except that ended URBs can still be reaped.
"""

from __future__ import annotations

import errno
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from photonic.ptp.usb_pipe import InTransfer, TransferEnd
from photonic.simulator.faults import Faults
from photonic.simulator.journal import Journal
from photonic.simulator.usb.device import SETUP_BYTES, ControlSetup
from photonic.simulator.usb.urb import ZERO_PACKET_FLAG, Urb, UrbType
from photonic.simulator.usb.usb_faults import UsbFaults

if TYPE_CHECKING:
    from photonic.simulator.usb.device import UsbDevice

_ENDS = {TransferEnd.DONE: 0, TransferEnd.STALLED: -errno.EPIPE, TransferEnd.OVERFLOW: -errno.EOVERFLOW}


@dataclass(eq=False, slots=True)
class NodeOpener:
    """One program that has opened the node, with its URBs that have ended and are not reaped."""

    ended: deque[Urb] = field(default_factory=deque[Urb])


class UsbfsNode:
    """One device on the bus.

    ``driver``: the kernel's driver that is bound to its interface; ``None``: none. ``detached``: the one that a program
    has detached. ``gone``: nothing can be done with the device any more. ``leaving``: a reset of the port has made it
    leave the bus, which the bus carries out.

    Args:
        device: The camera.
        driver: See above.
        faults: What its faults do to transfers; ``None``: it has none.
    """

    def __init__(self, device: UsbDevice, *, driver: str | None = None, faults: UsbFaults | None = None) -> None:
        self.device = device
        self.driver = driver
        self.detached: str | None = None
        self.gone = False
        self.leaving = False
        self._faults = faults or UsbFaults(Faults(), Journal())
        self.claimed_by: NodeOpener | None = None
        self._openers: list[NodeOpener] = []
        self._waiting: list[tuple[NodeOpener, Urb]] = []

    @property
    def has_ended(self) -> bool:
        """Whether a URB can be reaped; always for a device that is gone."""
        return self.gone or any(opener.ended for opener in self._openers)

    def open(self) -> NodeOpener:
        """A program opens the node."""
        opener = NodeOpener()
        self._openers.append(opener)
        return opener

    def close(self, opener: NodeOpener) -> None:
        """A program closes the node, or dies: its URBs and its claim are gone, the camera's session stays."""
        self._waiting = [pair for pair in self._waiting if pair[0] is not opener]
        self._openers = [other for other in self._openers if other is not opener]
        if self.claimed_by is opener:
            self.claimed_by = None

    def submit(self, opener: NodeOpener, block: Urb, now: float) -> None:
        """Begin a transfer."""
        self._waiting.append((opener, block))
        self.advance(now)

    def discard(self, opener: NodeOpener, address: int) -> bool:
        """End a transfer that still waits; ``False``: there is none at this address."""
        for pair in self._waiting:
            if pair[0] is opener and pair[1].address == address:
                self._waiting.remove(pair)
                self._end(*pair, -errno.ENOENT)
                return True
        return False

    def advance(self, now: float) -> None:
        """Carry out what can be carried out: after a submission, and whenever the camera may have an answer."""
        if self.gone:
            return
        responder = self.device.responder
        self._faults.prepare(responder, now)
        responder.wake(now)
        changed = True
        while changed:
            changed = False
            blocked: set[int] = set()
            for pair in tuple(self._waiting):
                opener, block = pair
                status = None if block.endpoint in blocked else self._carry_out(block, now)
                if status is None:
                    blocked.add(block.endpoint)
                    continue
                self._waiting.remove(pair)
                self._end(opener, block, status)
                changed = True

    @property
    def wake_at(self) -> float | None:
        """When a transfer that is held back can go on; ``None``: none is."""
        return self._faults.wake_at

    def claimed_by_others(self, opener: NodeOpener, now: float) -> bool:
        """Whether another program than this one has the interface."""
        return self.claimed_by is not opener and (self.claimed_by is not None or self._faults.interface_is_claimed(now))

    def reset(self, now: float) -> bool:
        """Reset the port: the camera forgets its host, and every transfer ends; the address and the claim stay.

        Returns whether the camera stays on the bus.
        """
        self.device.responder.reset(now)
        self._end_all(-errno.ESHUTDOWN)
        self.gone = self.leaving = self._faults.leaves(now)
        return not self.gone

    def remove(self, now: float) -> None:
        """The cable is out."""
        self.device.responder.reset(now)
        self._end_all(-errno.ESHUTDOWN)
        self.gone = True
        self.claimed_by = None

    def _end_all(self, status: int) -> None:
        waiting, self._waiting = self._waiting, []
        for opener, block in waiting:
            self._end(opener, block, status)

    @staticmethod
    def _end(opener: NodeOpener, block: Urb, status: int) -> None:
        block.status = status
        opener.ended.append(block)

    def _carry_out(self, block: Urb, now: float) -> int | None:
        """Return the status with which a URB ends; ``None``: it waits."""
        if block.type is UrbType.CONTROL:
            return self._control(block, now)
        if self._faults.silent(now):
            return None
        if block.transfer is None:
            return self._write(block, now)
        pipe = self.device.in_pipe(block.endpoint)
        end = None if pipe is None else self._faults.fill(pipe, block.endpoint, block.transfer, now)
        return _ENDS[end] if isinstance(end, TransferEnd) else end

    def _write(self, block: Urb, now: float) -> int | None:
        responder = self.device.responder
        if not responder.accepts:
            return None
        if (status := self._faults.refuse_write(responder, now)) is not None:
            return status
        if not responder.written(block.data, now):
            return -errno.EPIPE
        if block.flags & ZERO_PACKET_FLAG and responder.accepts:
            responder.written(b"", now)
        block.sent_bytes = len(block.data)
        return 0

    def _control(self, block: Urb, now: float) -> int:
        setup = ControlSetup.unpack(block.data)
        answer = self.device.control(setup, block.data[SETUP_BYTES:], now)
        if answer is None:
            return -errno.EPIPE
        if setup.reads:
            block.transfer = InTransfer(setup.length, bytearray(answer))
        else:
            block.sent_bytes = setup.length
        return 0
