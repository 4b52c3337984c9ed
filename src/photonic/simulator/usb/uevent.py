"""The messages of libudev's monitor (``device-monitor.c`` in systemd): a header with hashes, then the properties."""

from __future__ import annotations

import struct
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAGIC = 0xFEEDCAFE
_HEADER = struct.Struct("=8sIIIIIIII")
_M = 0x5BD1E995
_U32 = 0xFFFFFFFF


class UeventAction(StrEnum):
    """What has happened to a device."""

    ADD = "add"
    REMOVE = "remove"
    CHANGE = "change"
    BIND = "bind"


def murmur_hash(text: str) -> int:
    """Return the MurmurHash2 of a string with seed 0, by which monitors filter."""
    data = text.encode()
    value = len(data)
    whole = len(data) // 4 * 4
    for (word,) in struct.iter_unpack("<I", data[:whole]):
        mixed = word * _M & _U32
        mixed ^= mixed >> 24
        value = (value * _M ^ mixed * _M) & _U32
    if rest := data[whole:]:
        value = (value ^ int.from_bytes(rest, "little")) * _M & _U32
    value ^= value >> 13
    value = value * _M & _U32
    return value ^ value >> 15


def pack_uevent(
    action: UeventAction, path: str, properties: Mapping[str, str], sequence: int, subsystem: str = "usb"
) -> bytes:
    """Encode a message about a device.

    Args:
        action: What has happened.
        path: The device's folder below ``/sys``.
        properties: What udev knows of the device; ``DEVTYPE`` is among them if its subsystem has types.
        sequence: The number of the message; each is larger than the one before.
        subsystem: The kernel's name of the kind of device.
    """
    lines = {
        "ACTION": action,
        "DEVPATH": f"/{path}",
        "SUBSYSTEM": subsystem,
        **properties,
        "DEVNAME": f"/dev/{properties['DEVNAME']}",
        "SEQNUM": str(sequence),
    }
    body = b"".join(f"{name}={value}".encode() + b"\0" for name, value in lines.items())
    names = (subsystem, properties.get("DEVTYPE"))
    hashes = [0 if text is None else _network_order(murmur_hash(text)) for text in names]
    head = (b"libudev\0", _network_order(_MAGIC), _HEADER.size, _HEADER.size, len(body), *hashes, 0, 0)
    return _HEADER.pack(*head) + body


def _network_order(number: int) -> int:
    return int.from_bytes(number.to_bytes(4, "big"), "little")
