"""A program under the preload library: memory, and calls that a node's connection answers; and a camera for it."""

from __future__ import annotations

import errno
import struct
from typing import TYPE_CHECKING

import pytest

from photonic.ptp.codes import OperationCode
from photonic.ptp.containers import ContainerType, with_parameters
from photonic.ptp.handler import NotYet, Reply
from photonic.simulator.makes import BodyKind
from photonic.simulator.usb import urb as layout
from photonic.simulator.usb.identity import usb_identity
from photonic.simulator.usb.preload import PreloadConnection
from photonic.simulator.usb.urb import UrbType, UsbfsRequest
from photonic.simulator.usb.usbfs import UsbfsFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.ptp.packets import OperationRequest
    from photonic.simulator.usb.node import UsbfsNode

IOCTL, READ, WRITE = 1, 7, 8
_DONE, _READ_MEMORY, _WRITE_MEMORY = 3, 5, 6
_MESSAGE = struct.Struct("<QQQ")
POINTER = 64
IDENTITY = usb_identity(BodyKind.CANON, "0042")


class InfoCamera:
    """Answers every operation with the same data, at the second of 5 if it is a capture."""

    def __init__(self) -> None:
        self.news: list[tuple[int, tuple[int, ...]]] = []

    def operate(self, request: OperationRequest, data: bytes, now: float) -> Reply | NotYet:
        if request.code == OperationCode.INITIATE_CAPTURE and now < 5:
            return NotYet(5.0)
        return Reply(data=b"i" * 600)

    def events(self) -> list[tuple[int, tuple[int, ...]]]:
        news, self.news = self.news, []
        return news

    def session_opened(self, now: float) -> None:
        pass

    def session_ended(self, now: float) -> None:
        pass


def command(code: int, number: int = 1) -> bytes:
    return with_parameters(ContainerType.COMMAND, code, number).pack()


def fails(number: int, call: Callable[[], object]) -> None:
    with pytest.raises(OSError, match=errno.errorcode[number]):
        call()


class UsbProgram:
    """One program that has opened a node. Its memory is an array of bytes."""

    def __init__(self, node: UsbfsNode) -> None:
        self.file = UsbfsFile(node)
        self._connection = PreloadConnection(self.file)
        self.memory = bytearray(1 << 16)
        self._next = 1024

    def call(self, kind: int, first: int, second: int, now: float = 0.0) -> int:
        """Make a call; return its result. Raises ``OSError``."""
        received = self._connection.received(_MESSAGE.pack(kind, first, second), now)
        while True:
            answer, address, size = _MESSAGE.unpack_from(received)
            received = received[_MESSAGE.size :]
            if answer == _DONE:
                if address == (1 << 64) - 1:
                    raise OSError(size, errno.errorcode[size])
                return address
            if answer == _WRITE_MEMORY:
                self.memory[address : address + size] = received[:size]
                received = received[size:]
            else:
                assert answer == _READ_MEMORY
                # In two pieces, as a socket may deliver it.
                data = bytes(self.memory[address : address + size]).ljust(size, b"\0")
                received += self._connection.received(data[:1], now)
                received += self._connection.received(data[1:], now)

    def ioctl(self, number: int, argument: int = POINTER, now: float = 0.0) -> int:
        return self.call(IOCTL, 0xC000_0000 | layout.IOCTL_GROUP << 8 | number, argument, now)

    def write(self, address: int, data: bytes) -> None:
        self.memory[address : address + len(data)] = data

    def with_number(self, number: int, value: int) -> int:
        """Make a call with a u32 at its argument."""
        self.write(POINTER, struct.pack("<I", value))
        return self.ioctl(number)

    def submit(self, kind: UrbType, endpoint: int, data: bytes | int, now: float = 0.0) -> int:
        """Submit a URB with data, or with room for a number of bytes; return its address."""
        length = data if isinstance(data, int) else len(data)
        address = self._next
        buffer = address + layout.URB.size
        self._next = buffer + length
        self.write(buffer, bytes(length) if isinstance(data, int) else data)
        self.write(address, layout.URB.pack(kind, endpoint, 99, 0, buffer, length, 0, 0, 0, 0, 0, 0))
        assert self.ioctl(UsbfsRequest.SUBMIT_URB, address, now) == 0
        return address

    def reap(self) -> tuple[int, int, bytes]:
        """Reap a URB; return its address, its status and what arrived. Raises ``OSError``."""
        assert self.ioctl(UsbfsRequest.REAP_URB_NO_DELAY) == 0
        (address,) = struct.unpack_from("<Q", self.memory, POINTER)
        _, _, status, _, buffer, _, actual, *_ = layout.URB.unpack_from(self.memory, address)
        return address, status, bytes(self.memory[buffer : buffer + actual])
