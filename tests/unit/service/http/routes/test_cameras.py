from __future__ import annotations

import pytest
from tests.support.asking import asking
from tests.support.fake_controller import FakeController

from photonic.model.status import CameraState

SHOT = {"session_id": "s-1", "sequence_number": 3}


def pair() -> tuple[FakeController, FakeController]:
    return FakeController("left", serial="111"), FakeController("right", serial="222")


async def test_the_cameras_are_listed_with_the_default_one_first() -> None:
    left, right = pair()
    right.camera_state, right.reason = CameraState.ABSENT, "it is unplugged"
    async with asking(left, right) as client:
        reported = (await client.get("/api/v1/cameras")).json()["cameras"]
    assert [(one["id"], one["serial"], one["default"], one["address"]) for one in reported] == [
        ("left", "111", True, "auto"),
        ("right", "222", False, "auto"),
    ]
    assert reported[1]["camera"]["state"] == "absent"
    assert reported[1]["camera"]["reason"] == "it is unplugged"
    assert reported[0]["live"]["state"] == "running"


@pytest.mark.parametrize(("camera", "asked"), [("left", 0), ("111", 0), ("right", 1), ("222", 1), (None, 0)])
async def test_a_camera_is_known_by_its_name_and_by_its_serial_number(camera: str | None, asked: int) -> None:
    controllers = pair()
    prefix = "/api/v1/camera" if camera is None else f"/api/v1/cameras/{camera}"
    async with asking(*controllers) as client:
        answer = await client.post(f"{prefix}/connect")
        assert answer.status_code == 200
        listed = await client.get("/metrics", params={} if camera is None else {"camera": camera})
    assert [bool(controller.calls) for controller in controllers] == [asked == 0, asked == 1]
    shown = {name for name in ("left", "right") if f'camera="{name}"' in listed.text}
    assert shown == ({"left", "right"} if camera is None else {controllers[asked].camera_id})


async def test_a_name_comes_before_a_serial_number() -> None:
    left, right = FakeController("left", serial="right"), FakeController("right", serial="222")
    async with asking(left, right) as client:
        await client.post("/api/v1/cameras/right/connect")
    assert (left.calls, right.calls) == ([], ["connect"])


@pytest.mark.parametrize(
    "route",
    [
        "/api/v1/cameras/third/status",
        "/api/v1/cameras/third/liveview/snapshot.jpg",
        *(f"{route}?camera=third" for route in ("/readyz", "/metrics")),
        *(f"/api/v1/{route}?camera=third" for route in ("photos", "photos/x", "captures", "captures/x", "events")),
    ],
)
async def test_the_error_for_an_unknown_camera_lists_the_known_ones(route: str) -> None:
    async with asking(*pair()) as client:
        answer = await client.get(route)
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:photonic:problem:not_found"
    assert answer.json()["detail"] == "unknown camera 'third'; known cameras: left, right"


async def test_ready_is_every_camera_or_the_one_that_is_named(tmp_path: object) -> None:
    left, right = pair()
    right.camera_state = CameraState.ABSENT
    async with asking(left, right, photo_root=tmp_path) as client:
        found = {
            camera: (await client.get(f"/readyz{query}")).status_code
            for camera, query in (("all", ""), ("left", "?camera=left"), ("right", "?camera=222"))
        }
        alive = await client.get("/healthz?camera=right")
    assert found == {"all": 503, "left": 200, "right": 503}
    assert alive.text == "ok\n"


async def test_captures_of_all_cameras_are_one_list() -> None:
    left, right = pair()
    async with asking(left, right) as client:
        for camera in ("left", "right", "left"):
            taken = await client.post(
                f"/api/v1/cameras/{camera}/capture", json=SHOT, headers={"Prefer": "respond-async"}
            )
            assert taken.status_code == 202
        both = (await client.get("/api/v1/captures")).json()
        one = (await client.get("/api/v1/captures?camera=222")).json()
    assert [record["camera_id"] for record in both["captures"]] == ["left", "right", "left"]
    assert [record["camera_id"] for record in one["captures"]] == ["right"]


async def test_the_list_contains_no_password() -> None:
    left, right = pair()
    left.address = "url:http://ada:secret@10.0.0.7/stream?key=secret"
    async with asking(left, right) as client:
        text = (await client.get("/api/v1/cameras")).text
    assert "secret" not in text
    assert "url:http://10.0.0.7/stream" in text
