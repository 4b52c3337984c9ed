"""PTP/IP packets (CIPA DC-005), little endian: u32 length with itself, u32 type, body."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from photonic.errors import ProtocolError

LONGEST = 16 * 1024 * 1024
"""A client sends setting values; a longer packet is garbage."""

LONGEST_FIRST = 1024
"""The client is still unknown: an Init packet is a GUID, a name of 39 characters and a version."""

_HEAD = struct.Struct("<II")
_DATA_HEAD_BYTES = _HEAD.size + 4
DATA_CHUNK = 1024 * 1024


class PacketType(IntEnum):
    """What a packet is."""

    INIT_COMMAND_REQUEST = 1
    INIT_COMMAND_ACK = 2
    INIT_EVENT_REQUEST = 3
    INIT_EVENT_ACK = 4
    INIT_FAIL = 5
    OPERATION_REQUEST = 6
    OPERATION_RESPONSE = 7
    EVENT = 8
    START_DATA = 9
    DATA = 10
    CANCEL = 11
    END_DATA = 12
    PING = 13
    PONG = 14


_TYPES = frozenset(int(kind) for kind in PacketType)


class FailReason(IntEnum):
    """Why a connection was refused."""

    REJECTED = 1
    BUSY = 2
    UNSPECIFIED = 3


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet as it came."""

    type: PacketType
    body: bytes


@dataclass(frozen=True, slots=True)
class OperationRequest:
    """One operation, before any data that its client sends."""

    code: int
    transaction: int
    parameters: tuple[int, ...]
    sends_data: bool


class PacketDecoder:
    """Takes bytes as they come, gives whole packets; half a packet waits for the rest.

    The first one is at most ``LONGEST_FIRST`` bytes long, those after it ``LONGEST``.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._longest = LONGEST_FIRST

    def feed(self, data: bytes) -> list[Packet]:
        """The packets that are whole now.

        Raises ``ProtocolError`` for bytes that cannot be PTP/IP; the connection is of no further use then.
        """
        self._buffer += data
        packets: list[Packet] = []
        while len(self._buffer) >= _HEAD.size:
            length, kind = _HEAD.unpack_from(self._buffer)
            if not _HEAD.size <= length <= self._longest:
                raise ProtocolError(f"a PTP/IP packet of {length} bytes")
            if kind not in _TYPES:
                raise ProtocolError(f"a PTP/IP packet of type {kind}")
            if len(self._buffer) < length:
                break
            packets.append(Packet(PacketType(kind), bytes(self._buffer[_HEAD.size : length])))
            del self._buffer[:length]
            self._longest = LONGEST
        return packets


def pack(kind: PacketType, body: bytes = b"") -> bytes:
    """One packet, ready to be written."""
    return _HEAD.pack(_HEAD.size + len(body), kind) + body


def pack_data(transaction: int, data: bytes) -> list[bytes]:
    """A whole data phase towards the client, as pieces of one stream."""
    last = max(0, (len(data) - 1) // DATA_CHUNK * DATA_CHUNK)
    pieces = [pack(PacketType.START_DATA, struct.pack("<IQ", transaction, len(data)))]
    for start in range(0, last + 1, DATA_CHUNK):
        kind = PacketType.END_DATA if start == last else PacketType.DATA
        pieces.append(pack(kind, struct.pack("<I", transaction) + data[start : start + DATA_CHUNK]))
    return pieces


def pack_data_start(transaction: int, data: bytes, size_bytes: int) -> bytes:
    """A data phase towards the client that stops after ``size_bytes`` of its data."""
    head, *pieces = pack_data(transaction, data)
    begun = pieces[: size_bytes // DATA_CHUNK + 1]
    return head + b"".join(begun)[: len(begun) * _DATA_HEAD_BYTES + size_bytes]


def pack_response(code: int, transaction: int, parameters: tuple[int, ...] = ()) -> bytes:
    """The end of an operation."""
    return pack(PacketType.OPERATION_RESPONSE, struct.pack(f"<HI{len(parameters)}I", code, transaction, *parameters))


def pack_event(code: int, transaction: int, parameters: tuple[int, ...] = ()) -> bytes:
    """An event packet."""
    return pack(PacketType.EVENT, struct.pack(f"<HI{len(parameters)}I", code, transaction, *parameters))


def unpack_operation(body: bytes) -> OperationRequest:
    """The operation in a request's body. Raises ``ProtocolError`` when it is cut or too long."""
    if len(body) < 10 or (len(body) - 10) % 4 or len(body) > 30:
        raise ProtocolError(f"an operation request of {len(body)} bytes")
    phase, code, transaction = struct.unpack_from("<IHI", body)
    parameters = struct.unpack_from(f"<{(len(body) - 10) // 4}I", body, 10)
    return OperationRequest(code, transaction, parameters, sends_data=phase == 2)


def unpack_number(body: bytes) -> int:
    """The u32 that a packet's body begins with: a transaction or a connection. Raises ``ProtocolError``."""
    if len(body) < 4:
        raise ProtocolError(f"a PTP/IP packet with a body of {len(body)} bytes")
    (number,) = struct.unpack_from("<I", body)
    return number
