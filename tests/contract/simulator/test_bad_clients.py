"""Whatever a client does, the camera serves the next one."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from tests.contract.simulator.raw_client import INIT, RawClient
from tests.support.waiting import until

from photonic.ptp import packets
from photonic.ptp.packets import FailReason, PacketType

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.simulated import SimulatedCamera

OPERATION_NOT_SUPPORTED = 0x2005
GET_EVENTS, SET_PROPERTY, VIEWFINDER_DATA = 0x9116, 0x9110, 0x9153


@pytest.fixture
def port(kept_camera: SimulatedCamera) -> Iterator[int]:
    """The camera's port; after the test a good client is served there."""
    yield kept_camera.port
    with RawClient(kept_camera.port) as client:
        client.init()
        assert client.ask(GET_EVENTS) == 0x2001
    assert kept_camera.process.poll() is None


@pytest.mark.parametrize(
    "garbage",
    [
        pytest.param(b"\xff" * 4096, id="noise"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: camera\r\n\r\n", id="a browser"),
        pytest.param(struct.pack("<II", 0xFFFFFFFF, 1), id="a packet of 4 GB"),
        pytest.param(struct.pack("<II", 8, 99), id="an unknown type"),
        pytest.param(packets.pack(PacketType.OPERATION_REQUEST, b"\1"), id="an operation before anything"),
        pytest.param(packets.pack(PacketType.INIT_COMMAND_REQUEST, b"short"), id="an init without a GUID"),
        pytest.param(INIT + packets.pack(PacketType.OPERATION_REQUEST, b"\1"), id="an operation that is cut"),
        pytest.param(INIT + packets.pack(PacketType.END_DATA, b"\1\0\0\0"), id="data that nobody asked for"),
        pytest.param(INIT + INIT, id="two inits"),
    ],
)
def test_garbage_closes_the_connection(port: int, garbage: bytes) -> None:
    with RawClient(port) as client:
        client.command.send(garbage)
        while client.command.packet() is not None:
            pass


def test_half_a_packet_waits_and_does_no_harm_when_its_client_goes(port: int) -> None:
    with RawClient(port) as half, RawClient(port) as whole:
        half.command.send(INIT[:11])
        whole.init()
        whole.command.send(struct.pack("<I", 5000))
        whole.command.socket.close()


def test_an_unknown_operation_gets_an_answer_and_the_session_goes_on(port: int) -> None:
    with RawClient(port) as client:
        client.init()
        for code in (0x9FFF, 0x1014, 0, 0xFFFF):
            assert client.ask(code) == OPERATION_NOT_SUPPORTED
        assert client.ask(GET_EVENTS) == 0x2001


@pytest.mark.parametrize("code", [0x1001, *range(0x1004, 0x101C), *range(0x9101, 0x9161)])
def test_an_operation_with_absurd_parameters_gets_an_answer(port: int, code: int) -> None:
    with RawClient(port) as client:
        client.init()
        client.ask(code, *[0xFFFFFFFF] * 5)
        client.ask(code)
        assert client.ask(GET_EVENTS) == 0x2001


def test_a_second_client_is_told_that_the_camera_is_busy(port: int) -> None:
    with RawClient(port) as first, RawClient(port) as second:
        first.init()
        second.command.send(INIT)
        fail = second.command.packet()
        assert fail is not None
        assert (fail.type, fail.body) == (PacketType.INIT_FAIL, struct.pack("<I", FailReason.BUSY))
        assert second.command.packet() is None
        assert first.ask(GET_EVENTS) == 0x2001


def test_a_client_that_goes_in_the_middle_of_its_own_data(port: int) -> None:
    with RawClient(port) as client:
        client.init()
        body = struct.pack("<IHI", 2, SET_PROPERTY, 2)
        client.command.send(packets.pack(PacketType.OPERATION_REQUEST, body))
        client.command.send(packets.pack(PacketType.START_DATA, struct.pack("<IQ", 2, 1000)))
        client.command.send(packets.pack(PacketType.DATA, struct.pack("<I", 2) + bytes(500)))


def test_a_client_that_goes_in_the_middle_of_the_cameras_data(port: int, kept_camera: SimulatedCamera) -> None:
    before = len(kept_camera.journal("added"))
    kept_camera.control.press()
    until(lambda: len(kept_camera.journal("added")) > before)
    added = kept_camera.journal("added")[-1]
    with RawClient(port) as client:
        client.init()
        client.request(0x1009, added["handle"])
        assert client.command.socket.recv(20)


def test_a_client_that_never_reads_its_frames(port: int) -> None:
    with RawClient(port) as client:
        client.init()
        client.request(VIEWFINDER_DATA, 0x200000, 0, 0)
        client.request(VIEWFINDER_DATA, 0x200000, 0, 0)
