"""PTP containers on USB (USB Still Image Capture Device, 2000, clause 7.1), little-endian.

A container is a u32 length of all of it, a u16 type, a u16 code and a u32 transaction, then parameters or data.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from photonic.errors import ProtocolError
from photonic.ptp.operation import LONGEST_DATA

HEAD = struct.Struct("<IHHI")
MOST_PARAMETERS = 5


class ContainerType(IntEnum):
    """The type of a container."""

    COMMAND = 1
    DATA = 2
    RESPONSE = 3
    EVENT = 4


_FROM_HOST = frozenset({int(ContainerType.COMMAND), int(ContainerType.DATA)})


@dataclass(frozen=True, slots=True)
class Container:
    """One container; ``payload``: the parameters, or the data of a data phase."""

    type: ContainerType
    code: int
    transaction: int
    payload: bytes = b""

    def pack(self) -> bytes:
        """Encode the container."""
        return HEAD.pack(HEAD.size + len(self.payload), self.type, self.code, self.transaction) + self.payload

    @classmethod
    def unpack(cls, data: bytes) -> Container:
        """Decode one whole container. Raises ``ProtocolError``."""
        if len(data) < HEAD.size:
            raise ProtocolError(f"truncated PTP container: {len(data)} bytes")
        length, kind, code, transaction = HEAD.unpack_from(data)
        if length != len(data):
            raise ProtocolError(f"PTP container of {length} bytes in {len(data)}")
        try:
            return cls(ContainerType(kind), code, transaction, data[HEAD.size :])
        except ValueError as error:
            raise ProtocolError(f"unknown PTP container type: {kind}") from error

    def parameters(self) -> tuple[int, ...]:
        """Return the payload as up to five parameters. Raises ``ProtocolError``."""
        count, rest = divmod(len(self.payload), 4)
        if rest or count > MOST_PARAMETERS:
            raise ProtocolError(f"invalid parameters in a PTP container: {len(self.payload)} bytes")
        return struct.unpack(f"<{count}I", self.payload)


def with_parameters(kind: ContainerType, code: int, transaction: int, parameters: tuple[int, ...] = ()) -> Container:
    """Build a container with parameters (u32 each)."""
    return Container(kind, code, transaction, struct.pack(f"<{len(parameters)}I", *parameters))


class ContainerDecoder:
    """Joins what a host writes to the bulk OUT pipe into containers.

    A transfer holds at most one container, and a container may take several transfers. A transfer of no bytes ends a
    container whose length is a multiple of the packet size; between containers, it means nothing.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._length = 0

    def feed(self, transfer: bytes) -> Container | None:
        """Add one transfer; return the container that it completes.

        Raises ``ProtocolError`` if it cannot be PTP, or holds more than its container; then start again.
        """
        if not transfer:
            if self._buffer:
                self.clear()
                raise ProtocolError("PTP container ended before its length")
            return None
        self._buffer += transfer
        try:
            return self._complete()
        except ProtocolError:
            self.clear()
            raise

    def clear(self) -> None:
        """Forget an incomplete container."""
        self._buffer.clear()
        self._length = 0

    def _complete(self) -> Container | None:
        if not self._length:
            self._read_head()
        if len(self._buffer) < self._length:
            return None
        data = bytes(self._buffer)
        self.clear()
        return Container.unpack(data)

    def _read_head(self) -> None:
        if len(self._buffer) < HEAD.size:
            raise ProtocolError(f"truncated PTP container: {len(self._buffer)} bytes")
        length, kind, _, _ = HEAD.unpack_from(self._buffer)
        if kind not in _FROM_HOST:
            raise ProtocolError(f"PTP container of type {kind} from the host")
        longest = HEAD.size + (LONGEST_DATA if kind == ContainerType.DATA else 4 * MOST_PARAMETERS)
        if not HEAD.size <= length <= longest:
            raise ProtocolError(f"invalid PTP container length: {length} bytes")
        self._length = length
