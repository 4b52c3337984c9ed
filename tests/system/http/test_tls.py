"""The service over TLS: everything as without, and what only TLS has."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from typing import TYPE_CHECKING

import httpx2
import pytest
from tests.support.certificate import IssuedCertificate
from tests.support.fake_controller import FakeController
from tests.support.first_short import first_short
from tests.support.raw_viewers import Kind, joined, number_of, numbered, patience, turns, viewing
from tests.support.raw_wire import WITHIN_SECONDS, EndOfWire, TlsWire, Wire, request, wire
from tests.support.serving import Serving, serving
from websockets.asyncio.client import connect

from photonic.service.http import http_connection
from photonic.service.live.sender import TransportSender

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

HEALTH = "/health"
CAMERA = "/api/v1/camera"
SHOT = {"session_id": "s", "sequence_number": 1}
FULL = "?scale=full"
RECEIVE_BUFFER_BYTES = 16 * 1024
LARGE_BYTES = 1_000_000

every_kind = pytest.mark.parametrize("kind", Kind)


@pytest.fixture
def bare() -> Generator[list[socket.socket]]:
    """Connections that speak no TLS; closed at the end."""
    made: list[socket.socket] = []
    yield made
    for one in made:
        one.close()


async def health(service: Serving) -> int:
    """What a new connection is answered."""
    with wire(service) as client:
        await client.send(request(HEALTH, service.host_and_port))
        return (await client.head()).status


@every_kind
async def test_frames_come_as_they_are(certificate: IssuedCertificate, kind: Kind) -> None:
    controller = FakeController()
    async with serving(controller, tls=certificate) as service, viewing(service, kind, query=FULL) as viewer:
        await joined(controller, 1)
        for number, size in enumerate((100, 16 * 1024, 64 * 1024, 64 * 1024 + 1, 300_000), 1):
            controller.publish(numbered(number, size))
            picture = await viewer.picture()
            assert picture.jpeg == numbered(number, size)


async def test_clients_of_others_get_pages_captures_and_frames(certificate: IssuedCertificate) -> None:
    controller = FakeController(publish_every_seconds=0.05)
    async with (
        serving(controller, tls=certificate) as service,
        httpx2.AsyncClient(base_url=service.url, verify=certificate.trust) as client,
        connect(service.socket_url(), ssl=certificate.trust) as live,
    ):
        assert (await client.get(HEALTH)).json()["status"] == "ok"
        assert isinstance(await live.recv(), bytes)
        capture = asyncio.ensure_future(client.post(f"{CAMERA}/capture", json=SHOT))
        await controller.submitted.wait()
        service.stop.set()
        # The last answer comes whole, with close_notify behind it: the client would complain otherwise.
        assert (await capture).json()["error_type"] == "shutting_down"


@every_kind
async def test_a_stuck_viewer_misses_frames_and_then_gets_the_newest(
    certificate: IssuedCertificate, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As without TLS: of frames that nobody takes, the one that is being sent waits, and no other."""
    senders: list[TransportSender] = []
    opened = TransportSender.opened

    def noted(self: TransportSender, **calls: object) -> object:
        senders.append(self)
        return opened(self, **calls)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(TransportSender, "opened", noted)
    controller = FakeController()
    async with (
        serving(controller, tls=certificate) as service,
        viewing(service, kind, query=FULL, receive_buffer_bytes=RECEIVE_BUFFER_BYTES) as stuck,
    ):
        await joined(controller, 1)
        for number in range(1, 21):
            controller.publish(numbered(number, LARGE_BYTES))
            await turns(20)
        assert (senders[0].untaken_bytes() or 0) < LARGE_BYTES + LARGE_BYTES // 50
        numbers = [number_of((await stuck.picture()).jpeg) for _picture in range(2)]
        assert numbers == [1, 20]


@pytest.mark.parametrize("kind", first_short([Kind.LIVE, Kind.MULTIPART, Kind.PLAIN]))
async def test_a_viewer_that_takes_nothing_is_closed_and_others_go_on(
    certificate: IssuedCertificate, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    patience(monkeypatch, 0.5)
    controller = FakeController()
    async with (
        serving(controller, tls=certificate) as service,
        viewing(service, kind, query=FULL, receive_buffer_bytes=RECEIVE_BUFFER_BYTES) as stuck,
        viewing(service, Kind.LIVE) as other,
    ):
        await joined(controller, 2)
        number = 0
        async with asyncio.timeout(WITHIN_SECONDS):
            while controller.hub.viewers == 2:
                number += 1
                controller.publish(numbered(number, 300_000))
                assert number_of((await other.picture()).jpeg) == number
        await stuck.wire.rest()
        controller.publish(numbered(number + 1))
        assert number_of((await other.picture()).jpeg) == number + 1


async def test_who_speaks_plain_http_is_told_what_to_do(
    certificate: IssuedCertificate, bare: list[socket.socket]
) -> None:
    async with serving(FakeController(), tls=certificate) as service:
        client = plain(service, bare)
        await client.send(request(HEALTH, service.host_and_port))
        head = await client.head()
        body = json.loads(await client.exactly(int(head["content-length"])))
        assert (head.status, head["content-type"]) == (400, "application/problem+json")
        assert "https://" in body["detail"]
        assert await client.rest() == b""
        assert await health(service) == 200


@pytest.mark.parametrize("data", [b"\x16\x03\x01\xff\xff" + b"x" * 70_000, b"\x00" * 2000, b"SSH-2.0-x\r\n"])
async def test_garbage_ends_its_own_connection_only(
    certificate: IssuedCertificate, bare: list[socket.socket], data: bytes
) -> None:
    async with serving(FakeController(), tls=certificate) as service:
        client = plain(service, bare)
        await client.send(data)
        await client.rest()
        assert await health(service) == 200


async def test_garbage_behind_the_handshake_ends_its_own_connection_only(certificate: IssuedCertificate) -> None:
    controller = FakeController()
    async with serving(controller, tls=certificate) as service:
        with wire(service) as client:
            await client.send(request(HEALTH, service.host_and_port))
            await client.head()
            await Wire.send(client, b"\x17\x03\x03\x00\x10" + b"x" * 16)
            await client.take(1)
            with pytest.raises((ssl.SSLError, EndOfWire, ConnectionError)):
                while True:
                    await client.take(1)
        assert await health(service) == 200


async def test_a_handshake_that_is_never_finished_is_let_go(
    certificate: IssuedCertificate, bare: list[socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_connection, "HEAD_WITHIN_SECONDS", 0.2)
    async with serving(FakeController(), tls=certificate) as service:
        silent, slow = plain(service, bare), plain(service, bare)
        await slow.send(b"\x16\x03\x01\x02\x00\x01")
        assert (await silent.rest(), await slow.rest()) == (b"", b"")


async def test_unfinished_handshakes_count_as_connections(
    certificate: IssuedCertificate, bare: list[socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("photonic.service.http.descriptors.connections_limit", lambda: 2)
    async with serving(FakeController(), tls=certificate) as service:
        for _client in range(2):
            await plain(service, bare).send(b"\x16\x03\x01\x02\x00\x01")
        await turns()
        assert await plain(service, bare).rest() == b""


async def test_a_refusal_is_read_whole_although_the_client_still_sends(certificate: IssuedCertificate) -> None:
    async with serving(FakeController(), tls=certificate) as service:
        with wire(service) as client:
            await client.send(request(HEALTH, service.host_and_port, f"X-Long: {'x' * 20_000}"))
            await client.send(b"x" * 100_000)
            head = await client.head()
            assert head.status == 431
            await client.exactly(int(head["content-length"]))
            assert isinstance(client, TlsWire)
            with pytest.raises(EndOfWire):
                await client.some()
            # The service has said that this was the end: otherwise there would be one more thing to wait for.
            client.tls.unwrap()


async def test_who_does_not_trust_the_certificate_leaves_no_error_behind(
    certificate: IssuedCertificate, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(FakeController(), tls=certificate) as service:
        for _attempt in range(3):
            with pytest.raises(httpx2.ConnectError):
                async with httpx2.AsyncClient(verify=ssl.create_default_context()) as client:
                    await client.get(f"{service.url}{HEALTH}")
        assert await health(service) == 200
    assert not [record for record in caplog.records if record.levelname in {"WARNING", "ERROR"}]


async def test_a_new_certificate_needs_no_restart_and_cuts_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = IssuedCertificate(tmp_path)
    monkeypatch.setattr("photonic.serving.certificates.CHECK_EVERY_SECONDS", 0.01)
    controller = FakeController()

    async def serial(service: Serving) -> str:
        with wire(service) as client:
            await client.send(request(HEALTH, service.host_and_port))
            await client.head()
            assert isinstance(client, TlsWire)
            shown = client.tls.getpeercert()
            assert shown is not None
            return str(shown["serialNumber"])

    async with serving(controller, tls=certificate) as service, viewing(service, Kind.LIVE) as viewer:
        await joined(controller, 1)
        first = await serial(service)
        certificate.replace()
        async with asyncio.timeout(WITHIN_SECONDS):
            while await serial(service) == first:
                await turns()
        controller.publish(numbered(1))
        assert number_of((await viewer.picture()).jpeg) == 1


def plain(service: Serving, made: list[socket.socket]) -> Wire:
    """A connection that speaks no TLS."""
    host, _colon, port = service.host_and_port.partition(":")
    connection = socket.create_connection((host, int(port)))
    connection.setblocking(False)
    made.append(connection)
    return Wire(connection)
