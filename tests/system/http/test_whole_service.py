"""The HTTP API over a real controller and a real camera process with a synthetic driver."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from tests.support import driver, launching
from tests.support.serving import Serving, serving
from tests.support.surroundings import THIS_MACHINE
from websockets.asyncio.client import ClientConnection, connect

from photonic.model.frame import is_whole_jpeg
from photonic.protocol import live
from photonic.protocol.live import SUBPROTOCOL
from photonic.service.camera.controller import CameraController
from photonic.service.camera.controller_settings import ControllerSettings

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from websockets.typing import Subprotocol

OURS: list[Subprotocol] = [SUBPROTOCOL]  # type: ignore[list-item]
CAMERA = "/api/v1/camera"
WITHIN_SECONDS = 30
EXPOSURE_SECONDS = 0.4


class ServiceHarness:
    """A running service, a client of it, and where its photos go."""

    def __init__(self, service: Serving, client: httpx2.AsyncClient, photo_root: Path) -> None:
        self.service = service
        self.client = client
        self.photo_root = photo_root

    def files(self) -> list[str]:
        """Everything below the photo root that is no index and no staging."""
        below = (path.relative_to(self.photo_root) for path in self.photo_root.rglob("*") if path.is_file())
        return sorted(str(path) for path in below if not path.parts[0].startswith("."))

    def shoot(self, **fields: Any) -> asyncio.Task[httpx2.Response]:
        """A capture request under way."""
        body = {"session_id": "s-1", "sequence_number": 1, **fields}
        return asyncio.create_task(self._post("/capture", body))

    async def _post(self, route: str, body: Any) -> httpx2.Response:
        return await self.client.post(f"{CAMERA}{route}", json=body)

    async def until(self, **wanted: str) -> dict[str, Any]:
        """Long-poll the capture status until camera or live view are in the states wanted."""
        query: dict[str, Any] = {}
        async with asyncio.timeout(WITHIN_SECONDS):
            while True:
                status = (await self.client.get(f"{CAMERA}/capture/status", params=query)).json()
                if all(status[part]["state"] == state for part, state in wanted.items()):
                    return status
                query = {"wait_boot_id": status["boot_id"], "wait_rev": status["rev"], "timeout_seconds": 5}


@pytest.fixture
async def harness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[ServiceHarness]:
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    photo_root = tmp_path / "root"
    settings = ControllerSettings(
        name=None,
        address=launching.address(capture=EXPOSURE_SECONDS, size=20_000),
        photo_root=photo_root,
        driver=launching.DRIVER,
        environment=launching.environment(),
        min_free_bytes=0,
    )
    async with (
        serving(
            CameraController(settings, boot_id="boot-7", surroundings=THIS_MACHINE), photo_root=photo_root
        ) as service,
        httpx2.AsyncClient(base_url=service.url, timeout=WITHIN_SECONDS) as client,
    ):
        harness = ServiceHarness(service, client, photo_root)
        await harness.until(camera="ready")
        yield harness


async def frames(socket: ClientConnection, count: int) -> list[bytes]:
    async with asyncio.timeout(WITHIN_SECONDS):
        return [message async for message in _binary(socket, count)]


async def _binary(socket: ClientConnection, count: int) -> AsyncGenerator[bytes]:
    while count:
        message = await socket.recv()
        assert isinstance(message, bytes), "text on a plain socket"
        count -= 1
        yield message


async def test_an_existing_client_keeps_its_socket_through_three_captures(harness: ServiceHarness) -> None:
    async with connect(harness.service.socket_url()) as socket:
        newest = (await frames(socket, 3))[-1]
        for number in (1, 2, 3):
            shot = harness.shoot(sequence_number=number)
            during = await harness.until(camera="capturing")
            assert (during["is_capturing"], during["session_id"]) == (True, "s-1")
            answer = (await shot).json()
            assert answer["success"], answer
            assert Path(answer["image_path"]).name in harness.files()[-1]
            after = await frames(socket, 30)
            assert all(is_whole_jpeg(frame) for frame in after)
            assert driver.text_of(after[-1]) != driver.text_of(newest)
            newest = after[-1]
    assert len(harness.files()) == 3
    assert (await harness.client.get(f"{CAMERA}/status")).json()["capture_count"] == 3


async def test_our_client_is_told_of_the_pause_on_the_open_socket(harness: ServiceHarness) -> None:
    states: list[str] = []
    async with connect(harness.service.socket_url(), subprotocols=OURS) as socket, asyncio.timeout(WITHIN_SECONDS):
        sequences: list[int] = []
        shot: asyncio.Task[httpx2.Response] | None = None
        while shot is None or not shot.done() or states[-1] != "running":
            message = await socket.recv()
            if isinstance(message, str):
                states.append(json.loads(message)["live"]["state"])
            else:
                sequences.append(live.decode(message).sequence)
            if shot is None and len(sequences) == 5:
                shot = harness.shoot()
        assert (await shot).status_code == 200
    assert sequences == sorted(set(sequences))
    assert "paused" in states
    assert states.index("paused") < len(states) - 1 - states[::-1].index("running")


async def test_a_client_that_hangs_up_still_gets_its_photo(harness: ServiceHarness) -> None:
    shot = harness.shoot()
    await harness.until(camera="capturing")
    shot.cancel()
    await asyncio.wait([shot])
    await harness.until(camera="ready")
    page = (await harness.client.get("/api/v1/captures")).json()
    assert [capture["phase"] for capture in page["captures"]] == ["saved"]
    photo = page["captures"][0]["files"][0]
    answer = await harness.client.get(f"/api/v1/photos/{photo['id']}")
    assert (answer.status_code, len(answer.content)) == (200, photo["size_bytes"])
    assert answer.headers["etag"] == f'"{photo["sha256"]}"'


async def test_the_same_key_is_one_photo(harness: ServiceHarness) -> None:
    body = {"session_id": "s-1", "sequence_number": 1}
    headers = {"Idempotency-Key": "one"}
    answers = await asyncio.gather(
        *(harness.client.post(f"{CAMERA}/capture", json=body, headers=headers) for _ in range(3))
    )
    assert len({answer.json()["capture_id"] for answer in answers}) == 1
    assert len(harness.files()) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"output_directory": "../outside"},
        {"output_directory": "/etc"},
        {"output_directory": "photos/../../outside"},
        {"output_directory": "photos/\x00"},
        {"output_directory": "x" * 2000},
        {"output_directory": 5},
        {"session_id": "../../s"},
        {"session_id": "x" * 65},
        {"session_id": 5},
        {"sequence_number": "1"},
        {"sequence_number": -1},
    ],
)
async def test_bad_captures_change_nothing(harness: ServiceHarness, fields: dict[str, Any]) -> None:
    before = sorted(harness.photo_root.parent.iterdir())
    answer = await harness.shoot(**fields)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:photonic:problem:bad_input")
    assert isinstance(answer.json()["detail"], str)
    assert harness.files() == []
    assert sorted(harness.photo_root.parent.iterdir()) == before
    assert (await harness.client.get("/api/v1/captures")).json()["captures"] == []


async def test_a_value_that_the_camera_does_not_have_names_field_and_choices(harness: ServiceHarness) -> None:
    answer = await harness.client.post(f"{CAMERA}/config", json={"iso_capture": "123", "iso_liveview": "100"})
    problem = answer.json()
    assert (answer.status_code, problem["field"]) == (422, "iso"), problem
    assert problem["choices"] == list(driver.ISO_CHOICES)
    good = await harness.client.post(f"{CAMERA}/config", json={"iso_capture": "400"})
    assert good.json()["success"] is True


async def test_disconnect_closes_the_plain_socket_and_connect_brings_all_back(harness: ServiceHarness) -> None:
    assert (await harness.client.post(f"{CAMERA}/disconnect")).json()["success"] is True
    assert (await harness.client.get(f"{CAMERA}/status")).json()["connected"] is False
    refused = await harness.client.post(f"{CAMERA}/liveview/start")
    assert (refused.status_code, isinstance(refused.json()["detail"], str)) == (503, True)
    assert (await harness.shoot()).json()["error_type"] == "disconnected"
    assert (await harness.client.post(f"{CAMERA}/connect")).json()["success"] is True
    async with connect(harness.service.socket_url()) as socket:
        assert await frames(socket, 3)


async def test_a_picture_starts_live_view(harness: ServiceHarness) -> None:
    answer = await harness.client.get(f"{CAMERA}/liveview/snapshot.jpg")
    assert answer.status_code == 200, answer.text
    assert is_whole_jpeg(answer.content)


async def test_the_serial_number_names_the_camera(harness: ServiceHarness) -> None:
    assert (await harness.client.get("/api/v1/cameras/F-0001/status")).json()["connected"] is True
    assert (await harness.client.get("/api/v1/cameras/F-0002/status")).status_code == 404
    assert (await harness.client.get("/readyz")).status_code == 200
