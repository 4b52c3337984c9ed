"""A simulated body behind its server, in virtual time, and a client of it."""

from __future__ import annotations

import asyncio
import struct
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from tests.support.waiting import until_true
from tests.unit.simulator.bodies import BodyHarness

from photonic.ptp import packets
from photonic.ptp.packets import PacketDecoder, PacketType
from photonic.ptp.responder import Responder
from photonic.simulator.canon import CanonEos
from photonic.simulator.server import CameraServer
from photonic.simulator.wire import FaultyWire

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from photonic.ptp.packets import Packet


INIT = packets.pack(PacketType.INIT_COMMAND_REQUEST, bytes(16) + "t\0".encode("utf-16-le") + struct.pack("<I", 0x10000))
GET_EVENTS, VIEWFINDER_DATA, SET_PROPERTY = 0x9116, 0x9153, 0x9110
VIEWFINDER_OUTPUT = 0xD1B0


class Client:
    """The command connection of a client."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self._decoder = PacketDecoder()
        self._packets: list[Packet] = []
        self._transaction = 0

    async def packet(self) -> Packet | None:
        """The next packet; ``None``: closed."""
        while not self._packets:
            try:
                data = await self._reader.read(65536)
            except ConnectionResetError:
                return None
            if not data:
                return None
            self._packets += self._decoder.feed(data)
        return self._packets.pop(0)

    def request(self, code: int, *parameters: int) -> None:
        self._transaction += 1
        body = struct.pack(f"<IHI{len(parameters)}I", 1, code, self._transaction, *parameters)
        self.writer.write(packets.pack(PacketType.OPERATION_REQUEST, body))

    async def answer(self) -> int:
        while (packet := await self.packet()) is not None:
            if packet.type is PacketType.OPERATION_RESPONSE:
                return struct.unpack_from("<H", packet.body)[0]
        raise AssertionError("closed")


class ServerHarness(BodyHarness):
    """A camera on a port of the loopback; the body's clock is the real one."""

    def __init__(self, **settings: object) -> None:
        super().__init__(**settings)
        eos = CanonEos(self.body, self.journal, model="Canon EOS Test", version="1", serial="17")
        wire = FaultyWire(self.faults, self.journal)
        self.responder = Responder(eos, guid=bytes(16), name="Canon", wire=wire)
        self.server = self.on_port(0)

    def on_port(self, port: int) -> CameraServer:
        return CameraServer(self.body, self.responder, self.journal, host="127.0.0.1", port=port)

    @asynccontextmanager
    async def client(self) -> AsyncGenerator[Client]:
        """Connected and in a session."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        client = Client(reader, writer)
        try:
            writer.write(INIT)
            ack = await client.packet()
            assert ack is not None
            assert ack.type is PacketType.INIT_COMMAND_ACK
            client.request(0x1002, 1)
            assert await client.answer() == 0x2001
            yield client
        finally:
            writer.close()

    async def listening(self, *, wanted: bool) -> None:
        """Waits until the camera listens, or does not."""
        await until_true(lambda: (self.server._server is not None) is wanted)
