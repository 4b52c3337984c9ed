from __future__ import annotations

import json
from typing import Any

import pytest
from tests.support.asking import CAMERA, asking
from tests.support.fake_controller import FakeController

from photonic.errors import BadInput, CameraError, FailureKind, IllegalTransition, PhotonicError
from photonic.serving.problems import STATUSES, ProblemResponse, of_error, of_status, of_validation


def body(response: ProblemResponse) -> dict[str, Any]:
    return json.loads(bytes(response.body))


def test_every_kind_of_failure_has_a_status() -> None:
    assert set(STATUSES) == set(FailureKind)
    assert all(400 <= status < 600 for status in STATUSES.values())


@pytest.mark.parametrize(("kind", "status"), [(FailureKind.CAMERA_FAULT, 502), (FailureKind.TIMEOUT, 504)])
def test_an_error_of_ours_is_its_kind(kind: FailureKind, status: int) -> None:
    response = of_error(CameraError("the reason", kind=kind))
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert body(response) == {
        "type": f"urn:photonic:problem:{kind}",
        "title": kind.replace("_", " ").capitalize(),
        "status": status,
        "detail": "the reason",
    }


def test_bad_input_names_field_and_choices() -> None:
    reported = body(of_error(BadInput("no such shutter", field="shutter_speed_capture", choices=["1/60", "1/125"])))
    assert (reported["status"], reported["field"], reported["choices"]) == (
        422,
        "shutter_speed_capture",
        ["1/60", "1/125"],
    )


def test_a_full_queue_says_when_to_ask_again() -> None:
    assert int(of_error(CameraError("full", kind=FailureKind.QUEUE_FULL)).headers["retry-after"]) > 0


def test_other_errors_of_ours() -> None:
    assert of_error(IllegalTransition("a", "b")).status_code == 409
    assert "secret" not in body(of_error(PhotonicError("secret")))["detail"]


def test_fields_beside_do_not_replace_the_four() -> None:
    reported = body(of_error(CameraError("x"), {"status": 1, "success": False}))
    assert (reported["status"], reported["success"]) == (502, False)


def test_long_validations_are_cut() -> None:
    errors = [{"loc": ("body", f"f{number}"), "type": "value_error", "msg": "wrong"} for number in range(8)]
    reported = body(of_validation(errors))
    assert reported["detail"].startswith("f0: wrong; f1: wrong")
    assert reported["detail"].endswith("and 3 more")


def test_a_bare_status() -> None:
    assert body(of_status(418, "teapot"))["type"] == "urn:photonic:problem:http_error"


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/nowhere", 404, "not_found"),
        ("GET", "/api/v1/cameras/other/status", 404, "not_found"),
        ("PUT", f"{CAMERA}/status", 405, "method_not_allowed"),
        ("GET", f"{CAMERA}/capture", 405, "method_not_allowed"),
    ],
)
async def test_unknown_addresses_and_methods(method: str, path: str, status: int, kind: str) -> None:
    async with asking(FakeController()) as client:
        answer = await client.request(method, path)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:photonic:problem:{kind}")
    assert isinstance(answer.json()["detail"], str)


async def test_an_unexpected_error_reveals_no_internals() -> None:
    controller = FakeController()
    controller.broken = True
    async with asking(controller) as client:
        answer = await client.get(f"{CAMERA}/capture/status")
    assert answer.status_code == 500
    assert answer.json()["type"] == "urn:photonic:problem:internal"
    assert "secret-inside" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_the_messages_of_our_own_validators_are_unchanged() -> None:
    async with asking(FakeController()) as client:
        refused = await client.patch(f"{CAMERA}/settings", json={"iso": None})
    assert refused.json()["detail"] == "iso: must be text of at most 256 characters, a number, true or false"
