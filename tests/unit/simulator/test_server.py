"""Sockets and time around the responder: what is sent when, to which client, and that a fault causes no busy work."""

from __future__ import annotations

import asyncio
import socket
import struct
import time

import pytest
from tests.support.waiting import until_true
from tests.unit.simulator.server import GET_EVENTS, INIT, VIEWFINDER_DATA, VIEWFINDER_OUTPUT, ServerHarness

from photonic.errors import BadInput
from photonic.ptp.packets import PacketType
from photonic.simulator.faults import Fault, FaultName, FaultStart


async def test_a_client_is_served() -> None:
    harness = ServerHarness()
    async with harness.server, harness.client() as client:
        client.request(GET_EVENTS)
        assert await client.answer() == 0x2001


async def test_a_port_that_is_taken_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(BadInput, match="--port"):
        async with ServerHarness().on_port(taken.getsockname()[1]):
            pass


async def test_leaving_cuts_clients_and_stops_listening() -> None:
    harness = ServerHarness()
    async with harness.server:
        async with harness.client() as client:
            await harness.server.__aexit__(None, None, None)
            assert await client.packet() is None
        with pytest.raises(OSError, match=r"refused|failed"):
            await asyncio.open_connection("127.0.0.1", harness.server.port)


async def test_a_mute_camera_waits_without_work_and_answers_when_the_fault_ends() -> None:
    harness = ServerHarness(viewfinder_start_seconds=0.0)
    async with harness.server, harness.client() as client:
        harness.body.set(0xD1B0, struct.pack("<I", 2), time.monotonic())
        harness.body.frame(time.monotonic())
        client.request(VIEWFINDER_DATA)
        await until_true(lambda: harness.responder.wake_at)
        harness.server.arm(Fault(FaultName.MUTE))
        assert harness.server._due() == []
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.packet(), 0.1)
        harness.server.clear(FaultName.MUTE)
        assert await client.answer() == 0x2001


async def test_what_a_mute_camera_did_not_hear_is_answered_in_order_afterwards() -> None:
    harness = ServerHarness()
    async with harness.server, harness.client() as client:
        harness.server.arm(Fault(FaultName.MUTE, seconds=0.1))
        client.request(0x9FFF)
        assert await client.answer() == 0x2005


async def test_a_dripping_camera_says_a_byte_and_the_rest_when_the_fault_ends() -> None:
    harness = ServerHarness()
    async with harness.server, harness.client() as client:
        harness.server.arm(Fault(FaultName.DRIP))
        client.request(GET_EVENTS)
        assert len(await client._reader.read(65536)) == 1
        client._decoder.feed(struct.pack("<I", 20)[:1])
        harness.server.clear(None)
        assert await client.answer() == 0x2001


async def test_on_a_half_open_link_nothing_is_heard_said_or_closed_and_no_new_client_is_served() -> None:
    harness = ServerHarness()
    async with harness.server, harness.client() as client:
        harness.server.arm(Fault(FaultName.HALF_OPEN))
        client.request(GET_EVENTS)
        reader, writer = await asyncio.open_connection("127.0.0.1", harness.server.port)
        writer.write(INIT)
        for silent in (client.packet(), reader.read(1)):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(silent, 0.1)
        writer.close()
        assert harness.server._due() == []
        assert [entry["up"] for entry in harness.entries("link")] == [False]


async def test_a_half_open_link_that_is_mended_serves_a_new_client_and_never_the_old_one() -> None:
    harness = ServerHarness()
    async with harness.server, harness.client() as lost:
        harness.server.arm(Fault(FaultName.HALF_OPEN, seconds=0.1))
        await until_true(lambda: len(harness.entries("link")) == 2)
        lost.request(GET_EVENTS)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(lost.packet(), 0.1)
        assert harness.entries("session_ended") == []
        async with harness.client() as client:
            assert len(harness.entries("session_ended")) == 1
            client.request(GET_EVENTS)
            assert await client.answer() == 0x2001


async def test_a_transfer_that_is_cut_has_said_what_came_before_and_closes() -> None:
    harness = ServerHarness(viewfinder_start_seconds=0.0)
    async with harness.server, harness.client() as client:
        harness.server.arm(Fault(FaultName.CUT_TRANSFER, amount=4))
        client.request(GET_EVENTS)
        start = await client.packet()
        assert start is not None
        assert start.type is PacketType.START_DATA
        assert await client.packet() is None
        # The head of a data packet (12 bytes), and as much as the fault lets through.
        assert len(client._decoder._buffer) == 12 + 4


async def test_a_stranded_client_keeps_its_connection_and_the_next_one_is_served() -> None:
    harness = ServerHarness()
    async with harness.server, harness.client() as stranded:
        harness.server.arm(Fault(FaultName.STRANDED_DATA, amount=4))
        stranded.request(GET_EVENTS)
        assert await stranded.packet() is not None
        stranded.request(GET_EVENTS)
        async with harness.client() as client:
            client.request(GET_EVENTS)
            assert await client.answer() == 0x2001
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(stranded.packet(), 0.1)


async def test_an_unplugged_camera_comes_back_at_the_same_port() -> None:
    harness = ServerHarness()
    async with harness.server:
        async with harness.client() as client:
            harness.server.arm(Fault(FaultName.UNPLUG))
            assert await client.packet() is None
            with pytest.raises(OSError, match=r"refused|failed"):
                await asyncio.open_connection("127.0.0.1", harness.server.port)
        harness.server.clear(FaultName.UNPLUG)
        await harness.listening(wanted=True)
        async with harness.client() as client:
            client.request(GET_EVENTS)
            assert await client.answer() == 0x2001


async def test_a_camera_whose_port_is_taken_while_it_is_unplugged_tries_again() -> None:
    harness = ServerHarness()
    async with harness.server:
        harness.server.arm(Fault(FaultName.UNPLUG))
        await harness.listening(wanted=False)
        with socket.create_server(("127.0.0.1", harness.server.port)):
            harness.server.clear(None)
            await until_true(lambda: harness.entries("cannot_listen"))
        await harness.listening(wanted=True)


async def test_the_button_takes_a_photo_without_a_client() -> None:
    harness = ServerHarness(speed=100.0)
    async with harness.server:
        harness.server.press()
        await until_true(lambda: harness.entries("written"))


async def test_a_cable_that_is_pulled_with_a_frame_is_out_at_once() -> None:
    harness = ServerHarness(speed=1000.0)
    async with harness.server, harness.client() as client:
        harness.body.set(VIEWFINDER_OUTPUT, b"\x02\0\0\0", time.monotonic())
        harness.server.arm(Fault(FaultName.UNPLUG, FaultStart.FRAME))
        await until_true(lambda: harness.body.viewfinder.ready(time.monotonic()))
        client.request(VIEWFINDER_DATA)
        await harness.listening(wanted=False)
        while await client.packet() is not None:
            pass


async def test_the_faults_of_a_stream_begin_at_their_times() -> None:
    harness = ServerHarness()
    harness.faults.started_at = time.monotonic()
    async with harness.server:
        harness.server.follow(Fault(FaultName.HEAT, FaultStart.TIME, number / 20, seconds=0.01) for number in (1, 2, 3))
        await until_true(lambda: len(harness.entries("fault_end")) == 3)
    assert [entry["event"] for entry in harness.journal.since(0)] == ["fault_begin", "fault_end"] * 3
