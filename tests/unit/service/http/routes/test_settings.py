from __future__ import annotations

from typing import Any

import pytest
from tests.support.asking import CAMERA, asking
from tests.support.fake_controller import FakeController

from photonic.errors import BadInput, CameraError, FailureKind

ROUTE = f"{CAMERA}/settings"


async def test_every_setting_is_listed_with_its_type() -> None:
    async with asking(FakeController()) as client:
        answer = await client.get(ROUTE)
    assert answer.status_code == 200
    assert answer.json() == {
        "rev": 1,
        "complete": True,
        "settings": [
            {
                "name": "iso",
                "path": "/main/imgsettings/iso",
                "label": "ISO Speed",
                "writable": True,
                "reason": None,
                "kind": "choice",
                "value": "400",
                "choices": ["100", "400"],
            }
        ],
    }


async def test_values_go_to_the_camera_as_people_write_them() -> None:
    controller = FakeController()
    async with asking(controller) as client:
        answer = await client.patch(
            ROUTE, json={"iso": 400, "aperture": "f/5.6", "/main/x/grid": True, "ev": 0.3, "wide": 2.0}
        )
    assert answer.status_code == 200
    assert answer.json()["settings"][0]["value"] == "400"
    assert controller.settings.changes == [
        {"iso": "400", "aperture": "f/5.6", "/main/x/grid": "on", "ev": "0.3", "wide": "2"}
    ]


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        "iso=400",
        None,
        {"iso": None},
        {"iso": ["400"]},
        {"iso": {"value": 400}},
        {"": "400"},
        {"iso": "4" * 257},
        {"x" * 257: "4"},
        {f"setting{number}": "1" for number in range(65)},
    ],
)
async def test_an_invalid_change_is_refused_without_asking_the_camera(body: Any) -> None:
    controller = FakeController()
    async with asking(controller) as client:
        answer = await client.patch(ROUTE, json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert isinstance(answer.json()["detail"], str)
    assert controller.settings.changes == []


async def test_a_wrong_value_is_answered_with_the_cameras_choices() -> None:
    controller = FakeController()
    controller.settings.refusal = BadInput(
        "iso: this camera has no iso '401'; nearest: 400", field="iso", choices=("100", "400")
    )
    async with asking(controller) as client:
        answer = await client.patch(ROUTE, json={"iso": 401})
    problem = answer.json()
    assert (answer.status_code, problem["field"], problem["choices"]) == (422, "iso", ["100", "400"])
    assert "nearest: 400" in problem["detail"]


@pytest.mark.parametrize("method", ["GET", "PATCH"])
async def test_without_a_camera_there_are_no_settings(method: str) -> None:
    controller = FakeController()
    controller.settings.refusal = CameraError("no camera on the bus", kind=FailureKind.CAMERA_ABSENT)
    async with asking(controller) as client:
        answer = await client.request(method, ROUTE, json={"iso": "400"} if method == "PATCH" else None)
    assert (answer.status_code, answer.json()["detail"]) == (503, "no camera on the bus")
