"""The description of the sockets held against a real session: a capture, a fault and a recovery, on every channel."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx2
from tests.support.scenic import scenic_service
from tests.support.schemas import complaints
from websockets.asyncio.client import connect

from photonic.errors import FailureKind
from photonic.model.frame import is_whole_jpeg
from photonic.protocol import live
from photonic.protocol.live import SUBPROTOCOL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from tests.support.scenic import ScenicService
    from websockets.typing import Subprotocol

OURS: list[Subprotocol] = [SUBPROTOCOL]  # type: ignore[list-item]
WITHIN_SECONDS = 30
CAMERA = "/api/v1/camera"
SHOT = {"session_id": "s", "sequence_number": 1}


class Described:
    """What the service says of its messages; its schemas allow no field that is not described."""

    def __init__(self, document: dict[str, Any]) -> None:
        components = document["components"]
        for schema in components["schemas"].values():
            if schema.get("type") == "object":
                schema.setdefault("additionalProperties", False)
        messages = components["messages"]
        self.document = document
        self.snapshot: dict[str, Any] = {**document, **messages["snapshot"]["payload"]}
        self.event: dict[str, Any] = {**document, **messages["statusEvent"]["payload"]}
        self.headers: dict[str, Any] = messages["statusEvent"]["headers"]
        self.header_bytes = messages["frame"]["x-header"]["size_bytes"]

    def addresses(self) -> set[str]:
        return {channel["address"] for channel in self.document["channels"].values()}


def states(texts: list[str]) -> set[str]:
    reported = [json.loads(text) for text in texts]
    phases = {capture["phase"] for one in reported for capture in one["captures"]}
    return {one["camera"]["state"] for one in reported} | {one["live"]["state"] for one in reported} | phases


async def server_sent(lines: AsyncIterator[str]) -> AsyncIterator[dict[str, str]]:
    """Each event's fields; the first is the stream's ``retry``."""
    event: dict[str, str] = {}
    async for line in lines:
        if line:
            name, _colon, value = line.partition(": ")
            event[name] = value
        else:
            yield event
            event = {}


class Recording:
    """Everything that the three channels sent."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.frames: list[bytes] = []
        self.plain: list[str | bytes] = []
        self.events: list[dict[str, str]] = []
        self._more = asyncio.Event()

    async def take_live(self, url: str) -> None:
        async with connect(url, subprotocols=OURS) as socket:
            async for message in socket:
                if isinstance(message, str):
                    self.texts.append(message)
                else:
                    self.frames.append(message)
                self._more.set()

    async def take_plain(self, url: str) -> None:
        async with connect(url) as socket:
            while True:
                self.plain.append(await socket.recv())
                self._more.set()

    async def take_events(self, client: httpx2.AsyncClient) -> None:
        async with client.stream("GET", "/api/v1/events") as answer:
            async for event in server_sent(answer.aiter_lines()):
                self.events.append(event)
                self._more.set()

    async def until(self, enough: Callable[[], bool]) -> None:
        async with asyncio.timeout(WITHIN_SECONDS):
            while not enough():
                self._more.clear()
                await self._more.wait()

    @property
    def newest(self) -> dict[str, Any]:
        return json.loads(self.texts[-1])


async def live_through(service: ScenicService, client: httpx2.AsyncClient, kept: Recording) -> None:
    """A photo, a sequence, a camera that goes and comes back."""
    await kept.until(lambda: min(len(kept.frames), len(kept.plain)) >= 3 and len(kept.events) >= 2)
    service.camera.release.clear()
    shot = asyncio.ensure_future(client.post(f"{CAMERA}/capture", json=SHOT))
    await kept.until(lambda: "capturing" in states(kept.texts))
    service.camera.release.set()
    assert (await shot).status_code == 200

    body = {"kind": "burst", "session_id": "s", "count": 2}
    assert (await client.post(f"{CAMERA}/sequences", json=body)).is_success
    await kept.until(lambda: any(json.loads(text)["sequence"] is not None for text in kept.texts))
    await kept.until(lambda: kept.newest["sequence"] is None)

    service.camera.live = False
    service.camera.go_down(FailureKind.CAMERA_ABSENT, "the cable was pulled")
    await kept.until(lambda: "absent" in states(kept.texts))
    service.camera.come_back()
    count = len(kept.frames)
    await kept.until(lambda: len(kept.frames) > count and kept.newest["camera"]["state"] == "ready")


async def test_every_message_of_a_session_is_described(tmp_path: Path) -> None:
    kept = Recording()
    async with (
        scenic_service(tmp_path / "photos") as service,
        httpx2.AsyncClient(base_url=service.url, timeout=WITHIN_SECONDS) as client,
        asyncio.TaskGroup() as tasks,
    ):
        described = Described((await client.get("/asyncapi.json")).json())
        assert {f"{CAMERA}/liveview/stream", "/api/v1/events"} <= described.addresses()
        url = f"ws://127.0.0.1:{service.port}{CAMERA}/liveview/stream"
        readers = [
            tasks.create_task(reading)
            for reading in (kept.take_live(url), kept.take_plain(url), kept.take_events(client))
        ]
        await live_through(service, client, kept)
        for reader in readers:
            reader.cancel()

    assert {"ready", "capturing", "absent", "running", "paused", "exposing"} <= states(kept.texts)
    assert {one for text in kept.texts for one in complaints(described.snapshot, json.loads(text))} == set()
    for frame in kept.frames:
        assert is_whole_jpeg(frame[described.header_bytes :])
        assert live.decode(frame).sequence > 0
    assert all(isinstance(message, bytes) and is_whole_jpeg(message) for message in kept.plain)
    assert kept.events[0] == {"retry": "1000"}
    for event in kept.events[1:]:
        assert complaints(described.event, json.loads(event.pop("data"))) == []
        assert complaints(described.headers, event) == []
    # What the description does not know is found.
    assert complaints(described.snapshot, {**json.loads(kept.texts[0]), "a_new_field": 1}) != []
