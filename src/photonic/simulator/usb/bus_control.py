"""The control requests of one body on a simulated bus: those of any body, and those of its cable and its hub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from photonic.errors import BadInput
from photonic.simulator.control import ControlServer
from photonic.simulator.faults import FaultName
from photonic.simulator.usb.device_options import read_ports

if TYPE_CHECKING:
    from photonic.simulator.body import Body
    from photonic.simulator.journal import Journal
    from photonic.simulator.usb.bus import SimulatedBus
    from photonic.simulator.usb.usb_body import UsbBody


class UsbControlServer(ControlServer):
    """Serves control requests for one body inside its ``async with`` block; ``port`` 0 picks any free one."""

    def __init__(self, bus: SimulatedBus, usb_body: UsbBody, body: Body, journal: Journal, *, port: int) -> None:
        super().__init__(usb_body, body, journal, port=port)
        self._bus = bus
        self._usb_body = usb_body
        self._requests |= {"replug": self._replug, "hub": self._hub, "place": self._place}

    def _replug(self, request: dict[str, Any]) -> dict[str, Any]:
        """Plug the cable into the port that is named, or into the same one, with the device number that is named."""
        number = request.get("number")
        if number is not None and (isinstance(number, bool) or not isinstance(number, int)):
            raise BadInput(f"number: must be a whole number, not {number!r}", field="number")
        self._bus.move(self._usb_body, read_ports(str(request["port"])), number)
        self._camera.clear(FaultName.UNPLUG)
        return {}

    def _hub(self, request: dict[str, Any]) -> dict[str, Any]:
        if not isinstance(request["plugged"], bool):
            raise BadInput(f"plugged: must be true or false, not {request['plugged']!r}", field="plugged")
        self._bus.switch_hub(self._usb_body, plugged=request["plugged"])
        return {}

    def _place(self, _request: dict[str, Any]) -> dict[str, Any]:
        place = self._bus.place(self._usb_body)
        return {"place": None if place is None else {"name": place.name, "number": place.number}}
