"""The structures and numbers of usbfs (``linux/usbdevice_fs.h``) on a 64-bit machine."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photonic.ptp.usb_pipe import InTransfer

IOCTL_GROUP = ord("U")


class UsbfsRequest(IntEnum):
    """The ioctls that are served, by the low byte of their numbers."""

    CONTROL = 0
    SET_INTERFACE = 4
    SET_CONFIGURATION = 5
    GET_DRIVER = 8
    SUBMIT_URB = 10
    DISCARD_URB = 11
    REAP_URB = 12
    REAP_URB_NO_DELAY = 13
    CLAIM_INTERFACE = 15
    RELEASE_INTERFACE = 16
    IOCTL = 18
    RESET = 20
    CLEAR_HALT = 21
    DISCONNECT = 22
    CONNECT = 23
    GET_CAPABILITIES = 26
    DISCONNECT_CLAIM = 27
    GET_SPEED = 31


class UsbfsCapability(IntFlag):
    """What usbfs can do on this bus; a host controller with scatter-gather takes a transfer of any size."""

    ZERO_PACKET = 0x01
    NO_PACKET_SIZE_LIMIT = 0x04
    SCATTER_GATHER = 0x08
    REAP_AFTER_DISCONNECT = 0x10


CAPABILITIES = (
    UsbfsCapability.ZERO_PACKET
    | UsbfsCapability.NO_PACKET_SIZE_LIMIT
    | UsbfsCapability.SCATTER_GATHER
    | UsbfsCapability.REAP_AFTER_DISCONNECT
)


class UrbType(IntEnum):
    """The type of a URB."""

    ISOCHRONOUS = 0
    INTERRUPT = 1
    CONTROL = 2
    BULK = 3


ZERO_PACKET_FLAG = 0x40
URB = struct.Struct("<BBxxiIxxxxQiiiiiIQ")
CONTROL_TRANSFER = struct.Struct("<BBHHHIxxxxQ")
INTERFACE_IOCTL = struct.Struct("<iiQ")
DRIVER_NAME_BYTES = 256
STATUS_OFFSET = 4
ACTUAL_LENGTH_OFFSET = 28
LONGEST_BUFFER = 16 * 1024 * 1024


@dataclass(eq=False, slots=True)
class Urb:
    """One request block of a host: where it is in the host's memory, what it asks for, and how it ended.

    ``status`` is 0 or a negative errno; ``sent_bytes`` what of an OUT transfer has gone; ``skip_bytes`` where in the
    buffer the data of an IN transfer begins.
    """

    address: int
    type: UrbType
    endpoint: int
    flags: int
    buffer: int
    length: int
    data: bytes = b""
    transfer: InTransfer | None = None
    status: int = 0
    sent_bytes: int = 0
    skip_bytes: int = 0

    @property
    def actual_bytes(self) -> int:
        """How many bytes were transferred, without a setup packet."""
        return self.sent_bytes if self.transfer is None else len(self.transfer.data)

    @classmethod
    def unpack(cls, address: int, data: bytes) -> Urb:
        """Decode the structure at ``address``. Raises ``ValueError`` for a type that does not exist."""
        kind, endpoint, _, flags, buffer, length, *_ = URB.unpack(data)
        return cls(address, UrbType(kind), endpoint, flags, buffer, length)
