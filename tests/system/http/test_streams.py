"""Multipart, server-sent events and long requests through a real server."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import httpx2
import pytest
from tests.support.fake_controller import JPEG, FakeController, jpeg
from tests.support.multipart_reader import MultipartReader, boundary_of
from tests.support.serving import serving

from photonic.model.api import PhotoFile
from photonic.model.status import CameraState
from photonic.service.http.bodies import LIMIT_BYTES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.support.multipart_reader import Part

FRAME_EVERY_SECONDS = 0.02
CAMERA = "/api/v1/camera"
MULTIPART = f"{CAMERA}/liveview/stream.mjpg"
SHOT = {"session_id": "s", "sequence_number": 1}
FILE = PhotoFile(id="p", path="photos/x.jpg", size_bytes=1, sha256="a", media_type="image/jpeg")
WITHIN_SECONDS = 20


async def test_multipart_parts_are_whole_and_numbered() -> None:
    controller = FakeController(publish_every_seconds=FRAME_EVERY_SECONDS)
    parts: list[Part] = []
    async with (
        serving(controller) as service,
        httpx2.AsyncClient(base_url=service.url) as client,
        client.stream("GET", MULTIPART) as answer,
        asyncio.timeout(WITHIN_SECONDS),
    ):
        reader = MultipartReader(boundary_of(answer.headers["content-type"]))
        async for data in answer.aiter_raw():
            parts += reader.feed(data)
            if len(parts) >= 5:
                break
    assert all(part.body == JPEG for part in parts)
    sequences = [part.sequence for part in parts]
    assert sequences == sorted(set(sequences), key=lambda sequence: sequence or 0)
    assert None not in sequences


async def test_a_multipart_client_that_leaves_is_no_viewer_any_more() -> None:
    controller = FakeController()
    async with serving(controller) as service, httpx2.AsyncClient(base_url=service.url) as client:
        async with client.stream("GET", MULTIPART) as answer:
            assert answer.status_code == 200
            async with asyncio.timeout(WITHIN_SECONDS):
                await controller.watched.wait()
        async with asyncio.timeout(WITHIN_SECONDS):
            while controller.hub.viewers:
                await controller.changed(controller.boot_id, controller.snapshot().rev, 1.0)


async def test_a_multipart_client_that_takes_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("photonic.service.live.subscriber.TAKE_WITHIN_SECONDS", 0.5)
    monkeypatch.setattr("photonic.service.live.hub.JUDGE_EVERY_SECONDS", 0.1)
    controller = FakeController()
    async with serving(controller) as service:
        host, _colon, port = service.host_and_port.partition(":")
        reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
        writer.write(f"GET {MULTIPART} HTTP/1.1\r\nHost: {service.host_and_port}\r\n\r\n".encode())
        async with asyncio.timeout(WITHIN_SECONDS):
            await controller.watched.wait()
            while controller.hub.viewers:
                controller.publish(jpeg(4_000_000))
                await controller.changed(controller.boot_id, controller.snapshot().rev, 0.05)
        # What the kernel had taken may still come; then the connection is gone, not merely quiet.
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            async with asyncio.timeout(WITHIN_SECONDS):
                await reader.readexactly(10**9)
        writer.close()


async def test_a_slow_multipart_client_has_one_frame_in_flight() -> None:
    controller = FakeController()
    async with serving(controller) as service:
        host, _colon, port = service.host_and_port.partition(":")
        _reader, writer = await asyncio.open_connection(host, int(port), limit=1024)
        writer.write(f"GET {MULTIPART} HTTP/1.1\r\nHost: {service.host_and_port}\r\n\r\n".encode())
        async with asyncio.timeout(WITHIN_SECONDS):
            await controller.watched.wait()
        for _picture in range(3):
            controller.publish(jpeg(4_000_000))
            for _turn in range(100):
                await asyncio.sleep(0)
            assert [viewer.taken for viewer in controller.hub.health()] == [1]
        writer.transport.abort()


async def lines_of(answer: httpx2.Response) -> AsyncIterator[tuple[str, str]]:
    async for line in answer.aiter_lines():
        name, colon, value = line.partition(": ")
        if colon:
            yield name, value


async def test_events_come_at_once_on_change_and_as_heartbeat() -> None:
    controller = FakeController()
    ids: list[str] = []
    states: list[str] = []
    async with (
        serving(controller) as service,
        httpx2.AsyncClient(base_url=service.url) as client,
        client.stream("GET", "/api/v1/events") as answer,
        asyncio.timeout(WITHIN_SECONDS),
    ):
        assert answer.headers["content-type"] == "text/event-stream"
        async for name, value in lines_of(answer):
            if name == "id":
                ids.append(value)
            if name == "data":
                states.append(json.loads(value)["camera"]["state"])
                if len(states) == 1:
                    controller.camera_state = CameraState.ABSENT
                    controller.touch()
                if len(states) == 3:
                    break
    assert states == ["ready", "absent", "absent"]
    assert ids[0] != ids[1] == ids[2]
    assert all(event_id.startswith("boot-1:") for event_id in ids)


async def test_streams_end_cleanly_when_the_service_stops() -> None:
    controller = FakeController(publish_every_seconds=FRAME_EVERY_SECONDS)
    async with (
        serving(controller) as service,
        httpx2.AsyncClient(base_url=service.url) as client,
        client.stream("GET", MULTIPART) as multipart,
        client.stream("GET", "/api/v1/events") as events,
        asyncio.timeout(WITHIN_SECONDS),
    ):
        service.stop.set()
        assert (await multipart.aread()).startswith(b"--")
        assert b"event: status" in await events.aread()
    assert controller.left_in_order


async def test_a_long_poll_answers_on_change() -> None:
    controller = FakeController()
    async with serving(controller) as service, httpx2.AsyncClient(base_url=service.url, timeout=30) as client:
        now = (await client.get(f"{CAMERA}/capture/status")).json()
        query = {"wait_boot_id": now["boot_id"], "wait_rev": now["rev"], "timeout_seconds": 25}
        poll = asyncio.ensure_future(client.get(f"{CAMERA}/capture/status", params=query))
        await controller.polled.wait()
        controller.camera_state = CameraState.ABSENT
        controller.touch()
        assert (await poll).json()["camera"]["state"] == "absent"


async def test_a_client_that_hangs_up_cancels_nothing() -> None:
    controller = FakeController()
    async with serving(controller) as service, httpx2.AsyncClient(base_url=service.url) as client:
        shot = asyncio.ensure_future(client.post(f"{CAMERA}/capture", json=SHOT))
        await controller.submitted.wait()
        shot.cancel()
        await asyncio.wait([shot])
        assert (await client.get("/api/v1/captures/c-1")).json()["phase"] == "queued"
        controller.jobs[0].save(FILE)
        assert (await client.get("/api/v1/captures/c-1")).json()["phase"] == "saved"


async def test_a_chunked_body_without_end_is_cut_off() -> None:
    controller = FakeController()

    async def endless() -> AsyncIterator[bytes]:
        sent = 0
        while sent < 100 * LIMIT_BYTES:
            sent += 1024
            yield b" " * 1024

    async with serving(controller) as service, httpx2.AsyncClient(base_url=service.url) as client:
        headers = {"Content-Type": "application/json"}
        try:
            answer = await client.post(f"{CAMERA}/config", content=endless(), headers=headers)
            assert answer.status_code == 413
        except httpx2.TransportError:
            pass
        assert (await client.get("/health")).status_code == 200
    assert controller.configs == []


@pytest.mark.parametrize("path", ["/api/v1/photos/..%2F..%2Fetc%2Fpasswd", "/static/..%2f..%2fetc/passwd", "/../etc"])
async def test_paths_that_climb_find_nothing(path: str) -> None:
    async with serving(FakeController()) as service:
        host, _colon, port = service.host_and_port.partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {service.host_and_port}\r\nConnection: close\r\n\r\n".encode())
        async with asyncio.timeout(WITHIN_SECONDS):
            answer = await reader.read()
        writer.close()
    assert answer.startswith(b"HTTP/1.1 404")
    assert b"root:" not in answer
