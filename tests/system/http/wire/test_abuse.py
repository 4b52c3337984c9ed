"""Clients that break the rules: each is refused or ended in order, and nobody else notices."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from tests.support.fake_controller import FakeController
from tests.support.raw_viewers import (
    LIVEVIEW,
    SOCKETS,
    Kind,
    flowing,
    joined,
    number_of,
    numbered,
    opening,
    patience,
    turns,
    viewing,
)
from tests.support.raw_wire import (
    BINARY,
    CLOSE,
    CONTINUATION,
    KEY,
    PING,
    PONG,
    TEXT,
    WITHIN_SECONDS,
    EndOfWire,
    client_frame,
    request,
    wire,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.support.raw_viewers import RawViewer
    from tests.support.serving import Path, Serve, Serving

UPGRADE, CONNECTION = "Upgrade: websocket", "Connection: Upgrade"
THE_KEY, VERSION = f"Sec-WebSocket-Key: {KEY}", "Sec-WebSocket-Version: 13"
GOOD = (UPGRADE, CONNECTION, THE_KEY, VERSION)
STREAM = f"{LIVEVIEW}/stream"
MESSAGE_LIMIT_BYTES = 4 * 1024
PINGS = 3000
UNTAKEN_PINGS = 30_000

every_kind = pytest.mark.parametrize("kind", Kind)
every_socket = pytest.mark.parametrize("kind", SOCKETS)


@asynccontextmanager
async def bystander(service: Serving, controller: FakeController) -> AsyncGenerator[RawViewer]:
    """Somebody who watches while others misbehave: alone at the end, and served."""
    async with viewing(service, Kind.PLAIN) as viewer:
        await joined(controller, 1)
        yield viewer
        await joined(controller, 1)
        controller.publish(numbered(10**6))
        while number_of((await viewer.picture()).jpeg) != 10**6:
            pass


@pytest.mark.parametrize(
    ("method", "lines", "statuses"),
    [
        pytest.param("GET", (UPGRADE, CONNECTION, VERSION), {400}, id="no key"),
        pytest.param("GET", (UPGRADE, CONNECTION, VERSION, "Sec-WebSocket-Key: short"), {400}, id="bad key"),
        pytest.param("GET", (*GOOD, THE_KEY), {400}, id="two keys"),
        pytest.param("GET", (UPGRADE, CONNECTION, THE_KEY), {400, 426}, id="no version"),
        pytest.param("GET", (UPGRADE, CONNECTION, THE_KEY, "Sec-WebSocket-Version: 12"), {400, 426}, id="old version"),
        pytest.param("GET", (*GOOD, VERSION), {400}, id="two versions"),
        pytest.param("POST", (*GOOD, "Content-Length: 0"), {400, 405}, id="POST"),
        pytest.param("HEAD", GOOD, {400, 405}, id="HEAD"),
        pytest.param("GET", (UPGRADE, THE_KEY, VERSION), {400, 404, 426}, id="no Connection"),
        pytest.param("GET", (CONNECTION, THE_KEY, VERSION), {400, 404, 426}, id="no Upgrade"),
        pytest.param("GET", ("Upgrade: h2c", CONNECTION, "HTTP2-Settings: AAA"), {400, 404, 426}, id="h2c"),
        pytest.param("GET", (*GOOD, "Sec-WebSocket-Protocol: , ,a b"), {400}, id="bad subprotocol"),
        pytest.param("GET", (*GOOD, "X-Null: a\0b"), {400}, id="NUL in a header"),
        pytest.param("GET", (*GOOD, "X-Folded: a\r\n b"), {400}, id="folded header"),
        pytest.param("GET", (*GOOD, "Origin: null"), {403}, id="origin of nobody"),
        pytest.param("GET", (*GOOD, "Content-Length: 1", "Content-Length: 2"), {400}, id="two lengths"),
    ],
)
async def test_a_malformed_upgrade_is_refused(
    serve: Serve, method: str, lines: tuple[str, ...], statuses: set[int]
) -> None:
    controller = FakeController()
    async with serve(controller) as service, bystander(service, controller) as other, flowing(controller, 1000):
        with wire(service) as client:
            await client.send(request(STREAM, service.host_and_port, *lines, method=method))
            assert (await client.head()).status in statuses
            await other.picture()


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\xff\x16\x03\x01 no HTTP at all\r\n\r\n",
        b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + b"x" * 160,
        b"GET / HTTP/9.9\r\n\r\n",
        b"\r\n\r\n\x81\x85",
    ],
    ids=["garbage", "TLS", "version", "frame"],
)
async def test_what_is_no_http_is_refused_and_ended(serve: Serve, data: bytes) -> None:
    controller = FakeController()
    async with serve(controller) as service, bystander(service, controller):
        with wire(service) as client:
            await client.send(data)
            assert (await client.head()).status == 400
            await client.rest()


@every_kind
async def test_an_opening_that_comes_byte_by_byte_is_served(serve: Serve, kind: Kind) -> None:
    controller = FakeController()
    async with serve(controller) as service:
        with wire(service) as client:
            for byte in opening(kind, service):
                await client.send(bytes((byte,)))
                await turns(2)
            assert (await client.head()).status in {101, 200}
            await joined(controller, 1)


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        pytest.param(client_frame(TEXT, b"hello", mask=None), {1002}, id="not masked"),
        pytest.param(client_frame(TEXT, b"hello", reserved=0b100), {1002}, id="RSV1"),
        pytest.param(client_frame(TEXT, b"hello", reserved=0b011), {1002}, id="RSV2 and RSV3"),
        pytest.param(client_frame(0x3, b"hello"), {1002}, id="reserved opcode"),
        pytest.param(client_frame(0xB, b"hello"), {1002}, id="reserved control opcode"),
        pytest.param(client_frame(PING, b"hello", final=False), {1002}, id="fragmented ping"),
        pytest.param(client_frame(CLOSE, b"\x03\xe8", final=False), {1002}, id="fragmented close"),
        pytest.param(client_frame(PING, b"x" * 126), {1002}, id="long ping"),
        pytest.param(client_frame(CLOSE, b"\x03"), {1002}, id="close of one byte"),
        pytest.param(client_frame(CLOSE, b"\x03\xed"), {1002}, id="close with a code that is never sent"),
        pytest.param(client_frame(CLOSE, b"\x03\xe8\xff\xfe"), {1002, 1007}, id="close with bad UTF-8"),
        pytest.param(client_frame(CONTINUATION, b"hello"), {1002}, id="continuation of nothing"),
        pytest.param(client_frame(TEXT, b"a", final=False) + client_frame(TEXT, b"b"), {1002}, id="message in message"),
        pytest.param(client_frame(TEXT, b"x" * (MESSAGE_LIMIT_BYTES + 1)), {1009}, id="oversized"),
        pytest.param(b"\x82\xff" + (1 << 62).to_bytes(8, "big"), {1009}, id="oversized beyond reason"),
        pytest.param(b"\x82\xff" + b"\xff" * 8, {1002, 1009}, id="negative size"),
        pytest.param(
            client_frame(BINARY, b"x" * 3000, final=False) + client_frame(CONTINUATION, b"x" * 3000),
            {1009},
            id="oversized in fragments",
        ),
        pytest.param(client_frame(TEXT, b"\xff\xfe\xfd"), {1007}, id="bad UTF-8"),
        pytest.param(b"\x00\x01\x02garbage, and more of it", {1002}, id="garbage"),
    ],
)
@every_socket
async def test_a_broken_frame_closes_with_its_code(
    serve: Serve, path: Path, kind: Kind, said: bytes, codes: set[int], caplog: pytest.LogCaptureFixture
) -> None:
    controller = FakeController()
    async with serve(controller) as service, bystander(service, controller), flowing(controller, 50_000):
        async with viewing(service, kind) as viewer:
            await joined(controller, 2)
            await viewer.picture()
            await viewer.wire.send(said)
            assert (await viewer.end()).code in codes
        await joined(controller, 1)
    if path == "plain" and codes == {1007}:
        # uvicorn writes what a client did wrong as an error of its own; nothing of ours has failed.
        forgive(caplog, "Invalid UTF-8 sequence received from client.")


def forgive(caplog: pytest.LogCaptureFixture, message: str) -> None:
    """Take uvicorn's own complaint off the record."""
    for record in list(caplog.get_records("call")):
        if record.levelno >= logging.ERROR and record.getMessage() == message:
            caplog.get_records("call").remove(record)


@every_socket
async def test_the_longest_message_allowed_and_fragments_are_taken(serve: Serve, kind: Kind) -> None:
    controller = FakeController()
    async with serve(controller) as service, viewing(service, kind) as viewer:
        await joined(controller, 1)
        await viewer.wire.send(client_frame(TEXT, b"x" * MESSAGE_LIMIT_BYTES))
        for piece, last in ((b"in ", False), (b"two", True)):
            await viewer.wire.send(client_frame(CONTINUATION if last else TEXT, piece, final=last))
            await viewer.wire.send(client_frame(PING, piece))
        answers = 0
        async with asyncio.timeout(WITHIN_SECONDS):
            while answers < 2:
                answers += (await viewer.wire.frame()).opcode == PONG
        controller.publish(numbered(1))
        assert number_of((await viewer.picture()).jpeg) == 1


@every_socket
async def test_pings_as_fast_as_they_are_taken_disturb_nobody(serve: Serve, kind: Kind) -> None:
    """Each is answered, in order, or the connection is closed with a reason."""
    controller = FakeController()
    async with serve(controller) as service, bystander(service, controller) as other:
        async with viewing(service, kind) as viewer, flowing(controller, 20_000), asyncio.TaskGroup() as tasks:
            await joined(controller, 2)

            async def ping() -> None:
                for number in range(PINGS):
                    await viewer.wire.send(client_frame(PING, number.to_bytes(4, "big")))

            pinging = tasks.create_task(ping())
            answered = closed = seen = 0
            newest = 0
            while answered < PINGS and not closed:
                frame = await viewer.wire.frame()
                if frame.opcode == PONG:
                    assert int.from_bytes(frame.payload, "big") == answered
                    answered += 1
                    if answered % 10 == 0:
                        number = number_of((await other.picture()).jpeg)
                        assert number > newest
                        newest, seen = number, seen + 1
                elif frame.opcode == CLOSE:
                    closed = frame.code or 0
                    assert frame.reason
            assert closed or seen == PINGS // 10
            pinging.cancel()
        await joined(controller, 1)


@pytest.mark.long
@pytest.mark.parametrize("path", ["direct"], indirect=True)
@every_socket
async def test_pings_whose_answers_nobody_takes_do_not_pile_up(serve: Serve, kind: Kind) -> None:
    """uvicorn by itself would keep an answer to each for as long as the client does not read."""
    controller = FakeController()
    async with serve(controller) as service, bystander(service, controller):
        async with viewing(service, kind, receive_buffer_bytes=16 * 1024) as viewer:
            await joined(controller, 2)
            pings = client_frame(PING, b"x" * 125) * 500
            for _burst in range(UNTAKEN_PINGS // 500):
                await viewer.wire.send(pings)
            taken = 0
            with contextlib.suppress(TimeoutError):
                while True:
                    async with asyncio.timeout(1.0):
                        taken += len(await viewer.wire.some(65_536))
            assert 0 < taken < UNTAKEN_PINGS * 127 / 2
        await joined(controller, 1)


@every_kind
async def test_a_client_that_closes_its_half_while_streaming_is_no_viewer_any_more(serve: Serve, kind: Kind) -> None:
    controller = FakeController()
    async with (
        serve(controller) as service,
        bystander(service, controller),
        flowing(controller),
        viewing(service, kind) as viewer,
    ):
        await joined(controller, 2)
        await viewer.picture()
        viewer.wire.half_close()
        await viewer.wire.rest()
        await joined(controller, 1)


@pytest.mark.long
@pytest.mark.parametrize("path", ["direct"], indirect=True)
@every_kind
async def test_a_stuck_client_that_closes_its_half_is_no_viewer_for_long(
    serve: Serve, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    patience(monkeypatch, 0.5)
    controller = FakeController()
    async with (
        serve(controller) as service,
        bystander(service, controller) as other,
        viewing(service, kind, receive_buffer_bytes=16 * 1024) as viewer,
    ):
        await joined(controller, 2)
        controller.publish(numbered(1, 4_000_000))
        await other.picture()
        viewer.wire.half_close()
        await joined(controller, 1)


@every_kind
@pytest.mark.parametrize("share", [0.0, 0.5, 0.99, 1.0])
async def test_a_client_that_closes_its_half_in_the_handshake_is_let_go(serve: Serve, kind: Kind, share: float) -> None:
    controller = FakeController()
    async with serve(controller) as service, bystander(service, controller), flowing(controller, 1000):
        with wire(service) as client:
            whole = opening(kind, service)
            await client.send(whole[: int(len(whole) * share)])
            client.half_close()
            await client.rest()
        await joined(controller, 1)


@every_kind
@pytest.mark.parametrize("size_bytes", [1000, 1_000_000])
async def test_a_reset_in_the_middle_of_a_frame_is_the_end_of_that_viewer(
    serve: Serve, kind: Kind, size_bytes: int
) -> None:
    controller = FakeController()
    async with serve(controller) as service, bystander(service, controller), flowing(controller, size_bytes):
        for _ in range(5):
            async with viewing(service, kind) as viewer:
                await joined(controller, 2)
                await viewer.wire.some(100)
                viewer.wire.reset()
                await joined(controller, 1)


@every_kind
async def test_resets_in_the_handshake_leave_nothing(serve: Serve, kind: Kind) -> None:
    controller = FakeController()
    async with serve(controller) as service, bystander(service, controller), flowing(controller, 1000):
        whole = opening(kind, service)
        for length in (0, 1, len(whole) // 2, len(whole) - 1, len(whole)):
            for pause in (0, 1, 2, 3, 5, 20):
                with wire(service) as client:
                    await client.send(whole[:length])
                    await turns(pause)
                    client.reset()
        await turns()
        await joined(controller, 1)


async def test_bytes_behind_a_refused_handshake_are_not_taken_for_a_request(serve: Serve) -> None:
    controller = FakeController()
    async with serve(controller) as service, bystander(service, controller):
        with wire(service) as client:
            good = request(f"{LIVEVIEW}/stop", service.host_and_port, "Content-Length: 0", method="POST")
            await client.send(request(STREAM, service.host_and_port, UPGRADE, CONNECTION, VERSION) + good)
            assert (await client.head()).status == 400
            await client.rest()
    assert "stop_live" not in controller.calls


@pytest.mark.parametrize("behind", [b"\x00" * 50, client_frame(TEXT, b"hello", mask=None), b"GET / HTTP/1.1\r\n\r\n"])
async def test_garbage_right_behind_the_handshake_ends_that_connection_at_most(serve: Serve, behind: bytes) -> None:
    controller = FakeController()
    async with serve(controller) as service, bystander(service, controller), flowing(controller, 1000):
        async with viewing(service, Kind.LIVE) as viewer:
            await viewer.wire.send(behind)
            try:
                end = await viewer.end()
                assert end.code in {1002, 1009}
            except EndOfWire as end:
                pytest.fail(f"no close frame: {end}")
        with wire(service) as client:
            await client.send(opening(Kind.LIVE, service) + behind)
            assert (await client.head()).status in {101, 400}
        await joined(controller, 1)


@pytest.mark.parametrize("path", ["direct"], indirect=True)
@pytest.mark.parametrize("share", [0.0, 0.5, 0.95])
async def test_a_client_that_does_not_end_its_request_is_let_go(
    serve: Serve, share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not without our own connections: uvicorn waits for ever. One whose request was whole stays."""
    monkeypatch.setattr("photonic.service.http.http_connection.HEAD_WITHIN_SECONDS", 0.3)
    controller = FakeController()
    async with serve(controller) as service, bystander(service, controller):
        whole = opening(Kind.LIVE, service)
        with wire(service) as silent:
            await silent.send(whole[: int(len(whole) * share)])
            async with asyncio.timeout(WITHIN_SECONDS):
                with contextlib.suppress(ConnectionError):
                    assert await silent.rest() == b""
