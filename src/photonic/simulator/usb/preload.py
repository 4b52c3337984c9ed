"""The protocol of umockdev's preload library (0.17) on the socket of one open device node; without I/O.

A program's call arrives as three u64: the kind of call and two arguments. Before it is answered, its memory can be
read and written. The protocol is internal to umockdev; ``tests/contract`` has a canary that says when it has changed.
"""

from __future__ import annotations

import errno
import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

from photonic.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Generator

_MESSAGE = struct.Struct("<QQQ")
_MINUS_ONE = (1 << 64) - 1


class _Call(IntEnum):
    IOCTL = 1
    READ = 7
    WRITE = 8


class _Answer(IntEnum):
    DONE = 3
    READ_MEMORY = 5
    WRITE_MEMORY = 6


@dataclass(frozen=True, slots=True)
class ReadMemory:
    """Read ``size_bytes`` of the program's memory."""

    address: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class WriteMemory:
    """Write to the program's memory."""

    address: int
    data: bytes


class OpenNode(Protocol):
    """An open device node. Its calls yield accesses to the program's memory, and return the result of the call.

    They raise ``OSError`` with an errno to make the call fail.
    """

    def ioctl(self, request: int, argument: int, now: float) -> Generator[ReadMemory | WriteMemory, bytes, int]:
        """Carry out an ioctl."""
        ...

    def read(self, address: int, size_bytes: int) -> Generator[ReadMemory | WriteMemory, bytes, int]:
        """Read from the node."""
        ...


class PreloadConnection:
    """One open file of one program: bytes in, bytes out."""

    def __init__(self, node: OpenNode) -> None:
        self._node = node
        self._buffer = bytearray()
        self._steps: Generator[ReadMemory | WriteMemory, bytes, int] | None = None
        self._wanted = _MESSAGE.size

    def received(self, data: bytes, now: float) -> bytes:
        """Process received bytes; return what to send. Raises ``ProtocolError`` for a call that does not exist."""
        self._buffer += data
        answer = bytearray()
        while len(self._buffer) >= self._wanted:
            piece = bytes(self._buffer[: self._wanted])
            del self._buffer[: self._wanted]
            if self._steps is None:
                kind, first, second = _MESSAGE.unpack(piece)
                self._steps = self._begin(kind, first, second, now)
                answer += self._go_on(None)
            else:
                answer += self._go_on(piece)
        return bytes(answer)

    def _begin(self, kind: int, first: int, second: int, now: float) -> Generator[ReadMemory | WriteMemory, bytes, int]:
        match kind:
            case _Call.IOCTL:
                return self._node.ioctl(first & 0xFFFFFFFF, second, now)
            case _Call.READ:
                return self._node.read(first, second)
            case _Call.WRITE:
                return _refuse()
            case _:
                raise ProtocolError(f"unknown call {kind} from umockdev's preload library; its protocol has changed")

    def _go_on(self, memory: bytes | None) -> bytes:
        steps = self._steps
        if steps is None:
            return b""
        answer = bytearray()
        try:
            step = next(steps) if memory is None else steps.send(memory)
            while isinstance(step, WriteMemory):
                answer += _MESSAGE.pack(_Answer.WRITE_MEMORY, step.address, len(step.data)) + step.data
                step = steps.send(b"")
        except StopIteration as done:
            return bytes(answer) + self._done(done.value, 0)
        except OSError as error:
            return bytes(answer) + self._done(_MINUS_ONE, error.errno or errno.EIO)
        self._wanted = step.size_bytes
        return bytes(answer) + _MESSAGE.pack(_Answer.READ_MEMORY, step.address, step.size_bytes)

    def _done(self, result: int, error: int) -> bytes:
        self._steps = None
        self._wanted = _MESSAGE.size
        return _MESSAGE.pack(_Answer.DONE, result, error)


def _refuse() -> Generator[ReadMemory | WriteMemory, bytes, int]:
    """A device node cannot be written to."""
    yield from ()
    raise OSError(errno.EINVAL, "not supported")
