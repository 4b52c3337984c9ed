"""How a body identifies itself on USB."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from photonic.simulator.makes import BodyKind

if TYPE_CHECKING:
    from photonic.simulator.described import DescribedBody


class UsbSpeed(Enum):
    """The speed of a device's link, in Mbit/s as sysfs writes it."""

    FULL = "12"
    HIGH = "480"

    @property
    def bulk_packet_bytes(self) -> int:
        """The packet size of bulk pipes."""
        return 512 if self is UsbSpeed.HIGH else 64


@dataclass(frozen=True, slots=True)
class UsbIdentity:
    """A USB device as its descriptors name it; ``serial`` ``None``: it has none."""

    vendor_id: int
    product_id: int
    manufacturer: str
    product: str
    serial: str | None
    release: int = 0x0100
    speed: UsbSpeed = UsbSpeed.HIGH


HUB = UsbIdentity(0x05E3, 0x0608, "Simulated", "USB2.0 Hub", None)
"""A hub without a power supply of its own."""

_NAMES = {
    BodyKind.CANON: (0x04A9, 0x323A, "Canon Inc.", "Canon Digital Camera"),
    BodyKind.NIKON: (0x04B0, 0x0437, "NIKON", "NIKON DSC D750"),
    # A test number of pid.codes: libgphoto2 then goes by the class of the interface.
    BodyKind.GENERIC: (0x1209, 0x0001, "Photonic", "Generic PTP Camera"),
}


def described_identity(described: DescribedBody, serial: str | None) -> UsbIdentity:
    """Return what a recorded body says of itself on USB; without its numbers, those of the simulated kind."""
    plain = usb_identity(described.kind, serial)
    return replace(
        plain,
        vendor_id=described.vendor_id or plain.vendor_id,
        product_id=described.product_id or plain.product_id,
        manufacturer=described.manufacturer or plain.manufacturer,
        product=described.model,
    )


def usb_identity(kind: BodyKind, serial: str | None, speed: UsbSpeed = UsbSpeed.HIGH) -> UsbIdentity:
    """Return what a body of this kind says of itself on USB, with the numbers in libgphoto2's table of cameras."""
    vendor_id, product_id, manufacturer, product = _NAMES[kind]
    return UsbIdentity(vendor_id, product_id, manufacturer, product, serial, speed=speed)
