"""A PTP/IP client that can do everything wrong."""

from __future__ import annotations

import socket
import struct
from contextlib import ExitStack
from typing import TYPE_CHECKING, Self

from photonic.ptp import packets
from photonic.ptp.packets import PacketDecoder, PacketType

if TYPE_CHECKING:
    from types import TracebackType

    from photonic.ptp.packets import Packet

ANSWERS_WITHIN_SECONDS = 20.0
INIT = packets.pack(
    PacketType.INIT_COMMAND_REQUEST, bytes(16) + "raw\0".encode("utf-16-le") + struct.pack("<I", 0x10000)
)


class Connection:
    """One TCP connection, packet by packet."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), ANSWERS_WITHIN_SECONDS)
        self._decoder = PacketDecoder()
        self._packets: list[Packet] = []

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def packet(self) -> Packet | None:
        """The next packet; ``None``: the camera has closed."""
        while not self._packets:
            try:
                data = self.socket.recv(65536)
            except ConnectionResetError:
                return None
            if not data:
                return None
            self._packets += self._decoder.feed(data)
        return self._packets.pop(0)


class RawClient:
    """A client in a session, or on its way there."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._stack = ExitStack()
        self._transaction = 0

    def __enter__(self) -> Self:
        self.command = self.connection()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def connection(self) -> Connection:
        """One more connection, closed on leaving."""
        connection = Connection(self._port)
        self._stack.callback(connection.socket.close)
        return connection

    def init(self) -> None:
        """Become the camera's client, and open a session."""
        self.command.send(INIT)
        ack = self.command.packet()
        assert ack is not None
        assert ack.type is PacketType.INIT_COMMAND_ACK, ack
        self.events = self.connection()
        self.events.send(packets.pack(PacketType.INIT_EVENT_REQUEST, ack.body[:4]))
        ack = self.events.packet()
        assert ack is not None
        assert ack.type is PacketType.INIT_EVENT_ACK, ack
        assert self.ask(0x1002, 1) == 0x2001

    def request(self, code: int, *parameters: int) -> None:
        """Ask, and do not listen."""
        self._transaction += 1
        body = struct.pack(f"<IHI{len(parameters)}I", 1, code, self._transaction, *parameters)
        self.command.send(packets.pack(PacketType.OPERATION_REQUEST, body))

    def request_with_data(self, code: int, data: bytes) -> None:
        """Ask, send data with it, and do not listen."""
        self._transaction += 1
        body = struct.pack("<IHI", 2, code, self._transaction)
        self.command.send(packets.pack(PacketType.OPERATION_REQUEST, body))
        self.command.send(b"".join(packets.pack_data(self._transaction, data)))

    def ask(self, code: int, *parameters: int) -> int:
        """The response code of an operation."""
        self.request(code, *parameters)
        return self.response()

    def response(self) -> int:
        """The code of the response that comes next."""
        while (packet := self.command.packet()) is not None:
            if packet.type is PacketType.OPERATION_RESPONSE:
                return struct.unpack_from("<H", packet.body)[0]
        raise AssertionError("the camera has closed the connection")
