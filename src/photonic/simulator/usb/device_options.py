"""The bodies on a simulated bus as the command line names them: ``MAKE[,serial=S][,usb-serial=S][,port=P][...]``."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from photonic.errors import BadInput
from photonic.simulator.makes import MAKES, BodyKind
from photonic.simulator.usb.identity import UsbSpeed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photonic.simulator.camera import SimulatedCameraSettings

GRAMMAR = "MAKE[,serial=S][,usb-serial=S][,model=M][,port=P][,speed=full|high]"
_FIELDS = ("serial", "usb-serial", "model", "port", "speed")
_PORTS = re.compile(r"[1-9][0-9]?(\.[1-9][0-9]?){0,5}")
_SPEEDS = {"full": UsbSpeed.FULL, "high": UsbSpeed.HIGH}


@dataclass(frozen=True, slots=True)
class UsbDeviceOptions:
    """One body on the bus.

    ``serial``: its serial number. ``usb_serial``: the one in its USB descriptor; ``None``: it has none. ``ports``:
    where it is plugged in, "1", or "2.3" for port 3 of a hub in port 2.
    """

    kind: BodyKind
    serial: str
    usb_serial: str | None
    ports: str
    model: str
    speed: UsbSpeed = UsbSpeed.HIGH

    def settings(self, common: SimulatedCameraSettings) -> SimulatedCameraSettings:
        """The settings of this body; ``common``: those that all bodies share."""
        make = MAKES[self.kind]
        body = replace(
            common.body,
            serial=self.serial,
            model=self.model,
            lens=make.lens,
            folder=make.folder,
            card_label=make.label,
        )
        return replace(common, kind=self.kind, body=body)


def only_device(settings: SimulatedCameraSettings) -> UsbDeviceOptions:
    """The one body of a bus for which no bodies are listed."""
    body = settings.body
    return UsbDeviceOptions(settings.kind, body.serial, body.serial, "1", body.model)


def read_devices(texts: Sequence[str], first_serial: str) -> tuple[UsbDeviceOptions, ...]:
    """Read the listed bodies; those without a serial number get ``first_serial`` and the numbers after it.

    Raises ``BadInput`` for an unknown make or field, and for two bodies in one port.
    """
    devices = tuple(_read(text, number, first_serial) for number, text in enumerate(texts))
    for number, device in enumerate(devices):
        for other in devices[:number]:
            if nested(device.ports, other.ports) or nested(other.ports, device.ports):
                raise BadInput(f"port {device.ports} is taken: two cameras cannot share it", field="device")
    return devices


def read_ports(text: str) -> str:
    """Check a port, as in "1" or "2.3". Raises ``BadInput``."""
    if not _PORTS.fullmatch(text):
        raise BadInput(f"{text!r} is not a USB port; write 1, or 2.3 for port 3 of the hub in port 2", field="port")
    return text


def nested(ports: str, above: str) -> bool:
    """Whether a port is ``above``, or is behind it."""
    return f"{ports}.".startswith(f"{above}.")


def _read(text: str, number: int, first_serial: str) -> UsbDeviceOptions:
    make, *fields = text.split(",")
    if make not in tuple(BodyKind):
        raise BadInput(f"unknown camera {make!r}; the format is {GRAMMAR}", field="device")
    kind = BodyKind(make)
    given: dict[str, str] = {}
    for field in fields:
        name, equals, value = field.partition("=")
        if not equals or name not in _FIELDS or name in given:
            raise BadInput(f"{field!r} in {text!r}: the format is {GRAMMAR}", field="device")
        given[name] = value
    speed = given.get("speed", "high")
    if speed not in _SPEEDS:
        raise BadInput(f"unknown speed {speed!r}; choose full or high", field="device")
    serial = given.get("serial") or _serial(first_serial, number)
    return UsbDeviceOptions(
        kind,
        serial,
        given.get("usb-serial", serial) or None,
        read_ports(given.get("port", str(number + 1))),
        given.get("model") or MAKES[kind].model,
        _SPEEDS[speed],
    )


def _serial(first: str, number: int) -> str:
    if not number:
        return first
    return f"{int(first) + number:0{len(first)}d}" if first.isascii() and first.isdecimal() else f"{first}-{number}"
