"""PTP/IP packets (CIPA DC-005), little-endian: u32 length of the whole packet, u32 type, body."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from photonic.errors import ProtocolError

LONGEST = 16 * 1024 * 1024
"""The limit for a packet. Clients send only setting values: a longer packet is garbage."""

LONGEST_FIRST = 1024
"""The limit for the first packet, before the client is known: a GUID, a name of 39 characters and a version."""

_HEAD = struct.Struct("<II")
_DATA_HEAD_BYTES = _HEAD.size + 4
DATA_CHUNK = 1024 * 1024


class PacketType(IntEnum):
    """The type of a packet."""

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
    """One packet as received."""

    type: PacketType
    body: bytes


@dataclass(frozen=True, slots=True)
class OperationRequest:
    """One operation, without the data that the client sends after it."""

    code: int
    transaction: int
    parameters: tuple[int, ...]
    sends_data: bool


class PacketDecoder:
    """Splits a byte stream into packets; keeps an incomplete packet until the rest arrives.

    The first packet is limited to ``LONGEST_FIRST`` bytes, the following ones to ``LONGEST``.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._longest = LONGEST_FIRST

    def feed(self, data: bytes) -> list[Packet]:
        """Add received bytes; return the packets that are now complete.

        Raises ``ProtocolError`` if the bytes cannot be PTP/IP; the connection is then unusable.
        """
        self._buffer += data
        packets: list[Packet] = []
        while len(self._buffer) >= _HEAD.size:
            length, kind = _HEAD.unpack_from(self._buffer)
            if not _HEAD.size <= length <= self._longest:
                raise ProtocolError(f"invalid PTP/IP packet length: {length} bytes")
            if kind not in _TYPES:
                raise ProtocolError(f"unknown PTP/IP packet type: {kind}")
            if len(self._buffer) < length:
                break
            packets.append(Packet(PacketType(kind), bytes(self._buffer[_HEAD.size : length])))
            del self._buffer[:length]
            self._longest = LONGEST
        return packets


def pack(kind: PacketType, body: bytes = b"") -> bytes:
    """Encode a packet."""
    return _HEAD.pack(_HEAD.size + len(body), kind) + body


def pack_data(transaction: int, data: bytes) -> list[bytes]:
    """Encode a data phase from camera to client, as a list of packets."""
    last = max(0, (len(data) - 1) // DATA_CHUNK * DATA_CHUNK)
    pieces = [pack(PacketType.START_DATA, struct.pack("<IQ", transaction, len(data)))]
    for start in range(0, last + 1, DATA_CHUNK):
        kind = PacketType.END_DATA if start == last else PacketType.DATA
        pieces.append(pack(kind, struct.pack("<I", transaction) + data[start : start + DATA_CHUNK]))
    return pieces


def pack_data_start(transaction: int, data: bytes, size_bytes: int) -> bytes:
    """Encode a data phase from camera to client that stops after ``size_bytes`` of its data."""
    head, *pieces = pack_data(transaction, data)
    begun = pieces[: size_bytes // DATA_CHUNK + 1]
    return head + b"".join(begun)[: len(begun) * _DATA_HEAD_BYTES + size_bytes]


def pack_response(code: int, transaction: int, parameters: tuple[int, ...] = ()) -> bytes:
    """Encode the response to an operation."""
    return pack(PacketType.OPERATION_RESPONSE, struct.pack(f"<HI{len(parameters)}I", code, transaction, *parameters))


def pack_event(code: int, transaction: int, parameters: tuple[int, ...] = ()) -> bytes:
    """Encode an event packet."""
    return pack(PacketType.EVENT, struct.pack(f"<HI{len(parameters)}I", code, transaction, *parameters))


def unpack_operation(body: bytes) -> OperationRequest:
    """Decode the body of an operation request. Raises ``ProtocolError`` if it is too short or too long."""
    if len(body) < 10 or (len(body) - 10) % 4 or len(body) > 30:
        raise ProtocolError(f"invalid operation request length: {len(body)} bytes")
    phase, code, transaction = struct.unpack_from("<IHI", body)
    parameters = struct.unpack_from(f"<{(len(body) - 10) // 4}I", body, 10)
    return OperationRequest(code, transaction, parameters, sends_data=phase == 2)


def unpack_number(body: bytes) -> int:
    """Decode the u32 at the start of a body: a transaction or connection number. Raises ``ProtocolError``."""
    if len(body) < 4:
        raise ProtocolError(f"PTP/IP packet body is too short: {len(body)} bytes")
    (number,) = struct.unpack_from("<I", body)
    return number
