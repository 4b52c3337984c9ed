"""What a stranger can send before any right is asked for is bounded in bytes, count and time, and answered."""

from __future__ import annotations

import asyncio
import contextlib
import json
import resource
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.fake_controller import FakeController
from tests.support.raw_viewers import LIVEVIEW, Kind, joined, numbered, opening, viewing
from tests.support.raw_wire import (
    CONTINUATION,
    TEXT,
    WITHIN_SECONDS,
    EndOfWire,
    client_frame,
    request,
    upgrade_lines,
    wire,
)
from tests.support.serving import serving

from photonic.service.http import descriptors

if TYPE_CHECKING:
    from tests.support.raw_wire import Head, Wire

STREAM = f"{LIVEVIEW}/stream"
HEALTH = "/health"


async def problem(client: Wire) -> tuple[Head, dict[str, object]]:
    """A refusal, whole: its head, and its body, which is a problem."""
    head = await client.head()
    body = await client.exactly(int(head["content-length"]))
    assert head["content-type"] == "application/problem+json"
    return head, json.loads(body)


async def answered(client: Wire, data: bytes) -> Head:
    """Send as much of ``data`` as is taken; the answer."""

    async def send() -> None:
        with contextlib.suppress(OSError):
            await client.send(data)

    async with asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(send())
        head, body = await problem(client)
        assert body["status"] == head.status
        assert head["connection"] == "close"
        sending.cancel()
    await client.rest()
    return head


ways = pytest.mark.parametrize(("path", "lines"), [(HEALTH, ()), (STREAM, upgrade_lines())], ids=["request", "upgrade"])


@ways
@pytest.mark.parametrize(
    "more",
    [
        pytest.param([f"X-Long: {'x' * 20_000}"], id="long line"),
        pytest.param([f"X-{number}: y" for number in range(101)], id="many lines"),
        pytest.param([f"X-{number}: {'y' * 1000}" for number in range(20)], id="many bytes"),
        pytest.param([f"{'X' * 20_000}: y"], id="long name"),
    ],
)
async def test_a_head_beyond_its_bounds_is_answered_431(path: str, lines: tuple[str, ...], more: list[str]) -> None:
    async with serving(FakeController()) as service:
        with wire(service) as client:
            head = await answered(client, request(path, service.host_and_port, *lines, *more))
        assert head.status == 431


async def test_an_upgrade_with_a_line_that_its_reader_does_not_take_is_answered() -> None:
    """9 KB: within the head's bound, beyond that of the WebSocket library."""
    async with serving(FakeController()) as service:
        with wire(service) as client:
            long = f"X-Long: {'x' * 9_000}"
            head = await answered(client, request(STREAM, service.host_and_port, *upgrade_lines(long)))
        assert head.status == 431


@pytest.mark.parametrize("address", [f"/{'a' * 20_000}", f"{STREAM}?x={'a' * 20_000}"], ids=["path", "query"])
async def test_a_request_line_beyond_the_bound_is_answered(address: str) -> None:
    async with serving(FakeController()) as service:
        with wire(service) as client:
            head = await answered(client, request(address, service.host_and_port, *upgrade_lines()))
        assert head.status == 431


@pytest.mark.parametrize("begin", [b"X-Endless: ", b"", b"X: y\r\n" * 5], ids=["value", "name", "lines"])
async def test_a_head_without_end_is_refused_while_it_is_read(begin: bytes) -> None:
    """Not kept, and not looked through to its end: of 8 MB hardly more is taken than the bound."""
    async with serving(FakeController()) as service:
        with wire(service) as client:
            whole = request(HEALTH, service.host_and_port)[:-2] + begin + b"x" * 8_000_000
            assert (await answered(client, whole)).status == 431


async def test_the_largest_usual_head_is_taken() -> None:
    async with serving(FakeController()) as service:
        with wire(service) as client:
            lines = [f"Cookie-{number}: {'c' * 140}" for number in range(90)]
            await client.send(request(HEALTH, service.host_and_port, *lines))
            assert (await client.head()).status == 200


@pytest.mark.parametrize("lines", [(), upgrade_lines()], ids=["request", "upgrade"])
async def test_two_hosts_are_refused(lines: tuple[str, ...]) -> None:
    """RFC 9112, 3.2."""
    async with serving(FakeController()) as service:
        with wire(service) as client:
            data = request(HEALTH, service.host_and_port, f"Host: {service.host_and_port}", *lines)
            assert (await answered(client, data)).status == 400


@pytest.mark.parametrize("lines", [(), upgrade_lines()], ids=["request", "upgrade"])
async def test_an_address_with_another_host_is_refused(lines: tuple[str, ...]) -> None:
    """RFC 9112, 3.2.2: it counts for more than Host does, which is what is allowed or not."""
    async with serving(FakeController()) as service:
        with wire(service) as client:
            await client.send(request(f"http://{service.host_and_port}{HEALTH}", service.host_and_port))
            assert (await client.head()).status == 200
        with wire(service) as client:
            data = request(f"http://evil.example{STREAM}", service.host_and_port, *lines)
            assert (await answered(client, data)).status == 400


async def test_an_upgrade_to_an_address_of_other_letters_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(FakeController()) as service:
        with wire(service) as client:
            lines = "\r\n".join((f"Host: {service.host_and_port}", *upgrade_lines(), "", ""))
            await client.send(b"GET " + STREAM.encode() + b"?\xff\xfe HTTP/1.1\r\n" + lines.encode())
            assert (await problem(client))[0].status == 400
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize("head", [HEALTH, "/nothing"])
@pytest.mark.parametrize(
    "piece",
    [
        pytest.param(b"1;" + b"x" * 5000 + b"\r\na\r\n", id="chunk extensions"),
        pytest.param(b"1\r\na\r\n" * 1000, id="chunks"),
        pytest.param(b"0\r\n" + b"X: y\r\n" * 1000, id="trailers"),
    ],
)
async def test_what_comes_behind_a_head_has_an_end(head: str, piece: bytes) -> None:
    """Also where nobody reads it: the answer to a GET is out before its body is."""
    async with serving(FakeController()) as service:
        with wire(service) as client:
            await client.send(request(head, service.host_and_port, "Transfer-Encoding: chunked"))
            async with asyncio.timeout(WITHIN_SECONDS):
                with contextlib.suppress(OSError):
                    for _ in range(10_000):
                        await client.send(piece)
                await client.rest()


@pytest.mark.parametrize(
    "begin",
    [
        pytest.param(request(HEALTH, "HOST", "Transfer-Encoding: chunked"), id="body"),
        pytest.param(request(STREAM, "HOST", *upgrade_lines("Content-Length: 5")), id="upgrade with a body"),
        pytest.param(request(HEALTH, "HOST") + request(HEALTH, "HOST")[:-2], id="second request"),
    ],
)
async def test_a_request_that_does_not_end_is_let_go_although_it_drips(
    begin: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("photonic.service.http.http_connection.HEAD_WITHIN_SECONDS", 0.3)
    monkeypatch.setattr("photonic.service.http.http_connection.REQUEST_WITHIN_SECONDS", 0.6)
    async with serving(FakeController()) as service:
        with wire(service) as client:
            await client.send(begin.replace(b"HOST", service.host_and_port.encode()))

            async def drip() -> None:
                with contextlib.suppress(OSError):
                    while True:
                        await client.send(b"1")
                        await asyncio.sleep(0.05)

            async with asyncio.TaskGroup() as tasks:
                dripping = tasks.create_task(drip())
                await client.rest()
                dripping.cancel()


async def test_blank_lines_keep_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("photonic.service.http.http_connection.HEAD_WITHIN_SECONDS", 0.3)
    async with serving(FakeController()) as service:
        with wire(service) as client:
            await client.send(request(HEALTH, service.host_and_port))
            assert (await client.head()).status == 200

            async def drip() -> None:
                with contextlib.suppress(OSError):
                    while True:
                        await client.send(b"\r\n")
                        await asyncio.sleep(0.05)

            async with asyncio.TaskGroup() as tasks:
                dripping = tasks.create_task(drip())
                await client.rest()
                dripping.cancel()


async def test_a_handshake_that_nobody_answers_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("photonic.service.http.websocket_connection.HANDSHAKE_WITHIN_SECONDS", 0.3)
    never = asyncio.Event()

    async def unanswered(*_: object, **__: object) -> None:
        await never.wait()

    monkeypatch.setattr("photonic.service.http.routes.live.serve_live_socket", unanswered)
    async with serving(FakeController()) as service:
        with wire(service) as client:
            await client.send(opening(Kind.LIVE, service))
            assert await client.rest() == b""
        never.set()


async def test_requests_in_a_queue_have_a_limit() -> None:
    """Behind a stream, nothing is answered: what is asked there is not kept without end."""
    controller = FakeController()
    async with serving(controller) as service:
        with wire(service) as client:
            await client.send(opening(Kind.MULTIPART, service))
            await joined(controller, 1)
            with contextlib.suppress(OSError):
                await client.send(request(HEALTH, service.host_and_port) * 200)
            await joined(controller, 0)
        with wire(service) as client:
            await client.send(request(HEALTH, service.host_and_port) * 8)
            for _ in range(8):
                head = await client.head()
                assert head.status == 200
                await client.exactly(int(head["content-length"]))


async def test_garbage_behind_a_stream_is_not_answered_into_it() -> None:
    controller = FakeController()
    async with serving(controller) as service, viewing(service, Kind.MULTIPART) as viewer:
        await joined(controller, 1)
        controller.publish(numbered(1))
        await viewer.picture()
        await viewer.wire.send(b"\x00\x01 garbage\r\n\r\n")
        assert b"HTTP/1.1 400" not in await viewer.wire.rest()
        await joined(controller, 0)


async def test_an_upgrade_behind_a_stream_is_not_answered_into_it() -> None:
    controller = FakeController()
    async with serving(controller) as service, viewing(service, Kind.MULTIPART) as viewer:
        await joined(controller, 1)
        controller.publish(numbered(1))
        await viewer.picture()
        await viewer.wire.send(opening(Kind.PLAIN, service))
        assert b"HTTP/1.1 101" not in await viewer.wire.rest()
        await joined(controller, 0)


@pytest.mark.parametrize("kind", [Kind.PLAIN, Kind.LIVE])
async def test_fragments_of_nothing_have_an_end(kind: Kind) -> None:
    controller = FakeController()
    async with serving(controller) as service, viewing(service, kind) as viewer:
        await joined(controller, 1)
        await viewer.wire.send(client_frame(TEXT, final=False) + client_frame(CONTINUATION, final=False) * 5000)
        assert (await viewer.end()).code == 1008
        await joined(controller, 0)


async def test_text_that_is_none_is_no_error_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    controller = FakeController()
    async with serving(controller) as service, viewing(service, Kind.LIVE) as viewer:
        await joined(controller, 1)
        await viewer.wire.send(client_frame(TEXT, b"\xff\xfe"))
        assert (await viewer.end()).code == 1007
    assert not [record for record in caplog.records if record.exc_info]


async def test_connections_have_a_limit_and_captures_keep_their_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("photonic.service.http.descriptors.connections_limit", lambda: 5)
    async with serving(FakeController()) as service:
        with contextlib.ExitStack() as idle:
            held = [idle.enter_context(wire(service)) for _ in range(5)]
            for one in held:
                await one.send(request(HEALTH, service.host_and_port))
                assert (await one.head()).status == 200
            with wire(service) as late:
                head, body = await problem(late)
                assert (head.status, body["type"]) == (503, "urn:photonic:problem:too_many_connections")
                assert int(head["retry-after"]) > 0
        async with asyncio.timeout(WITHIN_SECONDS):
            while True:
                with wire(service) as client, contextlib.suppress(EndOfWire, ConnectionError):
                    await client.send(request(HEALTH, service.host_and_port))
                    if (await client.head()).status == 200:
                        break
                await asyncio.sleep(0)


def test_the_service_takes_as_many_descriptors_as_it_may() -> None:
    script = (
        "import resource as r; from photonic.service.http import descriptors as d;"
        "r.setrlimit(r.RLIMIT_NOFILE, (256, 700)); d.raise_limit();"
        "print(*r.getrlimit(r.RLIMIT_NOFILE), d.connections_limit())"
    )
    reported = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=30)
    soft, hard, connections = map(int, reported.stdout.split())
    assert (soft, hard) == (700, 700)
    assert connections == 700 - descriptors.KEPT_BACK
    assert (descriptors.connections_limit() or 0) <= resource.getrlimit(resource.RLIMIT_NOFILE)[0]


async def test_what_was_refused_is_counted() -> None:
    async with serving(FakeController()) as service:
        with wire(service) as client:
            await answered(client, b"no HTTP\r\n\r\n")
        with wire(service) as client:
            await answered(client, request(STREAM, service.host_and_port, *upgrade_lines(f"X: {'x' * 9000}")))
        with wire(service) as client:
            await client.send(request("/metrics", service.host_and_port))
            head = await client.head()
            figures = (await client.exactly(int(head["content-length"]))).decode()
    assert 'photonic_refused_requests_total{status="400"} 1\n' in figures
    assert 'photonic_refused_requests_total{status="431"} 1\n' in figures


@pytest.mark.long
@given(
    data=st.binary(max_size=300),
    begin=st.sampled_from(
        [
            b"",
            b"GET / HTTP/1.1\r\n",
            b"POST /health HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"GET /api/v1/camera/liveview/stream HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n",
        ]
    ),
)
@settings(max_examples=60, derandomize=True)
def test_garbage_ends_nothing(begin: bytes, data: bytes) -> None:
    """Whatever comes, the service answers the next one, and nothing of its own has failed."""

    async def play() -> None:
        async with serving(FakeController()) as service:
            with wire(service) as client:
                with contextlib.suppress(OSError):
                    await client.send(begin + data + b"\r\n\r\n")
                    client.half_close()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.2):
                        await client.rest()
            with wire(service) as client:
                await client.send(request(HEALTH, service.host_and_port))
                assert (await client.head()).status == 200

    asyncio.run(play())
