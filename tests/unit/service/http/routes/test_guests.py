"""The requests that a page may make without the operator's PIN: none that occupies the camera for long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.support.asking import CAMERA, asking
from tests.support.fake_controller import FakeController

PIN = "2468"
OF_PAGE = {"Origin": "http://127.0.0.1:8000", "Prefer": "respond-async"}
OF_PROGRAM = {"Prefer": "respond-async"}
PHOTO = {"session_id": "guest", "sequence_number": 1}


def later(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def sequence(kind: str, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, "session_id": "guest", **fields}


TOO_MUCH = [
    pytest.param("capture", {**PHOTO, "bulb_seconds": 21_600.0}, {}, "bulb_seconds", 30, id="bulb for six hours"),
    pytest.param("capture", {**PHOTO, "bulb_seconds": 30.1}, {}, "bulb_seconds", 30, id="bulb for 30.1 s"),
    pytest.param("capture", PHOTO, {"shutter": "60"}, "shutter", 30, id="the camera is set to a minute"),
    pytest.param("capture", PHOTO, {"shutter": "Bulb"}, "shutter", 30, id="the camera is set to bulb"),
    pytest.param("capture", PHOTO, {"shutter": "Composite"}, "shutter", 30, id="light is added until somebody ends it"),
    pytest.param("sequences", sequence("burst", count=21), {}, "count", 20, id="burst of 21"),
    pytest.param("sequences", sequence("burst", count=5), {"shutter": "60"}, "shutter", 30, id="burst of minutes"),
    pytest.param(
        "sequences", sequence("interval", interval_seconds=1.0, count=99_999), {}, "count", 20, id="time-lapse of days"
    ),
    pytest.param(
        "sequences",
        sequence("interval", interval_seconds=1.0, end_at=later(36_000)),
        {},
        "count",
        20,
        id="until end_at",
    ),
    pytest.param(
        "sequences",
        sequence("interval", interval_seconds=3600.0, count=20),
        {},
        "interval_seconds",
        30,
        id="by the hour",
    ),
    pytest.param(
        "sequences", sequence("self_timer", delay_seconds=3600.0), {}, "delay_seconds", 30, id="self-timer of an hour"
    ),
    pytest.param(
        "sequences", sequence("burst", count=2, start_at=later(36_000)), {}, "start_at", 30, id="begins later"
    ),
    pytest.param("sequences", sequence("focus_stack", focus_end=30), {}, "count", 20, id="stack of 31"),
    pytest.param(
        "sequences",
        sequence("bracket", stops=[0, 5], vary="shutter"),
        {"shutter": "2"},
        "stops",
        30,
        id="bracket up to 64 s",
    ),
    pytest.param("sequences", sequence("bracket", stops=[0.0] * 21), {}, "count", 20, id="bracket of 21"),
]


@pytest.mark.parametrize(("route", "request_body", "set_to", "field", "limit"), TOO_MUCH)
async def test_a_guests_page_is_refused_with_the_limit(
    route: str, request_body: dict[str, Any], set_to: dict[str, str], field: str, limit: float
) -> None:
    controller = FakeController()
    controller.set_to = set_to
    async with asking(controller, operator_pin=PIN) as client:
        answer = await client.post(f"{CAMERA}/{route}", json=request_body, headers=OF_PAGE)
        reported = answer.json()
        assert (answer.status_code, reported["type"]) == (403, "urn:photonic:problem:guest_limit")
        assert (reported["field"], reported["limit"]) == (field, limit)
        assert f"{limit}" in reported["detail"]
        assert "PIN" in reported["detail"]
        if route == "capture":
            assert (reported["success"], reported["error_type"]) == (False, "guest_limit")
        assert not controller.jobs
        assert controller.sequences.running is None

        # A program needs no PIN, and a browser that has entered it may do everything.
        assert (await client.post(f"{CAMERA}/{route}", json=request_body, headers=OF_PROGRAM)).is_success
        await client.delete(f"{CAMERA}/sequences/{getattr(controller.sequences.running, 'id', 'none')}")
        await client.post("/api/v1/operator", json={"pin": PIN}, headers=OF_PAGE)
        assert (await client.post(f"{CAMERA}/{route}", json=request_body, headers=OF_PAGE)).is_success


@pytest.mark.parametrize(
    ("route", "request_body"),
    [
        ("capture", PHOTO),
        ("capture", {**PHOTO, "bulb_seconds": 30.0}),
        ("sequences", sequence("burst", count=20)),
        ("sequences", sequence("interval", interval_seconds=30.0, count=20)),
        ("sequences", sequence("self_timer", delay_seconds=10.0)),
        ("sequences", sequence("bracket", stops=[-2.0, 0.0, 2.0])),
        ("sequences", sequence("focus_stack", focus_end=19)),
    ],
)
async def test_the_requests_of_a_booth_are_within_the_limits(route: str, request_body: dict[str, Any]) -> None:
    controller = FakeController()
    controller.set_to = {"shutter": "1/60"}
    async with asking(controller, operator_pin=PIN) as client:
        answer = await client.post(f"{CAMERA}/{route}", json=request_body, headers=OF_PAGE)
        assert answer.is_success, answer.text


async def test_without_a_pin_nobody_is_a_guest() -> None:
    async with asking(FakeController()) as client:
        answer = await client.post(f"{CAMERA}/capture", json={**PHOTO, "bulb_seconds": 21_600.0}, headers=OF_PAGE)
        assert answer.is_success
        assert "limits" not in (await client.get("/api/v1/operator")).json()


async def test_a_shutter_speed_of_a_profile_is_limited_like_the_cameras_own() -> None:
    controller = FakeController()
    controller.set_to = {"shutter": "1/60"}
    controller.settings.held = {"shutter": "120"}
    async with asking(controller, operator_pin=PIN) as client:
        answer = await client.post(f"{CAMERA}/capture", json=PHOTO, headers=OF_PAGE)
    assert answer.json()["field"] == "shutter"


async def test_a_guests_request_is_marked_and_may_be_retried() -> None:
    controller = FakeController()
    async with asking(controller, operator_pin=PIN) as client:
        headers = {**OF_PAGE, "Idempotency-Key": "k1"}
        assert (await client.post(f"{CAMERA}/capture", json=PHOTO, headers=headers)).is_success
        assert (await client.post(f"{CAMERA}/capture", json=PHOTO, headers=OF_PROGRAM)).is_success
        assert [requester.is_guest for requester in controller.requesters] == [True, False]
        controller.jobs[0].record = controller.jobs[0].record.model_copy(update={"idempotency_key": "k1"})
        controller.set_to = {"shutter": "60"}
        assert (await client.post(f"{CAMERA}/capture", json=PHOTO, headers=headers)).is_success
        assert (await client.post(f"{CAMERA}/capture", json=PHOTO, headers=OF_PAGE)).status_code == 403


async def test_a_page_receives_the_limits() -> None:
    async with asking(FakeController(), operator_pin=PIN) as client:
        reported = (await client.get("/api/v1/operator", headers=OF_PAGE)).json()
        assert reported["limits"] == {
            "exposure_seconds": 30,
            "frames": 20,
            "wait_seconds": 30,
            "captures_a_minute": 12,
        }
        opened = (await client.post("/api/v1/operator", json={"pin": PIN}, headers=OF_PAGE)).json()
        assert opened == {"pin_set": True, "unlocked": True}
        assert (await client.delete("/api/v1/operator", headers=OF_PAGE)).json()["limits"]["frames"] == 20
