from __future__ import annotations

import asyncio
import time

import pytest
from tests.support.asking import CAMERA, asking
from tests.support.fake_controller import JPEG, FakeController

from photonic.model.status import CameraState, LiveState

PICTURE = f"{CAMERA}/liveview/snapshot.jpg"


async def test_start_and_stop() -> None:
    controller = FakeController()
    async with asking(controller) as client:
        for route in ("start", "stop"):
            answer = await client.post(f"{CAMERA}/liveview/{route}")
            assert (answer.status_code, answer.json()["success"]) == (200, True)
    assert controller.calls == ["start_live", "stop_live"]


async def test_a_fresh_frame_is_shown_at_once() -> None:
    controller = FakeController()
    controller.publish()
    async with asking(controller) as client:
        answer = await client.get(PICTURE)
    assert (answer.status_code, answer.content) == (200, JPEG)
    assert (answer.headers["content-type"], answer.headers["x-sequence"]) == ("image/jpeg", "1")
    assert answer.headers["cache-control"] == "no-store"


async def test_an_old_frame_is_not_shown_live_view_is_started_instead() -> None:
    controller = FakeController()
    controller.hub.publish(time.monotonic_ns() // 1000 - 3_000_000, b"\xff\xd8old\xff\xd9")
    async with asking(controller) as client:
        request = asyncio.ensure_future(client.get(PICTURE))
        await controller.watched.wait()
        controller.publish()
        answer = await request
    assert answer.content == JPEG
    assert not controller.hub.wanted


@pytest.mark.parametrize(
    ("camera", "live", "status", "kind"),
    [
        (CameraState.ABSENT, LiveState.OFF, 503, "camera_absent"),
        (CameraState.BLOCKED, LiveState.OFF, 503, "blocked"),
        (CameraState.DISCONNECTED, LiveState.OFF, 503, "disconnected"),
        (CameraState.READY, LiveState.UNSUPPORTED, 501, "not_supported"),
    ],
)
async def test_if_no_frame_can_arrive_the_request_does_not_wait(
    camera: CameraState, live: LiveState, status: int, kind: str
) -> None:
    controller = FakeController()
    controller.camera_state, controller.live_state, controller.reason = camera, live, "because"
    async with asking(controller) as client:
        answer = await client.get(PICTURE)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:photonic:problem:{kind}")


async def test_no_frame_by_the_deadline_is_504(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("photonic.service.http.routes.snapshot.PICTURE_WITHIN_SECONDS", 0.0)
    async with asking(FakeController()) as client:
        answer = await client.get(PICTURE)
    assert (answer.status_code, "live view is running" in answer.json()["detail"]) == (504, True)
