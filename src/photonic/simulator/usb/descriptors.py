"""The descriptors of a still image device (USB 2.0, clause 9.6): one configuration, one interface, three endpoints."""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import TYPE_CHECKING

from photonic.ptp.usb_responder import EVENT_PACKET_BYTES

if TYPE_CHECKING:
    from photonic.simulator.usb.identity import UsbIdentity

BULK_IN = 0x81
BULK_OUT = 0x02
INTERRUPT_IN = 0x83
INTERFACE_CLASS = (6, 1, 1)
"""Still image, still image capture, PIMA 15740."""

US_ENGLISH = 0x0409
POWER_2_MILLIAMPERES = 1
EVENT_INTERVAL = 9


class DescriptorType(IntEnum):
    """The type of a descriptor."""

    DEVICE = 1
    CONFIGURATION = 2
    STRING = 3
    INTERFACE = 4
    ENDPOINT = 5


def strings(identity: UsbIdentity) -> tuple[str, ...]:
    """Return the strings of a device; the first has index 1."""
    names = (identity.manufacturer, identity.product)
    return names if identity.serial is None else (*names, identity.serial)


def device_descriptor(identity: UsbIdentity) -> bytes:
    """Encode the device descriptor (18 bytes)."""
    serial_index = 0 if identity.serial is None else 3
    return struct.pack(
        "<BBHBBBBHHHBBBB",
        18,
        DescriptorType.DEVICE,
        0x0200,
        0,
        0,
        0,
        64,
        identity.vendor_id,
        identity.product_id,
        identity.release,
        1,
        2,
        serial_index,
        1,
    )


def configuration_descriptor(identity: UsbIdentity) -> bytes:
    """Encode the configuration descriptor with its interface and endpoints (39 bytes)."""
    bulk = identity.speed.bulk_packet_bytes
    endpoints = b"".join(
        struct.pack("<BBBBHB", 7, DescriptorType.ENDPOINT, address, attributes, packet_bytes, interval)
        for address, attributes, packet_bytes, interval in (
            (BULK_IN, 2, bulk, 0),
            (BULK_OUT, 2, bulk, 0),
            (INTERRUPT_IN, 3, EVENT_PACKET_BYTES, EVENT_INTERVAL),
        )
    )
    interface = struct.pack("<BBBBBBBBB", 9, DescriptorType.INTERFACE, 0, 0, 3, *INTERFACE_CLASS, 0)
    length = 9 + len(interface) + len(endpoints)
    head = struct.pack("<BBHBBBBB", 9, DescriptorType.CONFIGURATION, length, 1, 1, 0, 0xC0, POWER_2_MILLIAMPERES)
    return head + interface + endpoints


def string_descriptor(identity: UsbIdentity, index: int) -> bytes | None:
    """Encode a string descriptor; index 0: the list of languages. ``None``: there is no such string."""
    if index == 0:
        return struct.pack("<BBH", 4, DescriptorType.STRING, US_ENGLISH)
    texts = strings(identity)
    if index > len(texts):
        return None
    units = texts[index - 1].encode("utf-16-le")[:252]
    return bytes([2 + len(units), DescriptorType.STRING]) + units


def all_descriptors(identity: UsbIdentity) -> bytes:
    """Return the contents of ``descriptors`` in sysfs, and of the device node."""
    return device_descriptor(identity) + configuration_descriptor(identity)
