"""The two live WebSockets through a real server: what existing clients get, and what ours do."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from tests.support.fake_controller import JPEG, FakeController, jpeg
from tests.support.serving import serving
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from photonic.model.api import PhotoFile
from photonic.model.status import CameraState, LiveState
from photonic.protocol import live
from photonic.protocol.live import SUBPROTOCOL

if TYPE_CHECKING:
    from collections.abc import Callable

    from websockets.asyncio.client import ClientConnection
    from websockets.typing import Subprotocol

OURS: list[Subprotocol] = [SUBPROTOCOL]  # type: ignore[list-item]
FRAME_EVERY_SECONDS = 0.02
CAMERA = "/api/v1/camera"
SHOT = {"session_id": "s", "sequence_number": 1}
FILE = PhotoFile(id="p", path="photos/x.jpg", size_bytes=1, sha256="a", media_type="image/jpeg")
WITHIN_SECONDS = 20


async def take(socket: ClientConnection, count: int) -> list[str | bytes]:
    async with asyncio.timeout(WITHIN_SECONDS):
        return [await socket.recv() for _ in range(count)]


async def until_status(socket: ClientConnection, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Take messages up to the first snapshot that ``wanted`` says yes to."""
    async with asyncio.timeout(WITHIN_SECONDS):
        while True:
            message = await socket.recv()
            if isinstance(message, str) and wanted(status := json.loads(message)):
                return status


async def closed(socket: ClientConnection) -> tuple[int, str]:
    """Take whatever comes up to the close; its code and reason."""
    async with asyncio.timeout(WITHIN_SECONDS):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed as end:
            assert end.rcvd is not None, "the connection was lost without a close"
            return end.rcvd.code, end.rcvd.reason


async def test_a_plain_socket_gets_whole_jpegs_only_and_survives_a_capture() -> None:
    controller = FakeController(publish_every_seconds=FRAME_EVERY_SECONDS)
    async with (
        serving(controller) as service,
        connect(service.socket_url()) as socket,
        httpx2.AsyncClient(base_url=service.url) as client,
    ):
        assert socket.subprotocol is None
        assert await take(socket, 3) == [JPEG] * 3
        shot = asyncio.ensure_future(client.post(f"{CAMERA}/capture", json=SHOT))
        await controller.submitted.wait()
        controller.live_state = LiveState.PAUSED
        controller.touch()
        assert (await client.get(f"{CAMERA}/capture/status")).json()["is_capturing"] is True
        controller.jobs[0].save(FILE)
        controller.live_state = LiveState.RUNNING
        controller.touch()
        assert (await shot).status_code == 200
        assert await take(socket, 50) == [JPEG] * 50


async def test_a_plain_socket_stays_open_without_frames_and_hears_no_text() -> None:
    controller = FakeController()
    controller.camera_state = CameraState.RECOVERING
    async with serving(controller) as service, connect(service.socket_url()) as socket:
        await controller.watched.wait()
        for _ in range(3):
            await controller.changed(controller.boot_id, controller.snapshot().rev, 0.5)
        controller.publish()
        assert await take(socket, 1) == [JPEG]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"camera_state": CameraState.DISCONNECTED}, "disconnected"),
        ({"live_state": LiveState.UNSUPPORTED}, "no live view"),
    ],
)
async def test_a_plain_socket_that_will_get_nothing_more_is_really_closed(change: dict[str, Any], said: str) -> None:
    controller = FakeController()
    async with serving(controller) as service, connect(service.socket_url()) as socket:
        for name, value in change.items():
            setattr(controller, name, value)
        code, reason = await closed(socket)
    assert (code, said in reason) == (1000, True)


async def test_stopping_live_view_closes_plain_sockets_and_leaves_ours() -> None:
    controller = FakeController(publish_every_seconds=FRAME_EVERY_SECONDS)
    async with (
        serving(controller) as service,
        connect(service.socket_url()) as plain,
        connect(service.socket_url(), subprotocols=OURS) as ours,
        httpx2.AsyncClient(base_url=service.url) as client,
    ):
        await take(plain, 1)
        await take(ours, 2)
        assert (await client.post(f"{CAMERA}/liveview/stop")).status_code == 200
        assert await closed(plain) == (1000, "live view was stopped")
        assert any(isinstance(message, bytes) for message in await take(ours, 10))


async def test_our_socket_begins_with_a_snapshot_and_numbers_its_frames() -> None:
    controller = FakeController(publish_every_seconds=FRAME_EVERY_SECONDS)
    # A frame is there before the first word.
    controller.hub._on_membership = controller.publish
    async with serving(controller) as service, connect(service.socket_url(), subprotocols=OURS) as socket:
        assert socket.subprotocol == SUBPROTOCOL
        messages = await take(socket, 20)
    first = messages[0]
    assert isinstance(first, str)
    assert json.loads(first)["type"] == "status"
    assert json.loads(first)["live"]["viewers"] == 1
    frames = [live.decode(message) for message in messages if isinstance(message, bytes)]
    assert all(frame.jpeg == JPEG for frame in frames)
    sequences = [frame.sequence for frame in frames]
    assert sequences == sorted(set(sequences))


async def test_our_socket_is_told_of_a_change_without_waiting_for_a_frame() -> None:
    controller = FakeController()
    async with serving(controller) as service, connect(service.socket_url(), subprotocols=OURS) as socket:
        first = await until_status(socket, lambda status: True)
        controller.live_state = LiveState.PAUSED
        rev = controller.touch()
        paused = await until_status(socket, lambda status: status["live"]["state"] == "paused")
        assert (first["rev"] < rev, paused["rev"]) == (True, rev)


async def test_our_socket_has_a_heartbeat_without_change() -> None:
    """The first comes with the handshake, the others from the feed."""
    controller = FakeController()
    async with serving(controller) as service, connect(service.socket_url(), subprotocols=OURS) as socket:
        first = await until_status(socket, lambda status: True)
        again = await until_status(socket, lambda status: status["rev"] == first["rev"])
        third = await until_status(socket, lambda status: status["rev"] == first["rev"])
    assert first["now_us"] < again["now_us"] < third["now_us"]


async def test_a_client_that_leaves_is_no_viewer_any_more() -> None:
    controller = FakeController()
    async with serving(controller) as service:
        for subprotocols in (None, OURS):
            async with connect(service.socket_url(), subprotocols=subprotocols):
                await controller.watched.wait()
                assert controller.hub.viewers == 1
            async with asyncio.timeout(WITHIN_SECONDS):
                while controller.hub.viewers:
                    await controller.changed(controller.boot_id, controller.snapshot().rev, 1.0)
            controller.watched.clear()


async def test_what_a_client_says_is_ignored_up_to_a_limit() -> None:
    controller = FakeController(publish_every_seconds=FRAME_EVERY_SECONDS)
    async with serving(controller) as service, connect(service.socket_url()) as socket:
        await socket.send("hello")
        await socket.send(b"\x00")
        assert await take(socket, 3) == [JPEG] * 3
        for _ in range(200):
            try:
                await socket.send("x")
            except ConnectionClosed:
                break
        code, reason = await closed(socket)
    assert (code, "messages a second" in reason) == (1008, True)


async def test_a_long_message_of_a_client_is_refused() -> None:
    async with serving(FakeController()) as service, connect(service.socket_url()) as socket:
        await socket.send("x" * 100_000)
        assert (await closed(socket))[0] == 1009


async def test_a_viewer_that_takes_nothing_is_closed_and_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("photonic.service.live.subscriber.TAKE_WITHIN_SECONDS", 0.5)
    monkeypatch.setattr("photonic.service.live.hub.JUDGE_EVERY_SECONDS", 0.1)
    controller = FakeController()
    async with (
        serving(controller) as service,
        connect(service.socket_url(), max_queue=1, max_size=None) as stuck,
        connect(service.socket_url(), max_size=None) as other,
    ):
        stuck.transport.pause_reading()
        async with asyncio.timeout(WITHIN_SECONDS):
            while controller.hub.viewers == 2:
                controller.publish(jpeg(4_000_000))
                assert isinstance(await other.recv(), bytes)
        controller.publish()
        assert await take(other, 1) == [JPEG]
        stuck.transport.abort()


async def test_a_slow_viewer_has_one_frame_in_flight_and_then_the_newest() -> None:
    controller = FakeController()
    pictures = [jpeg(4_000_000 + number) for number in range(3)]
    async with serving(controller) as service, connect(service.socket_url(), max_queue=1, max_size=None) as slow:
        await controller.watched.wait()
        slow.transport.pause_reading()
        for picture in pictures:
            controller.publish(picture)
            for _turn in range(100):
                await asyncio.sleep(0)
            assert [viewer.taken for viewer in controller.hub.health()] == [1]
        slow.transport.resume_reading()
        received = await take(slow, 2)
        assert [len(picture) for picture in received] == [len(pictures[0]), len(pictures[2])]


@pytest.mark.parametrize("subprotocols", [None, OURS])
async def test_sockets_are_closed_with_a_reason_when_the_service_stops(subprotocols: Any) -> None:
    async with serving(FakeController()) as service, connect(service.socket_url(), subprotocols=subprotocols) as socket:
        service.stop.set()
        assert await closed(socket) == (1012, "the service is stopping")


@pytest.mark.parametrize(
    ("headers", "path"),
    [
        ({"Origin": "http://evil.example"}, "camera"),
        ({}, "cameras/other"),
    ],
)
async def test_refused_sockets_fail_in_the_handshake(headers: dict[str, str], path: str) -> None:
    async with serving(FakeController()) as service:
        with pytest.raises(InvalidStatus) as refused:
            await connect(service.socket_url(path), additional_headers=headers)
        assert refused.value.response.status_code == 403


async def test_a_token_opens_the_socket() -> None:
    token = "sixteen-letters-and-more"
    async with serving(FakeController(), token=token) as service:
        with pytest.raises(InvalidStatus):
            await connect(service.socket_url())
        for header in ({"Authorization": f"Bearer {token}"}, {"Cookie": f"photonic_token={token}"}):
            async with connect(service.socket_url(), additional_headers=header, subprotocols=OURS) as socket:
                assert isinstance((await take(socket, 1))[0], str)


async def test_a_named_camera_has_its_own_socket() -> None:
    first, second = FakeController("first"), FakeController("second", publish_every_seconds=FRAME_EVERY_SECONDS)
    async with serving(first, second) as service, connect(service.socket_url("cameras/second")) as socket:
        assert await take(socket, 1) == [JPEG]
    assert first.hub.sequence == 0
