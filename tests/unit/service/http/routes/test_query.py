"""No parameter that the API knows is silently ignored."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image
from tests.support.asking import CAMERA, app_behind, asking
from tests.support.fake_controller import FakeController

from photonic.service.http.routes.dependencies import QUERY_NAMES

PARAMETERS = {"camera": "booth", "scale": "half", "max_fps": "10", "limit": "3", "cursor": "c", "download": "true"}
GETS = {
    path: {one["name"] for one in methods["get"].get("parameters", ()) if one["in"] == "query"}
    for path, methods in app_behind(asking(FakeController())).openapi()["paths"].items()
    if "get" in methods
}


def jpeg(width: int = 64, height: int = 48) -> bytes:
    made = BytesIO()
    Image.effect_noise((width, height), 90).convert("RGB").save(made, "JPEG", quality=95)
    return made.getvalue()


def test_every_parameter_of_the_interface_is_known() -> None:
    assert frozenset().union(*GETS.values()) == QUERY_NAMES


COMPAT = frozenset({"status", "capture/status", "liveview/stream"})
STRICT = [
    path for path in GETS if path != "/health" and path.split("/camera/")[-1].split("{camera_id}/")[-1] not in COMPAT
]


@pytest.mark.parametrize("path", STRICT)
async def test_a_parameter_of_another_address_is_refused_and_unknown_ones_are_ignored(path: str) -> None:
    address = path.replace("{camera_id}", "booth").replace("{", "unknown").replace("}", "")
    async with asking(FakeController()) as client:
        for name in PARAMETERS.keys() - GETS[path]:
            answer = await client.head(address, params={name: PARAMETERS[name]})
            assert answer.status_code == 422, name
        beside = await client.head(address, params={"t": "123", "_": "9"})
        assert beside.status_code == (await client.head(address)).status_code


async def test_the_error_names_the_parameter_and_the_accepted_ones() -> None:
    async with asking(FakeController()) as client:
        reported = (await client.get("/api/v1/photos", params={"cursor": "c"})).json()
        looked = await client.post(f"{CAMERA}/liveview/look", params={"camera": "left"}, json={"magnification": "1"})
    assert (reported["type"], reported["field"]) == ("urn:photonic:problem:bad_input", "cursor")
    assert reported["choices"] == ["camera", "limit"]
    assert (looked.status_code, looked.json()["field"]) == (422, "camera")


@pytest.mark.parametrize("camera", ["camera", "cameras/booth"])
@pytest.mark.parametrize(
    ("method", "route", "body"),
    [
        ("POST", "connect", None),
        ("POST", "disconnect", None),
        ("GET", "status", None),
        ("POST", "liveview/start", None),
        ("POST", "liveview/stop", None),
        ("POST", "capture", {"session_id": "s", "sequence_number": 1}),
        ("GET", "capture/status", None),
        ("POST", "config", {}),
    ],
)
async def test_clients_of_the_compat_api_may_send_what_they_like(
    camera: str, method: str, route: str, body: dict[str, object] | None
) -> None:
    async with asking(FakeController()) as client:
        answer = await client.request(
            method, f"/api/v1/{camera}/{route}", params=PARAMETERS, json=body, headers={"Prefer": "respond-async"}
        )
        health = await client.get("/health", params=PARAMETERS)
    assert answer.is_success, answer.text
    assert health.is_success


@pytest.mark.parametrize(
    ("scale", "size"), [("full", (64, 48)), ("half", (32, 24)), ("1/4", (16, 12)), ("auto", (64, 48))]
)
async def test_a_snapshot_has_the_size_that_was_asked_for(scale: str, size: tuple[int, int]) -> None:
    controller = FakeController()
    controller.publish(jpeg())
    async with asking(controller) as client:
        answer = await client.get(f"{CAMERA}/liveview/snapshot.jpg", params={"scale": scale})
    with Image.open(BytesIO(answer.content)) as picture:
        assert picture.size == size
    assert answer.headers.get("x-scale") == {"half": "half", "1/4": "quarter"}.get(scale)


@pytest.mark.parametrize("scale", ["third", "", "0"])
async def test_an_unknown_size_is_refused(scale: str) -> None:
    controller = FakeController()
    controller.publish(jpeg())
    async with asking(controller) as client:
        reported = (await client.get(f"{CAMERA}/liveview/snapshot.jpg", params={"scale": scale})).json()
    assert (reported["field"], reported["choices"]) == ("scale", ["auto", "full", "half", "quarter"])


@pytest.mark.parametrize("camera", ["camera", "cameras/booth"])
async def test_a_request_for_the_socket_without_an_upgrade_names_what_is_missing(camera: str) -> None:
    async with asking(FakeController()) as client:
        answer = await client.get(f"/api/v1/{camera}/liveview/stream", params={"scale": "half"})
        reported = answer.json()
        unknown = await client.get("/api/v1/cameras/nobody/liveview/stream")
    assert (answer.status_code, answer.headers["upgrade"]) == (426, "websocket")
    assert reported["type"] == "urn:photonic:problem:upgrade_required"
    assert "proxy" in reported["detail"]
    assert "stream.mjpg" in reported["detail"]
    assert unknown.status_code == 404
