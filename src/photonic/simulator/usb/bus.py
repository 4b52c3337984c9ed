"""The simulated USB bus: its folder, the sockets of its device nodes, and its clock.

Theory of operation. Everything runs in one event loop. A device that is plugged in gets its socket first, then its
node, then its names in sysfs, and last the message of udev; a device whose cable is pulled loses them the other way
round. The preload library ends a program whose socket is closed or that finds a name without a listener; so the
sockets of programs that have the node open stay until the programs close them, and answer ENODEV.

Every input (a call, a timer) ends in ``UsbBody.pump``: it carries out what can be carried out, shows through the
node's pipe whether a URB can be reaped, and sets one timer for the earliest due time.
"""

from __future__ import annotations

import asyncio
import time
from itertools import count
from typing import TYPE_CHECKING

from photonic.errors import ProtocolError
from photonic.simulator.usb.bus_folder import NodeFifo
from photonic.simulator.usb.device import UsbDevice
from photonic.simulator.usb.node import UsbfsNode
from photonic.simulator.usb.preload import PreloadConnection
from photonic.simulator.usb.sysfs import UsbPlace, device_entries, properties, root_hub_entries
from photonic.simulator.usb.uevent import UeventAction, pack_uevent
from photonic.simulator.usb.usbfs import UsbfsFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.ptp.usb_responder import UsbResponder
    from photonic.simulator.body import Body
    from photonic.simulator.usb.bus_folder import BusFolder
    from photonic.simulator.usb.identity import UsbIdentity

FIRST_NUMBER = 2
"""Of a device; the root hub has 1."""


class UsbBody:
    """One body on the bus. ``clock``: seconds of CLOCK_MONOTONIC."""

    def __init__(
        self, identity: UsbIdentity, body: Body, responder: UsbResponder, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.identity = identity
        self._body = body
        self._responder = responder
        self.clock = clock
        self.node: UsbfsNode | None = None
        self._fifo: NodeFifo | None = None
        self._timer: asyncio.TimerHandle | None = None

    def plugged(self) -> UsbfsNode:
        """The body is on the bus, as a device that nobody has opened."""
        self.node = UsbfsNode(UsbDevice(self.identity, self._responder))
        self._body.power.keep_awake(self.clock())
        return self.node

    def show(self, fifo: NodeFifo) -> None:
        """Show through this pipe whether a URB can be reaped."""
        self._fifo = fifo
        self.pump()

    def unplugged(self) -> None:
        """The cable is out: every transfer ends, and every program that has the node open can see it."""
        if self.node is not None:
            self.node.remove(self.clock())
        self.pump()
        if self._fifo is not None:
            self._fifo.close()
        self.node = self._fifo = None
        self.pump()

    def stop(self) -> None:
        """Stop the body's clock."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def pump(self) -> None:
        """Do what is due, and set the timer for what is not."""
        self.stop()
        now = self.clock()
        self._body.advance(now)
        if self.node is not None and self._fifo is not None:
            self.node.advance(now)
            self._fifo.set_ready(ready=self.node.has_ended)
        due = [at for at in (self._body.next_time, self._responder.wake_at) if at is not None]
        if due:
            self._timer = asyncio.get_running_loop().call_later(max(0.0, min(due) - self.clock()), self.pump)


class NodeConnection(asyncio.Protocol):
    """One program that has the node open."""

    def __init__(self, camera: UsbBody, node: UsbfsNode) -> None:
        self._camera = camera
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
            answer = self._preload.received(data, self._camera.clock())
        except ProtocolError:
            self._transport.abort()
            raise
        # Before the answer, so that the program's next poll sees the pipe as it is after this call.
        self._camera.pump()
        self._transport.write(answer)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._file.close()
        self._camera.pump()


class SimulatedBus:
    """One bus with a root hub; devices are plugged in and out while programs watch."""

    def __init__(self, folder: BusFolder, *, number: int = 1) -> None:
        self._folder = folder
        self._number = number
        self._device_numbers = count(FIRST_NUMBER)
        self._messages = count(1)
        self._devices: dict[str, tuple[UsbBody, UsbPlace, asyncio.Server]] = {}

    def start(self, identity: UsbIdentity) -> None:
        """Make the root hub, of the speed of the identity."""
        self._folder.add(root_hub_entries(self._number, identity.speed))

    async def plug(self, camera: UsbBody, ports: str) -> UsbPlace:
        """Plug a camera into a port ("1", or "2.3" behind a hub); return where it is."""
        place = UsbPlace(self._number, ports, next(self._device_numbers))
        socket_path = self._folder.socket(place.node)
        socket_path.parent.mkdir(parents=True, exist_ok=True)
        node = camera.plugged()
        server = await asyncio.get_running_loop().create_unix_server(
            lambda: NodeConnection(camera, node), str(socket_path)
        )
        camera.show(NodeFifo(self._folder.node(place.node)))
        self._devices[ports] = camera, place, server
        self._folder.add(device_entries(camera.identity, place))
        self._tell(UeventAction.ADD, camera, place)
        return place

    def unplug(self, ports: str) -> None:
        """Pull the cable out of a port."""
        camera, place, server = self._devices.pop(ports)
        camera.unplugged()
        self._folder.remove(device_entries(camera.identity, place))
        self._folder.node(place.node).unlink(missing_ok=True)
        self._tell(UeventAction.REMOVE, camera, place)
        server.close()
        self._folder.socket(place.node).unlink(missing_ok=True)

    def stop(self) -> None:
        """Pull every cable, and stop the bodies."""
        for ports in tuple(self._devices):
            camera = self._devices[ports][0]
            self.unplug(ports)
            camera.stop()

    def _tell(self, action: UeventAction, camera: UsbBody, place: UsbPlace) -> None:
        message = pack_uevent(action, place.path, properties(camera.identity, place), next(self._messages))
        self._folder.send(message)
