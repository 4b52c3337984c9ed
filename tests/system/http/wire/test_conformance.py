"""What goes over the wire, byte by byte, whether frames are written to the transport or sent through ASGI."""

from __future__ import annotations

import asyncio
import json
import struct
from typing import TYPE_CHECKING

import pytest
from tests.support.fake_controller import FakeController, jpeg
from tests.support.raw_viewers import (
    LIVEVIEW,
    SOCKETS,
    Kind,
    flowing,
    joined,
    number_of,
    numbered,
    opening,
    viewing,
)
from tests.support.raw_wire import (
    ACCEPT,
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    WITHIN_SECONDS,
    EndOfWire,
    WireFrame,
    accepted,
    client_close,
    client_frame,
    request,
    upgrade_lines,
    wire,
)
from tests.support.serving import serving

from photonic.model.status import LiveState
from photonic.protocol.live import SUBPROTOCOL
from photonic.protocol.multipart import CONTENT_TYPE, DELIMITER
from photonic.serving.gate import NOT_SIGNED_IN
from photonic.serving.listening import NOT_SENT_BYTES, SEND_BUFFER_BYTES

if TYPE_CHECKING:
    from tests.support.serving import Serve

import socket as sockets

TOKEN = "sixteen-letters-and-more"
CAPTURED_US = 1_700_000_000_123_456
PAYLOAD_BYTES = (4, 125 - 24, 125, 126, 127, 65_535 - 24, 65_535, 65_536, 65_537, 200_000, 3_000_000)
"""Around every border of RFC 6455, 5.2; live messages are 24 bytes longer than pictures. A JPEG has 4 at least."""

every_kind = pytest.mark.parametrize("kind", Kind)
every_socket = pytest.mark.parametrize("kind", SOCKETS)


def websocket_frame(payload: bytes) -> bytes:
    """A server's binary message in one frame, written anew from RFC 6455, 5.2."""
    if len(payload) <= 125:
        return b"\x82" + bytes([len(payload)]) + payload
    if len(payload) <= 65_535:
        return b"\x82\x7e" + struct.pack(">H", len(payload)) + payload
    return b"\x82\x7f" + struct.pack(">Q", len(payload)) + payload


def part_head(size: int, sequence: int) -> bytes:
    return (
        f"Content-Type: image/jpeg\r\nContent-Length: {size}\r\n"
        f"X-Sequence: {sequence}\r\nX-Timestamp: {CAPTURED_US}\r\n"
    ).encode()


def expected(kind: Kind, picture: bytes, sequence: int, more_lines: bytes = b"") -> bytes:
    """What a frame of epoch 1 has to look like on the wire."""
    if kind is Kind.PLAIN:
        return websocket_frame(picture)
    if kind is Kind.LIVE:
        return websocket_frame(struct.pack(">BBHIQQ", 1, 0, 0, 1, sequence, CAPTURED_US) + picture)
    part = part_head(len(picture), sequence) + more_lines + b"\r\n" + picture + b"\r\n--photonic-frame\r\n"
    return f"{len(part):x}\r\n".encode() + part + b"\r\n"


def scale_line(raw: bytes) -> bytes:
    """The line that tells a multipart viewer that its pictures are not reduced, where there is one."""
    return b"X-Scale: full\r\n" if b"\r\nX-Scale: full\r\n" in raw[:300] else b""


@every_kind
async def test_a_frame_on_the_wire_is_what_the_standards_say(serve: Serve, kind: Kind) -> None:
    controller = FakeController()
    async with serve(controller) as service, viewing(service, kind) as viewer:
        await joined(controller, 1)
        for sequence, size in enumerate(PAYLOAD_BYTES, 1):
            picture = jpeg(size)
            controller.hub.publish(CAPTURED_US, picture)
            received = await viewer.picture()
            more_lines = scale_line(received.raw) if kind is Kind.MULTIPART else b""
            assert received.raw == expected(kind, picture, sequence, more_lines), size


@every_kind
async def test_both_paths_send_the_same_bytes(kind: Kind) -> None:
    """Of the handshake's answer, the date alone may differ."""
    heads: list[list[tuple[str, str]]] = []
    sent: list[list[bytes]] = []
    for direct in (True, False):
        controller = FakeController()
        async with serving(controller, direct=direct) as service, viewing(service, kind) as viewer:
            heads.append([line for line in viewer.head.lines if line[0] != "date"])
            await joined(controller, 1)
            frames: list[bytes] = []
            for size in PAYLOAD_BYTES:
                controller.hub.publish(CAPTURED_US, jpeg(size))
                frames.append((await viewer.picture()).raw)
            sent.append(frames)
    assert heads[0] == heads[1]
    assert sent[0] == sent[1]


@every_socket
async def test_the_handshake_is_answered_as_the_standard_says(serve: Serve, kind: Kind) -> None:
    async with serve(FakeController()) as service, viewing(service, kind) as viewer:
        assert viewer.head["sec-websocket-accept"] == ACCEPT
        assert viewer.head["upgrade"].lower() == "websocket"
        assert viewer.head["connection"].lower() == "upgrade"
        assert viewer.head.all("sec-websocket-protocol") == ([SUBPROTOCOL] if kind is Kind.LIVE else [])


@every_socket
async def test_deflate_is_never_agreed_on(serve: Serve, kind: Kind) -> None:
    offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"
    controller = FakeController()
    async with serve(controller) as service, viewing(service, kind, offer) as viewer:
        assert viewer.head.all("sec-websocket-extensions") == []
        await joined(controller, 1)
        controller.publish(numbered(1, 5000))
        assert number_of((await viewer.picture()).jpeg) == 1


async def test_a_multipart_answer_has_no_end_that_it_knows_of(serve: Serve) -> None:
    controller = FakeController()
    async with serve(controller) as service, viewing(service, Kind.MULTIPART) as viewer:
        assert viewer.head["content-type"] == CONTENT_TYPE
        assert viewer.head["transfer-encoding"] == "chunked"
        assert viewer.head.all("content-length") == []
        assert viewer.head["cache-control"] == "no-store"
        await joined(controller, 1)
        controller.publish(numbered(1))
        first = await viewer.wire.chunk()
        assert first.data == DELIMITER
        assert number_of((await viewer.picture()).jpeg) == 1


@every_kind
async def test_frames_at_full_rate_never_repeat_and_never_go_back(serve: Serve, kind: Kind) -> None:
    controller = FakeController()
    async with serve(controller) as service, viewing(service, kind) as viewer:
        await joined(controller, 1)
        async with flowing(controller):
            pictures = [await viewer.picture() for _ in range(300)]
    numbers = [number_of(picture.jpeg) for picture in pictures]
    assert numbers == sorted(set(numbers))
    if kind is not Kind.PLAIN:
        assert [picture.sequence for picture in pictures] == numbers


async def test_words_and_pictures_are_whole_messages_side_by_side(serve: Serve) -> None:
    """Every frame is a message of its own, so nothing can stand inside another; words come while pictures flow."""
    controller = FakeController()
    words = pictures = 0
    async with serve(controller) as service, viewing(service, Kind.LIVE) as viewer, asyncio.timeout(WITHIN_SECONDS):
        await joined(controller, 1)
        async with flowing(controller, 100_000):
            while words < 50 or pictures < 100:
                frame = await viewer.wire.frame()
                assert (frame.final, frame.reserved) == (True, 0)
                if frame.opcode == TEXT:
                    words += 1
                    assert json.loads(frame.payload)["type"] == "status"
                else:
                    pictures += 1
                    assert frame.opcode == BINARY
                    assert frame.payload[24:26] == b"\xff\xd8"
                    controller.live_state = LiveState.PAUSED if pictures % 2 else LiveState.RUNNING
                    controller.touch()


@every_socket
async def test_pings_are_answered_between_frames_at_full_rate(serve: Serve, kind: Kind) -> None:
    controller = FakeController()
    async with serve(controller) as service, viewing(service, kind) as viewer, asyncio.timeout(WITHIN_SECONDS):
        await joined(controller, 1)
        async with flowing(controller, 100_000):
            for number in range(30):
                await viewer.wire.send(client_frame(PING, b"are you there? %d" % number))
                pictures = 0
                while (frame := await viewer.wire.frame()).opcode != PONG:
                    assert frame.opcode in {BINARY, TEXT}
                    pictures += frame.opcode == BINARY
                assert frame.raw == b"\x8a" + bytes([len(frame.payload)]) + b"are you there? %d" % number
                await viewer.picture()


@every_socket
async def test_the_services_own_pings_come_between_frames(
    serve: Serve, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("photonic.service.server.PING_EVERY_SECONDS", 0.05)
    controller = FakeController()
    async with serve(controller) as service, viewing(service, kind) as viewer, asyncio.timeout(WITHIN_SECONDS):
        await joined(controller, 1)
        async with flowing(controller, 100_000):
            for _ in range(3):
                while (frame := await viewer.wire.frame()).opcode != PING:
                    assert frame.opcode in {BINARY, TEXT}
                assert frame.final
                await viewer.wire.send(client_frame(PONG, frame.payload))


@every_socket
async def test_a_viewer_that_answers_no_ping_is_closed(
    serve: Serve, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("photonic.service.server.PING_EVERY_SECONDS", 0.05)
    monkeypatch.setattr("photonic.service.server.PONG_WITHIN_SECONDS", 0.05)
    controller = FakeController()
    async with serve(controller) as service, viewing(service, kind) as viewer:
        await joined(controller, 1)
        async with flowing(controller):
            end = await viewer.end()
        assert (end.code, "ping" in end.reason) == (1011, True)
        await joined(controller, 0)


@every_socket
async def test_a_client_that_closes_while_a_frame_is_in_flight_gets_it_whole_and_its_close_back(
    serve: Serve, kind: Kind
) -> None:
    controller = FakeController()
    async with serve(controller) as service, viewing(service, kind) as viewer:
        await joined(controller, 1)
        controller.publish(numbered(1, 4_000_000))
        await viewer.wire.send(client_close(1000, "seen enough"))
        async with flowing(controller):
            await joined(controller, 0)
            assert number_of((await viewer.picture()).jpeg) == 1
            end = await viewer.end()
        assert end.code == 1000


@every_kind
async def test_the_service_ends_a_stream_with_its_reason_and_nothing_follows(serve: Serve, kind: Kind) -> None:
    controller = FakeController()
    async with serve(controller) as service, viewing(service, kind) as viewer:
        await joined(controller, 1)
        async with flowing(controller):
            await viewer.picture()
            controller.hub.dismiss("enough for today")
            end = await viewer.end()
        assert (end.code, end.reason) == ((None, "") if kind is Kind.MULTIPART else (1000, "enough for today"))
        await joined(controller, 0)


@every_kind
async def test_last_words_when_the_service_stops_at_full_rate(serve: Serve, kind: Kind) -> None:
    controller = FakeController()
    async with serve(controller) as service, viewing(service, kind) as viewer:
        await joined(controller, 1)
        async with flowing(controller):
            await viewer.picture()
            service.stop.set()
            end = await viewer.end()
    assert (end.code, end.reason) == ((None, "") if kind is Kind.MULTIPART else (1012, "the service is stopping"))


@every_kind
async def test_accepted_connections_are_quick_and_hold_little(serve: Serve, kind: Kind) -> None:
    """Nagle off, and what the kernel holds is bounded: Linux says twice what was asked for."""
    controller = FakeController()
    async with serve(controller) as service, viewing(service, kind) as viewer:
        await joined(controller, 1)
        with accepted(viewer.wire) as other:
            assert other.getsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY)
            assert other.getsockopt(sockets.SOL_SOCKET, sockets.SO_SNDBUF) <= 2 * SEND_BUFFER_BYTES
            assert other.getsockopt(sockets.IPPROTO_TCP, sockets.TCP_NOTSENT_LOWAT) == NOT_SENT_BYTES


async def test_a_request_behind_the_stream_is_answered_behind_its_end(serve: Serve) -> None:
    controller = FakeController()
    async with serve(controller) as service:
        health = request("/health", service.host_and_port)
        with wire(service) as client:
            await client.send(health + opening(Kind.MULTIPART, service) + health + opening(Kind.MULTIPART, service))
            assert json.loads(await client.exactly(int((await client.head())["content-length"])))["status"] == "ok"
            for last in (False, True):
                assert (await client.head())["content-type"] == CONTENT_TYPE
                await joined(controller, 1)
                for size in (1000, 100_000):
                    controller.publish(numbered(size, size))
                chunks = [await client.chunk(), await client.chunk()]
                assert chunks[0].data == DELIMITER
                controller.hub.dismiss("enough for today")
                while (await client.chunk()).data:
                    pass
                if not last:
                    assert (await client.head())["content-type"] == "application/json"
                    assert (await client.through(b"}")).startswith(b'{"status":"ok"')
            await joined(controller, 0)
            await client.send(request("/health", service.host_and_port))
            assert (await client.head()).status == 200


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
async def test_the_stream_is_for_get_alone_and_its_head_begins_none(serve: Serve, method: str) -> None:
    controller = FakeController()
    async with serve(controller) as service, viewing(service, Kind.MULTIPART) as other:
        await joined(controller, 1)
        with wire(service) as client:
            lines = ("Connection: close", "Content-Length: 0")
            await client.send(request(f"{LIVEVIEW}/stream.mjpg", service.host_and_port, *lines, method=method))
            async with flowing(controller):
                head = await client.head()
                body = await client.rest()
                await other.picture()
        if method == "HEAD":
            assert (head.status, body) == (200, b"")
        else:
            assert (head.status, head["allow"]) == (405, "GET, HEAD")
            assert body
        assert controller.hub.viewers == 1


@every_kind
async def test_a_token_is_needed(serve: Serve, kind: Kind) -> None:
    controller = FakeController()
    async with serve(controller, token=TOKEN) as service:
        with wire(service) as stranger:
            await stranger.send(opening(kind, service))
            head = await stranger.head()
            # A client of photonic.live.v1 understands close codes; the others are refused before the handshake.
            assert head.status == (101 if kind is Kind.LIVE else 401)
            if kind is Kind.LIVE:
                assert int.from_bytes((await stranger.frame()).payload[:2], "big") == NOT_SIGNED_IN
        assert controller.hub.viewers == 0
        async with viewing(service, kind, f"Authorization: Bearer {TOKEN}") as viewer:
            await joined(controller, 1)
            controller.publish(numbered(1))
            assert number_of((await viewer.picture()).jpeg) == 1


async def test_hints_and_subprotocols_beside_others_are_heard(serve: Serve) -> None:
    controller = FakeController()
    async with serve(controller) as service:
        with wire(service) as client:
            lines = upgrade_lines(f"Sec-WebSocket-Protocol: chat, {SUBPROTOCOL}")
            await client.send(request(f"{LIVEVIEW}/stream", service.host_and_port, *lines))
            assert (await client.head())["sec-websocket-protocol"] == SUBPROTOCOL
            assert (await client.frame()).opcode == TEXT


@every_socket
async def test_nothing_follows_a_close_of_either_side(serve: Serve, kind: Kind) -> None:
    controller = FakeController()
    async with serve(controller) as service, viewing(service, kind) as viewer:
        await joined(controller, 1)
        async with flowing(controller):
            await viewer.picture()
            await viewer.wire.send(client_close(1001))
            frames: list[WireFrame] = []
            with pytest.raises(EndOfWire) as end:
                while True:
                    frames.append(await viewer.wire.frame())
        assert end.value.held == b""
        assert [frame.opcode for frame in frames].index(CLOSE) == len(frames) - 1
