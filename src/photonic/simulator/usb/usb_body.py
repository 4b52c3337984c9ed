"""One body on a USB cable: what is due on it, which program's calls it answers, and whether it is reachable.

Theory of operation. Every input (a call, a timer) ends in ``UsbBody.pump``: it carries out what can be carried out,
shows through the node's pipe whether a URB can be reaped, and sets one timer for the earliest due time.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from photonic.simulator.controlled import ControlledBody
from photonic.simulator.faults import FaultName
from photonic.simulator.usb.device import UsbDevice
from photonic.simulator.usb.node import UsbfsNode
from photonic.simulator.usb.usb_faults import UsbFaults

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.ptp.usb_responder import UsbResponder
    from photonic.simulator.body import Body
    from photonic.simulator.journal import Journal
    from photonic.simulator.usb.bus_folder import NodeFifo
    from photonic.simulator.usb.identity import UsbIdentity
    from photonic.simulator.usb.preload import PreloadConnection
    from photonic.simulator.usb.usbfs import UsbfsFile

KERNEL_DRIVER = "usb-storage"
"""The driver that a body in mass storage mode gets."""


class UsbBody(ControlledBody):
    """One body on a USB cable. ``clock``: seconds of CLOCK_MONOTONIC."""

    def __init__(
        self,
        identity: UsbIdentity,
        body: Body,
        responder: UsbResponder,
        journal: Journal,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(body, journal, clock=clock)
        self.identity = identity
        self.cable_changed = asyncio.Event()
        """Set when the body has become reachable or unreachable; its bus clears it."""
        self._responder = responder
        self.node: UsbfsNode | None = None
        self._fifo: NodeFifo | None = None
        self._usb_faults = UsbFaults(body.faults, journal)
        self._driver_bound = False
        self._stopped = False
        self._timer: asyncio.TimerHandle | None = None

    def plugged(self) -> UsbfsNode:
        """The body is on the bus, as a device that nobody has opened."""
        self.node = UsbfsNode(UsbDevice(self.identity, self._responder), faults=self._usb_faults)
        self._driver_bound = False
        self._body.power.keep_awake(self._clock())
        return self.node

    def show(self, fifo: NodeFifo) -> None:
        """Show through this pipe whether a URB can be reaped."""
        self._fifo = fifo
        self.pump()

    def unplugged(self) -> None:
        """The cable is out: every transfer ends, and every program that has the node open can see it."""
        if self.node is not None:
            self.node.remove(self._clock())
        self.pump()
        if self._fifo is not None:
            self._fifo.close()
        self.node = self._fifo = None
        self.pump()

    @property
    def leaving(self) -> bool:
        """Whether a reset of the port has made the body leave the bus."""
        return self.node is not None and self.node.leaving

    def _bind_driver(self, node: UsbfsNode, now: float) -> None:
        """Follow the fault of the kernel's driver, which a program may detach meanwhile."""
        bound = self._body.faults.active(FaultName.KERNEL_DRIVER, now)
        if bound != self._driver_bound:
            self._driver_bound = bound
            node.driver, node.detached = KERNEL_DRIVER if bound else None, None

    @property
    def reachable(self) -> bool:
        """Whether the cable is in and the body is switched on."""
        return not self._unreachable(self._clock())

    def received(self, preload: PreloadConnection, data: bytes) -> bytes:
        """Carry out a program's calls; return the answers, after which its next poll sees the pipe as it is then."""
        answer = preload.received(data, self._clock())
        self.pump()
        return answer

    def closed(self, file: UsbfsFile) -> None:
        """A program closes the node, or ends."""
        file.close()
        self.pump()

    def stop(self) -> None:
        """Stop the body's clock for good."""
        self._stopped = True
        self._cancel_timer()

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _wake(self) -> None:
        self.pump()

    def pump(self) -> None:
        """Do what is due, and set the timer for what is not."""
        self._cancel_timer()
        now = self._clock()
        self._body.advance(now)
        if self.node is not None and self._fifo is not None:
            self._bind_driver(self.node, now)
            self.node.advance(now)
            self._fifo.set_ready(ready=self.node.has_ended)
            self._fifo.permit(allowed=not self._body.faults.active(FaultName.NO_PERMISSION, now))
            if self.node.leaving:
                self.cable_changed.set()
        if self._unreachable(now) == (self.node is not None):
            self.cable_changed.set()
        own = (self._responder.wake_at, self._usb_faults.wake_at)
        times = (self._body.next_time, *own, self._body.power.sleeps_at(now))
        due = [at for at in times if at is not None]
        if due and not self._stopped:
            self._timer = asyncio.get_running_loop().call_later(max(0.0, min(due) - self._clock()), self.pump)
