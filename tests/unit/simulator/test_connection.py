"""Connections whose peer is gone, or does not speak the protocol."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from tests.support.waiting import until_true
from tests.unit.simulator.bodies import BodyHarness

from photonic.ptp import packets
from photonic.ptp.packets import PacketType
from photonic.ptp.responder import Responder, Send
from photonic.simulator import server
from photonic.simulator.canon import CanonEos
from photonic.simulator.connection import DEAD_SECONDS
from photonic.simulator.faults import Fault, FaultName

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

INIT = packets.pack(PacketType.INIT_COMMAND_REQUEST, bytes(16) + "t\0".encode("utf-16-le") + struct.pack("<I", 0x10000))


class Camera:
    """A camera on the loopback, and its journal."""

    def __init__(self) -> None:
        self.writers: list[asyncio.StreamWriter] = []
        self.harness = BodyHarness()
        eos = CanonEos(self.harness.body, self.harness.journal, model="Canon EOS Test", version="1", serial="17")
        self.responder = Responder(eos, guid=bytes(16), name="Canon")
        self.server = server.CameraServer(
            self.harness.body, self.responder, self.harness.journal, host="127.0.0.1", port=0
        )

    async def open(self, said: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        self.writers.append(writer)
        writer.write(said)
        return reader, writer


@pytest.fixture
async def camera() -> AsyncIterator[Camera]:
    camera = Camera()
    async with camera.server:
        yield camera
        for writer in camera.writers:
            writer.transport.abort()
    for writer in camera.writers:
        with suppress(ConnectionError):
            await writer.wait_closed()


@pytest.mark.parametrize("said", [b"", INIT[:9], INIT], ids=["nothing", "half a packet", "half an introduction"])
async def test_who_does_not_introduce_himself_in_time_is_let_go(
    camera: Camera, said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "INIT_SECONDS", 0.05)
    reader, _ = await camera.open(said)
    with suppress(ConnectionResetError):  # if what was said is still unread when the time is up
        await reader.read()
    assert not camera.responder.connected
    assert camera.harness.entries("closed")[0]["reason"] == "no identification in time"


async def test_a_client_in_its_session_may_be_silent(camera: Camera, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "INIT_SECONDS", 0.05)
    reader, _ = await camera.open(INIT)
    await reader.readexactly(8)
    events, _ = await camera.open(packets.pack(PacketType.INIT_EVENT_REQUEST, struct.pack("<I", 1)))
    await events.readexactly(8)
    # A later connection that is closed proves that the time of both had expired.
    stranger, _ = await camera.open()
    assert await stranger.read() == b""
    assert camera.responder.connected


async def test_a_mute_camera_closes_nothing(camera: Camera, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "INIT_SECONDS", 0.02)
    camera.server.arm(Fault(FaultName.MUTE, seconds=0.2))
    reader, _ = await camera.open()
    assert await reader.read() == b""
    (closed,), (fault,) = camera.harness.entries("closed"), camera.harness.entries("fault")
    assert isinstance(closed["at_us"], int)
    assert isinstance(fault["at_us"], int)
    assert closed["at_us"] - fault["at_us"] >= 200_000


async def test_a_peer_that_is_off_the_network_is_noticed(camera: Camera) -> None:
    reader, _ = await camera.open(INIT)
    await reader.readexactly(8)
    (connection,) = camera.server._connections.values()
    assert connection.transport is not None
    its = connection.transport.get_extra_info("socket")
    assert its.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    idle, interval, count = (
        its.getsockopt(socket.IPPROTO_TCP, option)
        for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
    )
    assert idle + interval * count <= DEAD_SECONDS
    assert its.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == DEAD_SECONDS * 1000


async def test_closing_on_a_peer_that_does_not_read_costs_no_work(camera: Camera) -> None:
    reader, writer = await camera.open(INIT)
    await reader.readexactly(8)
    # More than both ends' buffers take: the transport cannot close before the peer reads.
    camera.server._do([Send(1, bytes(32 * 1024 * 1024))])
    writer.write(b"\xff" * 64)
    await until_true(lambda: "closed" in camera.harness.events(), 10)
    assert camera.server._connections
    assert camera.server._due() == []
