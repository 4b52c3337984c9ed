"""The requests that guests may make: none that occupies the camera for long, and not all the time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.asking import CAMERA, app_context_behind, asking
from tests.support.fake_controller import FakeController
from tests.support.surroundings import timekeeping
from tests.support.virtual_time import FakeClock

from photonic.access.caller import Caller
from photonic.access.outcome import SignedIn
from photonic.access.permission import Role
from photonic.errors import CaptureError, FailureKind
from photonic.service.http.guests import GuestAdmission

if TYPE_CHECKING:
    import httpx2

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
        assert "the operator's PIN lifts the limit" in reported["detail"]
        assert reported["pin_lifts"] is True
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
        assert (opened["pin_set"], opened["unlocked"], "limits" in opened) == (True, True, False)
        assert (await client.delete("/api/v1/operator", headers=OF_PAGE)).json()["limits"]["frames"] == 20


class Guest:
    """A guest with a token of its own, in a service without a PIN; its clock stands until a test moves it."""

    def __init__(self, client: httpx2.AsyncClient, name: str = "stage") -> None:
        self.client = client
        context = app_context_behind(client)
        secret = context.access.tokens.add(name, Role.GUEST, None, "2026-01-02T03:04:05+00:00")
        self.headers = {"Authorization": f"Bearer {secret}", "Prefer": "respond-async"}
        self.clock = FakeClock(1000.0)
        context.guests = GuestAdmission(
            context.settings.guest_limits, pin_set=False, time=timekeeping(monotonic=self.clock)
        )

    async def __call__(self, route: str, body: dict[str, Any], **headers: str) -> httpx2.Response:
        return await self.client.post(f"{CAMERA}/{route}", json=body, headers={**self.headers, **headers})


async def test_a_guest_takes_so_many_photos_a_minute_and_is_told_when_it_may_go_on() -> None:
    controller = FakeController()
    async with asking(controller) as client:
        ask = Guest(client)
        for _photo in range(12):
            assert (await ask("capture", PHOTO)).status_code == 202
            ask.clock.now += 1.0
        refused = await ask("capture", PHOTO)
        reported = refused.json()
        assert (refused.status_code, reported["type"]) == (429, "urn:photonic:problem:guest_rate")
        assert (refused.headers["retry-after"], reported["retry_after_seconds"]) == ("48", 48)
        assert (reported["success"], reported["error_type"]) == (False, "guest_rate")
        assert "12 photos a minute" in reported["detail"]
        assert len(controller.jobs) == 12
        ask.clock.now += 47.9
        assert (await ask("capture", PHOTO)).status_code == 429
        ask.clock.now += 0.1
        assert (await ask("capture", PHOTO)).status_code == 202


async def test_guests_and_the_operator_do_not_count_for_each_other() -> None:
    async with asking(FakeController(), loopback_role="operator", guest_captures_a_minute=1) as client:
        one = Guest(client, "one")
        two = Guest(client, "two")
        app_context_behind(client).guests = GuestAdmission(
            app_context_behind(client).settings.guest_limits, pin_set=False, time=timekeeping(monotonic=one.clock)
        )
        for ask in (one, two):
            assert [(await ask("capture", PHOTO)).status_code for _photo in range(2)] == [202, 429]
        for _photo in range(5):
            assert (await client.post(f"{CAMERA}/capture", json=PHOTO, headers=OF_PROGRAM)).status_code == 202


async def test_the_browsers_of_one_token_count_together() -> None:
    async with asking(FakeController(), guest_captures_a_minute=2) as client:
        access = app_context_behind(client).access
        secret = access.tokens.add("party", Role.GUEST, None, "2026-01-02T03:04:05+00:00")
        statuses: list[int] = []
        for _phone in range(3):
            signed_in = access.sign_in(secret, Caller("POST", "/sign-in"))
            assert isinstance(signed_in, SignedIn)
            headers = {**OF_PAGE, "Cookie": f"{access.policy.session_cookie(secure=False)}={signed_in.cookie}"}
            statuses.append((await client.post(f"{CAMERA}/capture", json=PHOTO, headers=headers)).status_code)
        assert statuses == [202, 202, 429]


async def test_the_frames_of_a_sequence_count_and_a_long_one_waits_for_an_unused_minute() -> None:
    controller = FakeController()
    async with asking(controller, guest_frames=15) as client:
        ask = Guest(client)
        assert (await ask("sequences", sequence("burst", count=10))).status_code == 201
        controller.sequences.records.clear()
        assert (await ask("sequences", sequence("burst", count=3))).status_code == 429
        assert (await ask("sequences", sequence("burst", count=2))).status_code == 201
        controller.sequences.records.clear()
        assert (await ask("capture", PHOTO)).status_code == 429
        too_long = await ask("sequences", sequence("burst", count=15))
        assert (too_long.status_code, too_long.headers["retry-after"]) == (429, "60")
        ask.clock.now += 60.0
        assert (await ask("sequences", sequence("burst", count=15))).status_code == 201
        controller.sequences.records.clear()
        assert (await ask("sequences", sequence("burst", count=16))).status_code == 403


async def test_what_is_refused_or_repeated_does_not_count() -> None:
    controller = FakeController()
    async with asking(controller, guest_captures_a_minute=1) as client:
        ask = Guest(client)
        controller.refusal = CaptureError("busy", kind=FailureKind.CAMERA_BUSY)
        for _try in range(3):
            assert (await ask("capture", PHOTO)).status_code == 409
        controller.refusal = None
        assert (await ask("capture", {**PHOTO, "bulb_seconds": 60.0})).status_code == 403
        assert (await ask("capture", PHOTO, **{"Idempotency-Key": "k1"})).status_code == 202
        controller.jobs[0].record = controller.jobs[0].record.model_copy(update={"idempotency_key": "k1"})
        assert (await ask("capture", PHOTO, **{"Idempotency-Key": "k1"})).status_code == 202
        assert (await ask("capture", PHOTO, **{"Idempotency-Key": "k2"})).status_code == 429
        ask.clock.now += 60.0
        burst = sequence("burst", count=5)
        assert (await ask("sequences", burst, **{"Idempotency-Key": "k3"})).status_code == 201
        assert (await ask("sequences", burst, **{"Idempotency-Key": "k3"})).status_code == 201
        assert (await ask("sequences", burst, **{"Idempotency-Key": "k4"})).status_code == 429


async def test_the_limits_are_settings_and_without_a_pin_none_is_named() -> None:
    controller = FakeController()
    settings: dict[str, Any] = {"guest_exposure_seconds": 2.0, "guest_frames": 3, "guest_wait_seconds": 5.0}
    async with asking(controller, **settings) as client:
        ask = Guest(client)
        limits = (await client.get("/api/v1/operator", headers=ask.headers)).json()
        assert limits["limits"] == {
            "exposure_seconds": 2,
            "frames": 3,
            "wait_seconds": 5,
            "captures_a_minute": 12,
        }
        for route, body, limit in (
            ("capture", {**PHOTO, "bulb_seconds": 2.5}, 2),
            ("sequences", sequence("burst", count=4), 3),
            ("sequences", sequence("self_timer", delay_seconds=6.0), 5),
        ):
            reported = (await ask(route, body)).json()
            assert (reported["type"], reported["limit"]) == ("urn:photonic:problem:guest_limit", limit)
            assert "PIN" not in reported["detail"]
            assert reported["pin_lifts"] is False
        assert (await ask("capture", {**PHOTO, "bulb_seconds": 2.0})).status_code == 202
