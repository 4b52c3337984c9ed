"""The simulated USB bus: its folder, the sockets of its device nodes, and its clock.

Theory of operation. Everything runs in one event loop. A device that is plugged in gets its socket first, then its
node, then its names in sysfs, and last the message of udev; a device whose cable is pulled loses them the other way
round. The preload library ends a program whose socket is closed or that finds a name without a listener; so the
sockets of programs that have the node open stay until the programs close them, and answer ENODEV, and the listener
stays for some seconds.

Every input (a call, a timer) ends in ``UsbBody.pump``: it carries out what can be carried out, shows through the
node's pipe whether a URB can be reaped, and sets one timer for the earliest due time.
"""

from __future__ import annotations

import asyncio
import time
from itertools import count, cycle, islice
from typing import TYPE_CHECKING, Self

from photonic.errors import BadInput, ProtocolError
from photonic.simulator.controlled import ControlledBody
from photonic.simulator.usb.bus_folder import NodeFifo
from photonic.simulator.usb.device import UsbDevice
from photonic.simulator.usb.identity import UsbSpeed
from photonic.simulator.usb.node import UsbfsNode
from photonic.simulator.usb.preload import PreloadConnection
from photonic.simulator.usb.sysfs import UsbPlace, device_entries, properties, root_hub_entries
from photonic.simulator.usb.uevent import UeventAction, pack_uevent
from photonic.simulator.usb.usbfs import UsbfsFile

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from photonic.ptp.usb_responder import UsbResponder
    from photonic.simulator.body import Body
    from photonic.simulator.journal import Journal
    from photonic.simulator.usb.bus_folder import BusFolder
    from photonic.simulator.usb.identity import UsbIdentity

NUMBERS = range(2, 128)
"""Of devices, given out in turn, as the kernel does; the root hub has 1."""

LISTENS_ON_SECONDS = 5.0
"""How long the socket of a device that is gone still listens: a program may have opened the node just before."""


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
        self._stopped = False
        self._timer: asyncio.TimerHandle | None = None

    def plugged(self) -> UsbfsNode:
        """The body is on the bus, as a device that nobody has opened."""
        self.node = UsbfsNode(UsbDevice(self.identity, self._responder))
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
    def reachable(self) -> bool:
        """Whether the cable is in and the body is switched on."""
        return not self._unreachable(self._clock())

    def received(self, preload: PreloadConnection, data: bytes) -> bytes:
        """Carry out a program's calls; return the answers, after which its next poll sees the pipe as it is then."""
        answer = preload.received(data, self._clock())
        self.pump()
        return answer

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
            self.node.advance(now)
            self._fifo.set_ready(ready=self.node.has_ended)
        if self._unreachable(now) == (self.node is not None):
            self.cable_changed.set()
        times = (self._body.next_time, self._responder.wake_at, self._body.power.sleeps_at(now))
        due = [at for at in times if at is not None]
        if due and not self._stopped:
            self._timer = asyncio.get_running_loop().call_later(max(0.0, min(due) - self._clock()), self.pump)


class NodeConnection(asyncio.Protocol):
    """One program that has the node open."""

    def __init__(self, body: UsbBody, node: UsbfsNode) -> None:
        self._body = body
        self._file = UsbfsFile(node)
        self._preload = PreloadConnection(self._file)
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._transport is None:
            return
        try:
            answer = self._body.received(self._preload, data)
        except ProtocolError:
            self._transport.abort()
            raise
        self._transport.write(answer)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._file.close()
        self._body.pump()


class SimulatedBus:
    """One bus with a root hub of this speed, inside its ``async with`` block; bodies come and go meanwhile."""

    def __init__(self, folder: BusFolder, speed: UsbSpeed = UsbSpeed.HIGH, *, number: int = 1) -> None:
        self._folder = folder
        self._speed = speed
        self._number = number
        self._numbers = cycle(NUMBERS)
        self._listeners: dict[int, asyncio.Server] = {}
        self._messages = count(1)
        self._cables: dict[str, asyncio.Task[None]] = {}
        self._devices: dict[str, tuple[UsbBody, UsbPlace]] = {}

    async def __aenter__(self) -> Self:
        self._folder.add(root_hub_entries(self._number, self._speed))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for cable in self._cables.values():
            cable.cancel()
        if self._cables:
            await asyncio.wait(self._cables.values())
        for ports in tuple(self._devices):
            body = self._devices[ports][0]
            self._unplug(ports)
            body.stop()
        for listener in self._listeners.values():
            listener.close()
        self._listeners.clear()

    async def attach(self, body: UsbBody, ports: str) -> None:
        """Connect a body to a port ("1", or "2.3" behind a hub); it is on the bus whenever it is reachable."""
        await self._plug(body, ports)
        self._cables[ports] = asyncio.get_running_loop().create_task(self._watch_cable(body, ports))

    async def _watch_cable(self, body: UsbBody, ports: str) -> None:
        while True:
            await body.cable_changed.wait()
            body.cable_changed.clear()
            plugged = ports in self._devices
            if plugged and not body.reachable:
                self._unplug(ports)
            elif not plugged and body.reachable:
                await self._plug(body, ports)

    async def _plug(self, body: UsbBody, ports: str) -> None:
        candidates = islice(self._numbers, len(NUMBERS))
        free = next((number for number in candidates if number not in self._listeners), None)
        if free is None:
            raise BadInput(f"no device number is free on bus {self._number}; unplug a camera", field="usb")
        place = UsbPlace(self._number, ports, free)
        socket_path = self._folder.socket(place.node)
        socket_path.parent.mkdir(parents=True, exist_ok=True)
        node = body.plugged()
        self._listeners[free] = await asyncio.get_running_loop().create_unix_server(
            lambda: NodeConnection(body, node), str(socket_path)
        )
        body.show(NodeFifo(self._folder.node(place.node)))
        self._devices[ports] = body, place
        self._folder.add(device_entries(body.identity, place))
        self._tell(UeventAction.ADD, body, place)

    def _unplug(self, ports: str) -> None:
        body, place = self._devices.pop(ports)
        body.unplugged()
        self._folder.remove(device_entries(body.identity, place))
        self._folder.node(place.node).unlink(missing_ok=True)
        self._tell(UeventAction.REMOVE, body, place)
        asyncio.get_running_loop().call_later(LISTENS_ON_SECONDS, self._stop_listening, place)

    def _stop_listening(self, place: UsbPlace) -> None:
        self._folder.socket(place.node).unlink(missing_ok=True)
        listener = self._listeners.pop(place.number, None)
        if listener is not None:
            listener.close()

    def _tell(self, action: UeventAction, body: UsbBody, place: UsbPlace) -> None:
        message = pack_uevent(action, place.path, properties(body.identity, place), next(self._messages))
        self._folder.send(message)
