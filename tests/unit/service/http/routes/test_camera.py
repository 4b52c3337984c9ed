from __future__ import annotations

import pytest
from tests.support.asking import CAMERA, asking
from tests.support.fake_controller import SERIAL, FakeController

from photonic.errors import BadInput, CameraError, FailureKind


async def test_connect_and_disconnect() -> None:
    controller = FakeController()
    async with asking(controller) as client:
        for route in ("connect", "disconnect", "disconnect"):
            answer = await client.post(f"{CAMERA}/{route}")
            assert (answer.status_code, answer.json()["success"]) == (200, True)
            assert isinstance(answer.json()["message"], str)
    assert controller.calls == ["connect", "disconnect", "disconnect"]


async def test_a_guest_does_not_undo_an_operators_disconnect() -> None:
    controller, operator = FakeController(), {"Authorization": "Bearer a-token-of-the-operator"}
    async with asking(controller, token="a-token-of-the-operator", allow_anonymous="guest") as client:
        assert (await client.post(f"{CAMERA}/connect")).status_code == 200
        assert (await client.post(f"{CAMERA}/disconnect")).status_code == 403
        assert (await client.post(f"{CAMERA}/disconnect", headers=operator)).status_code == 200
        refused = await client.post(f"{CAMERA}/connect")
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:photonic:problem:forbidden")
        assert "operator" in refused.json()["detail"]
        assert controller.calls == ["connect", "disconnect"]
        assert (await client.post(f"{CAMERA}/connect", headers=operator)).status_code == 200


@pytest.mark.parametrize("route", ["connect", "liveview/start"])
@pytest.mark.parametrize("kind", [FailureKind.CAMERA_ABSENT, FailureKind.CAMERA_FAULT, FailureKind.TIMEOUT])
async def test_without_a_camera_existing_clients_get_503(route: str, kind: FailureKind) -> None:
    controller = FakeController()
    controller.refusal = CameraError("no camera on the bus", kind=kind)
    async with asking(controller) as client:
        answer = await client.post(f"{CAMERA}/{route}")
    assert answer.status_code == 503
    assert answer.json()["detail"] == "no camera on the bus"
    assert answer.json()["type"].endswith(kind)


async def test_status_is_that_of_the_compat_api() -> None:
    async with asking(FakeController()) as client:
        answer = await client.get(f"{CAMERA}/status")
    assert answer.json() == {
        "connected": True,
        "model": "Fake",
        "battery": 80,
        "storage_available": True,
        "liveview_active": False,
        "capture_count": 0,
        "last_capture_at": None,
    }


async def test_status_never_fails() -> None:
    controller = FakeController()
    controller.broken = True
    async with asking(controller) as client:
        answer = await client.get(f"{CAMERA}/status")
    assert (answer.status_code, answer.json()["connected"]) == (200, False)


@pytest.mark.parametrize("name", ["second", SERIAL])
async def test_a_camera_is_named_by_name_or_serial(name: str) -> None:
    first, second = FakeController("first"), FakeController("second")
    if name == SERIAL:
        first.answers = lambda camera_id: camera_id == "first"  # type: ignore[method-assign]
    async with asking(first, second) as client:
        await client.post(f"/api/v1/cameras/{name}/connect")
        await client.post(f"{CAMERA}/disconnect")
    assert (first.calls, second.calls) == (["disconnect"], ["connect"])


async def test_config_passes_what_was_given() -> None:
    controller = FakeController()
    async with asking(controller) as client:
        answer = await client.post(f"{CAMERA}/config", json={"iso_capture": "400"})
    assert answer.json()["success"] is True
    assert controller.configs[0].model_dump(exclude_none=True) == {"iso_capture": "400"}


async def test_a_value_that_the_camera_does_not_have_names_field_and_choices() -> None:
    controller = FakeController()
    controller.refusal = BadInput("1/3 is no shutter speed", field="shutter_speed_capture", choices=("1/60",))
    async with asking(controller) as client:
        answer = await client.post(f"{CAMERA}/config", json={"shutter_speed_capture": "1/3"})
    assert answer.status_code == 422
    assert (answer.json()["field"], answer.json()["choices"]) == ("shutter_speed_capture", ["1/60"])
    assert "1/3" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"iso": "400"}, "iso"),
        ({"iso_capture": 400}, "iso_capture"),
        ({"iso_capture": "x" * 65}, "iso_capture"),
        ({"iso_capture": ""}, "iso_capture"),
        ({"disable_viewfinder_before_capture": "perhaps"}, "disable_viewfinder_before_capture"),
        ([], "body"),
    ],
)
async def test_wrong_settings_change_nothing(body: object, field: str) -> None:
    controller = FakeController()
    async with asking(controller) as client:
        answer = await client.post(f"{CAMERA}/config", json=body)
    assert answer.status_code == 422
    assert answer.json()["field"] == field
    assert isinstance(answer.json()["detail"], str)
    assert controller.calls == []


async def test_invalid_json_changes_nothing() -> None:
    controller = FakeController()
    async with asking(controller) as client:
        answer = await client.post(f"{CAMERA}/config", content=b"{iso", headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert isinstance(answer.json()["detail"], str)
    assert controller.calls == []
