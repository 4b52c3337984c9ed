"""The simulated USB bus: its folder, the sockets of its device nodes, its cables and hubs.

Theory of operation. Everything runs in one event loop. A device that is plugged in gets its socket first, then its
node, then its names in sysfs, and last the message of udev; a device whose cable is pulled loses them the other way
round. The preload library ends a program whose socket is closed or that finds a name without a listener; so the
sockets of programs that have the node open stay until the programs close them, and answer ENODEV, and the listener
stays for some seconds.

A cable belongs to a body for as long as the bus runs. Its task plugs and unplugs it whenever the body has become
reachable or unreachable, the hub above it comes or goes, or the cable is moved to another port.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from itertools import count, cycle, islice
from typing import TYPE_CHECKING, Self

from photonic.errors import BadInput
from photonic.simulator.usb.bus_folder import NodeFifo
from photonic.simulator.usb.device_options import nested
from photonic.simulator.usb.identity import HUB, UsbSpeed
from photonic.simulator.usb.program_connection import ProgramConnection
from photonic.simulator.usb.sysfs import UsbPlace, device_entries, hub_entries, properties, root_hub_entries
from photonic.simulator.usb.uevent import UeventAction, pack_uevent
from photonic.simulator.usb.usbfs import UsbfsFile

if TYPE_CHECKING:
    from types import TracebackType

    from photonic.simulator.usb.bus_folder import BusFolder
    from photonic.simulator.usb.identity import UsbIdentity
    from photonic.simulator.usb.usb_body import UsbBody

NUMBERS = range(2, 128)
"""Of devices, given out in turn, as the kernel does; the root hub has 1."""

LISTENS_ON_SECONDS = 5.0
"""How long the socket of a device that is gone still listens: a program may have opened the node just before."""


@dataclass(eq=False, slots=True)
class _Cable:
    """The cable of one body: the port it leads to, and where its device is (``None``: not on the bus).

    ``number``: the device number that the next plugging is to give; ``None``: the next free one.
    """

    body: UsbBody
    ports: str
    place: UsbPlace | None = None
    number: int | None = None


class SimulatedBus:
    """One bus with a root hub, inside its ``async with`` block; bodies and hubs come and go meanwhile."""

    def __init__(self, folder: BusFolder, speed: UsbSpeed = UsbSpeed.HIGH, *, number: int = 1) -> None:
        self._folder = folder
        self._speed = speed
        self._number = number
        self._numbers = cycle(NUMBERS)
        self._listeners: dict[int, asyncio.Server] = {}
        self._messages = count(1)
        self._cables: dict[UsbBody, _Cable] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._hubs: dict[str, UsbPlace] = {}
        self._hubs_out: set[str] = set()

    async def __aenter__(self) -> Self:
        self._folder.add(root_hub_entries(self._number, self._speed))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        for cable in self._cables.values():
            self._unplug(cable)
            cable.body.stop()
        for listener in self._listeners.values():
            listener.close()
        self._listeners.clear()

    async def attach(self, body: UsbBody, ports: str) -> None:
        """Connect a body to a port ("1", or "2.3" behind a hub); it is on the bus whenever it is reachable."""
        cable = self._cables[body] = _Cable(body, ports)
        await self._plug(cable)
        self._tasks.append(asyncio.get_running_loop().create_task(self._watch(cable)))

    def place(self, body: UsbBody) -> UsbPlace | None:
        """Where a body is on the bus; ``None``: it is not."""
        return self._cables[body].place

    def move(self, body: UsbBody, ports: str, number: int | None = None) -> None:
        """Lead the cable of a body to another port, or to the same one; a body that is on the bus is unplugged first.

        Args:
            body: The body.
            ports: The port.
            number: Its next device number; ``None``: the next free one.

        Raises:
            BadInput: The port or the number is another device's.
        """
        cable = self._cables[body]
        for other in self._cables.values():
            if other is not cable and (nested(ports, other.ports) or nested(other.ports, ports)):
                raise BadInput(f"port {ports} is taken", field="port")
        in_use = {other.place.number for other in self._cables.values() if other.place and other is not cable}
        if number is not None and (number not in NUMBERS or number in in_use | self._hub_numbers):
            raise BadInput(f"device number {number} is taken, or not between 2 and 127", field="number")
        self._unplug(cable)
        cable.ports, cable.number = ports, number
        cable.body.cable_changed.set()

    def switch_hub(self, body: UsbBody, *, plugged: bool) -> None:
        """Pull the cable of the hub that a body is plugged into, or plug it in; every body behind it goes with it.

        Raises ``BadInput`` if the body is not behind a hub.
        """
        hub, dot, _port = self._cables[body].ports.rpartition(".")
        if not dot:
            raise BadInput("this camera is not plugged into a hub", field="hub")
        if plugged:
            self._hubs_out.discard(hub)
        else:
            self._hubs_out.add(hub)
            for cable in self._cables.values():
                if nested(cable.ports, hub):
                    self._unplug(cable)
            for ports in sorted((ports for ports in self._hubs if nested(ports, hub)), reverse=True):
                place = self._hubs.pop(ports)
                self._folder.remove(hub_entries(HUB, place))
                self._tell(UeventAction.REMOVE, HUB, place)
        for cable in self._cables.values():
            cable.body.cable_changed.set()

    async def _watch(self, cable: _Cable) -> None:
        while True:
            await cable.body.cable_changed.wait()
            cable.body.cable_changed.clear()
            connected = cable.body.reachable and not any(nested(cable.ports, hub) for hub in self._hubs_out)
            if cable.place is not None and (not connected or cable.body.leaving):
                self._unplug(cable)
            if cable.place is None and connected:
                await self._plug(cable)

    async def _plug(self, cable: _Cable) -> None:
        self._add_hubs(cable.ports)
        number = self._free_number() if cable.number is None else cable.number
        cable.number = None
        self._stop_listening(UsbPlace(self._number, cable.ports, number))
        body, place = cable.body, UsbPlace(self._number, cable.ports, number)
        socket_path = self._folder.socket(place.node)
        socket_path.parent.mkdir(parents=True, exist_ok=True)
        node = body.plugged()
        cable.place = place

        def connected() -> ProgramConnection:
            file = UsbfsFile(node)
            return ProgramConnection(file, body.received, partial(body.closed, file))

        self._listeners[number] = await asyncio.get_running_loop().create_unix_server(connected, str(socket_path))
        body.show(NodeFifo(self._folder.node(place.node)))
        self._folder.add(device_entries(body.identity, place))
        self._tell(UeventAction.ADD, body.identity, place)

    @property
    def _hub_numbers(self) -> set[int]:
        return {place.number for place in self._hubs.values()}

    def _free_number(self) -> int:
        taken = self._listeners.keys() | self._hub_numbers
        free = next((number for number in islice(self._numbers, len(NUMBERS)) if number not in taken), None)
        if free is None:
            raise BadInput(f"no device number is free on bus {self._number}; unplug a camera", field="usb")
        return free

    def _add_hubs(self, ports: str) -> None:
        parts = ports.split(".")
        for depth in range(1, len(parts)):
            hub = ".".join(parts[:depth])
            if hub in self._hubs:
                continue
            place = self._hubs[hub] = UsbPlace(self._number, hub, self._free_number())
            self._folder.add(hub_entries(HUB, place))
            self._tell(UeventAction.ADD, HUB, place)

    def _unplug(self, cable: _Cable) -> None:
        place, cable.place = cable.place, None
        if place is None:
            return
        body = cable.body
        body.unplugged()
        self._folder.remove(device_entries(body.identity, place))
        self._folder.node(place.node).unlink(missing_ok=True)
        self._tell(UeventAction.REMOVE, body.identity, place)
        listener = self._listeners[place.number]
        asyncio.get_running_loop().call_later(LISTENS_ON_SECONDS, self._end_listener, place, listener)

    def _end_listener(self, place: UsbPlace, listener: asyncio.Server) -> None:
        if self._listeners.get(place.number) is listener:
            self._stop_listening(place)

    def _stop_listening(self, place: UsbPlace) -> None:
        listener = self._listeners.pop(place.number, None)
        if listener is not None:
            self._folder.socket(place.node).unlink(missing_ok=True)
            listener.close()

    def _tell(self, action: UeventAction, identity: UsbIdentity, place: UsbPlace) -> None:
        message = pack_uevent(action, place.path, properties(identity, place), next(self._messages))
        self._folder.send(message)
