"""The camera addresses that ``--camera`` and the ``Configure`` command accept.

=========================  ==========================================================================
``auto``                   the first camera on USB
``usb:SERIAL``             the USB camera with this serial number (leading zeros are ignored)
``usb:1-4.2``              the USB camera in this port, as the kernel names it, whatever its serial number
``ptpip:HOST[:PORT]``      a camera on the network; PORT 15740 unless given
``vusb:DIR``               libgphoto2's virtual USB camera over a directory with at least one ``.jpg``
=========================  ==========================================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from photonic.errors import BadInput

PTPIP_PORT = 15740
SHAPES = ("auto", "usb:SERIAL", "usb:PORT", "ptpip:HOST[:PORT]", "vusb:DIR")


class PortKind(StrEnum):
    """How the camera is connected."""

    AUTO = "auto"
    USB = "usb"
    PTPIP = "ptpip"
    VUSB = "vusb"


@dataclass(frozen=True, slots=True)
class Port:
    """One address.

    ``place`` is the serial number or the port (USB), the host (PTP/IP), the directory (virtual USB) or empty (auto);
    ``number`` is the TCP port of PTP/IP, else ``None``.
    """

    kind: PortKind
    place: str = ""
    number: int | None = None

    @property
    def networked(self) -> bool:
        """Whether the camera is on the network, where a read times out after 2.5 s and cannot be repeated."""
        return self.kind is PortKind.PTPIP

    def wait_milliseconds(self, seconds: float) -> int:
        """How long the library has to wait to see an event that comes within ``seconds``; 0: it need not wait.

        On USB it has to: without a wait, its port driver reports no events (2.5.34 ``libusb1.c``,
        ``gp_libusb1_check_int``). One at the interrupt endpoint is then seen only after another transfer.
        """
        least = 1 if self.kind in {PortKind.USB, PortKind.AUTO} else 0
        return max(round(seconds * 1000), least)

    def __str__(self) -> str:
        tail = f":{self.number}" if self.number is not None else ""
        return f"{self.kind}:{self.place}{tail}" if self.place else str(self.kind)


def parse(address: str) -> Port:
    """Parse a camera address.

    Raises ``BadInput`` (field ``camera``) for anything but ``SHAPES``.
    """
    kind, colon, rest = address.strip().partition(":")
    match kind:
        case "auto" if not colon:
            return Port(PortKind.AUTO)
        case "usb" if rest:
            return Port(PortKind.USB, rest)
        case "ptpip" if rest:
            return _network(address, rest)
        case "vusb" if rest:
            return _virtual(rest)
        case _:
            raise _refusal(address, "not a camera address")


def ptpip_path(host_address: str, port: int) -> str:
    """The library's name of a PTP/IP port: command and event connection on one TCP port.

    ``host_address`` is dotted IPv4: the library parses it with ``inet_aton`` (2.5.34 ``ptpip.c``). Without the second
    number the library would connect to port 15740 for events.
    """
    return f"ptpip:{host_address}:{port}:{port}"


def _network(address: str, rest: str) -> Port:
    host, colon, number = rest.partition(":")
    if not host or any(mark in host for mark in " /@[]"):
        raise _refusal(address, "the host is missing, or is not an IPv4 address or name")
    if not colon:
        return Port(PortKind.PTPIP, host, PTPIP_PORT)
    if not (number.isascii() and number.isdigit() and 1 <= int(number) <= 65535):
        raise _refusal(address, f"{number!r} is not a TCP port (1-65535)")
    return Port(PortKind.PTPIP, host, int(number))


def _virtual(directory: str) -> Port:
    path = Path(directory)
    if not path.is_dir():
        raise BadInput(f"the virtual camera's directory {directory} does not exist", field="camera")
    if not any(child.suffix.lower() == ".jpg" for child in path.iterdir()):
        raise BadInput(f"the virtual camera's directory {directory} contains no .jpg; put one there", field="camera")
    return Port(PortKind.VUSB, str(path.absolute()))


def _refusal(address: str, why: str) -> BadInput:
    return BadInput(f"cannot use {address!r}: {why}; use one of {', '.join(SHAPES)}", field="camera", choices=SHAPES)
