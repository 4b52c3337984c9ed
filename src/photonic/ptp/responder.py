"""The camera's side of PTP/IP: two connections, one client, one operation at a time; without I/O or clock.

The caller numbers the connections. Bytes and times go in; actions come out: bytes to write, connections to close.
If the camera cannot answer an operation yet, the responder calls it again at the time that it gave, or at the next
``wake``. ``Wire`` decides whether an answer is damaged on its way.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.errors import ProtocolError
from photonic.ptp import packets
from photonic.ptp.codes import ALL
from photonic.ptp.damage import Cut, Misnumber, Strand
from photonic.ptp.datasets import pack_string
from photonic.ptp.handler import NotYet
from photonic.ptp.operation import HostedSession, PendingOperation
from photonic.ptp.packets import FailReason, Packet, PacketDecoder, PacketType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from photonic.ptp.damage import Wire
    from photonic.ptp.handler import Handler


@dataclass(frozen=True, slots=True)
class Send:
    """Write ``data`` to a connection."""

    connection: int
    data: bytes


@dataclass(frozen=True, slots=True)
class CloseConnection:
    """Close a connection after everything written to it has been sent."""

    connection: int
    reason: str


Action = Send | CloseConnection


class Responder:
    """One camera's side of PTP/IP.

    Args:
        handler: The camera.
        guid: 16 bytes.
        name: The name that clients show.
        wire: Damages answers; ``None``: no answer is damaged.
    """

    def __init__(self, handler: Handler, *, guid: bytes, name: str, wire: Wire | None = None) -> None:
        self._handler = handler
        self._wire = wire
        self._guid = guid
        self._name = name
        self._decoders: dict[int, PacketDecoder] = {}
        self._command: int | None = None
        self._event: int | None = None
        self._number = 0
        self._operation: PendingOperation | None = None
        self._session = HostedSession(handler)
        self._abandoned = False
        self._wake_at: float | None = None

    @property
    def wake_at(self) -> float | None:
        """The latest time to call ``wake``; ``None``: no answer is pending."""
        return self._wake_at

    @property
    def connected(self) -> bool:
        """Whether a client is connected to the camera."""
        return self._command is not None

    def serves(self, connection: int) -> bool:
        """Whether a connection belongs to the present client and both of the client's connections are open."""
        return self._event is not None and connection in {self._command, self._event}

    def opened(self, connection: int) -> None:
        """A connection was accepted."""
        self._decoders[connection] = PacketDecoder()

    def received(self, connection: int, data: bytes, now: float) -> list[Action]:
        """Process received bytes; return what to do."""
        if not self._listens_to(connection):
            return []
        actions: list[Action] = []
        try:
            for packet in self._decoders[connection].feed(data):
                # Answering an earlier packet may have closed the connection.
                if self._listens_to(connection):
                    actions += self._on_packet(connection, packet, now)
        except ProtocolError as error:
            actions += [CloseConnection(connection, str(error)), *self.closed(connection, now)]
        return actions + self._new_events()

    def _listens_to(self, connection: int) -> bool:
        return connection in self._decoders and not (self._abandoned and connection in {self._command, self._event})

    def closed(self, connection: int, now: float) -> list[Action]:
        """A connection was closed; the client's other connection is closed too."""
        self._decoders.pop(connection, None)
        if connection not in {self._command, self._event}:
            return []
        other = self._event if connection == self._command else self._command
        abandoned = self._abandoned
        self._forget_client(now)
        if other is None or abandoned:
            return []
        return [CloseConnection(other, "the client's other connection was closed")]

    def abandon(self) -> None:
        """Ignore the present client from now on, without closing its connections; the next client takes its place."""
        self._operation = self._wake_at = None
        self._abandoned = self._command is not None

    def wake(self, now: float) -> list[Action]:
        """Poll the camera for a pending answer and for new events."""
        answer: Iterable[Action] = ()
        if self._operation is not None and self._operation.complete:
            answer = self._answer(now)
        return [*answer, *self._new_events()]

    def _new_events(self) -> list[Action]:
        if self._event is None or self._abandoned:
            return []
        return [
            Send(self._event, packets.pack_event(code, 0xFFFFFFFF, parameters))
            for code, parameters in self._handler.events()
        ]

    def _on_packet(self, connection: int, packet: Packet, now: float) -> Iterable[Action]:
        if connection == self._command:
            return self._on_command_packet(packet, now)
        if connection == self._event:
            # Only clients send pings: libgphoto2 does not answer a ping from the camera.
            return [Send(connection, packets.pack(PacketType.PONG))] if packet.type is PacketType.PING else []
        if packet.type is PacketType.INIT_COMMAND_REQUEST:
            return self._init_command(connection, packet, now)
        if packet.type is PacketType.INIT_EVENT_REQUEST:
            return self._init_event(connection, packet)
        raise ProtocolError(f"{packet.type.name} before the connection was initialized")

    def _init_command(self, connection: int, packet: Packet, now: float) -> list[Action]:
        if len(packet.body) < 16:
            raise ProtocolError("init request without a GUID")
        if self._abandoned:
            self._forget_client(now)
        if self._command is not None:
            return self._fail(connection, FailReason.BUSY, "the camera is in use by another client")
        self._command = connection
        self._number += 1
        name = pack_string(self._name)[1:] or b"\0\0"
        body = struct.pack("<I", self._number) + self._guid + name + struct.pack("<I", 0x00010000)
        return [Send(connection, packets.pack(PacketType.INIT_COMMAND_ACK, body))]

    def _init_event(self, connection: int, packet: Packet) -> list[Action]:
        if self._command is None or self._event is not None or packets.unpack_number(packet.body) != self._number:
            return self._fail(connection, FailReason.REJECTED, "no such connection")
        self._event = connection
        return [Send(connection, packets.pack(PacketType.INIT_EVENT_ACK))]

    def _fail(self, connection: int, reason: FailReason, why: str) -> list[Action]:
        self._decoders.pop(connection, None)
        body = struct.pack("<I", reason)
        return [Send(connection, packets.pack(PacketType.INIT_FAIL, body)), CloseConnection(connection, why)]

    def _on_command_packet(self, packet: Packet, now: float) -> Iterable[Action]:
        match packet.type:
            case PacketType.OPERATION_REQUEST:
                if self._operation is not None:
                    raise ProtocolError("operation request while another operation is in progress")
                request = packets.unpack_operation(packet.body)
                self._operation = PendingOperation(request, complete=not request.sends_data)
            case PacketType.START_DATA | PacketType.DATA | PacketType.END_DATA:
                self._on_data(packet)
            case PacketType.CANCEL:
                self._operation = self._wake_at = None
            case PacketType.PING:
                return [Send(self._command_connection, packets.pack(PacketType.PONG))]
            case _:
                raise ProtocolError(f"{packet.type.name} on the command connection")
        return self.wake(now)

    @property
    def _command_connection(self) -> int:
        if self._command is None:
            raise ProtocolError("no command connection")
        return self._command

    def _on_data(self, packet: Packet) -> None:
        operation = self._operation
        if operation is None or operation.complete:
            raise ProtocolError("data without an operation that expects it")
        if packets.unpack_number(packet.body) != operation.request.transaction:
            raise ProtocolError("data for another transaction")
        if packet.type is not PacketType.START_DATA:
            operation.extend(packet.body[4:])
        operation.complete = packet.type is PacketType.END_DATA

    def _answer(self, now: float) -> Iterable[Action]:
        operation, self._wake_at = self._operation, None
        if operation is None:
            return
        reply = self._session.reply(operation, now)
        if isinstance(reply, NotYet):
            self._wake_at = reply.at
            return
        self._operation = None
        size = None if reply.data is None else len(reply.data)
        damage = self._wire.damage(operation.request, size, now) if self._wire is not None else None
        connection = self._command_connection
        transaction = operation.request.transaction
        match damage:
            case Cut(after_bytes):
                yield Send(connection, packets.pack_data_start(transaction, reply.data or b"", after_bytes))
                yield CloseConnection(connection, "connection broken in the middle of a data phase")
                yield from self.closed(connection, now)
                return
            case Strand(after_bytes):
                yield Send(connection, packets.pack_data_start(transaction, reply.data or b"", after_bytes))
                self.abandon()
                return
            case Misnumber(offset):
                transaction = (transaction + offset) & ALL
            case None:
                pass
        if reply.data is not None:
            for piece in packets.pack_data(transaction, reply.data):
                yield Send(connection, piece)
        yield Send(connection, packets.pack_response(reply.code, transaction, reply.parameters))

    def _forget_client(self, now: float) -> None:
        for connection in (self._command, self._event):
            if connection is not None:
                self._decoders.pop(connection, None)
        self._command = self._event = self._operation = self._wake_at = None
        self._abandoned = False
        self._session.end(now)
