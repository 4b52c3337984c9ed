"""The findings for each state that a running service reports, as a table."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from photonic.diagnosis.finding import Check, DoctorCode, Outcome
from photonic.diagnosis.running import ServiceFacts, inspect_service, judge_service
from photonic.errors import ServiceError
from photonic.model.status import CameraState, CameraStatus, LiveState, LiveStatus, Snapshot

URL = "http://127.0.0.1:8000"


def snapshot(state: CameraState, live: LiveState = LiveState.OFF, reason: str | None = None) -> Snapshot:
    return Snapshot(
        boot_id="b",
        rev=1,
        now_us=1,
        camera=CameraStatus(id="42", model="EOS", state=state, reason=reason),
        live=LiveStatus(state=live, reason="why" if live is LiveState.RECOVERING else None),
    )


def facts(state: CameraState = CameraState.READY, live: LiveState = LiveState.OFF, **more: Any) -> ServiceFacts:
    reported: dict[str, Any] = {"snapshot": snapshot(state, live), "battery": 80, "storage_available": True, **more}
    return ServiceFacts(URL, **reported)


def found(facts: ServiceFacts) -> dict[Check, tuple[Outcome, DoctorCode]]:
    return {one.check: (one.outcome, one.code) for one in judge_service(facts)}


@pytest.mark.parametrize(
    ("state", "outcome", "code"),
    [
        (CameraState.READY, Outcome.OK, DoctorCode.OK),
        (CameraState.CAPTURING, Outcome.OK, DoctorCode.OK),
        (CameraState.STARTING, Outcome.WARNING, DoctorCode.OK),
        (CameraState.DISCONNECTED, Outcome.WARNING, DoctorCode.OK),
        (CameraState.ABSENT, Outcome.FAILED, DoctorCode.CAMERA_ABSENT),
        (CameraState.BLOCKED, Outcome.FAILED, DoctorCode.CAMERA_BLOCKED),
        (CameraState.RECOVERING, Outcome.FAILED, DoctorCode.CAMERA_FAULT),
    ],
)
def test_each_state_of_the_camera(state: CameraState, outcome: Outcome, code: DoctorCode) -> None:
    assert found(facts(state))[Check.CAMERA] == (outcome, code)


def test_every_state_is_in_the_table() -> None:
    assert len(CameraState) == 7


def test_the_reason_is_reported() -> None:
    (only,) = judge_service(ServiceFacts(URL, snapshot(CameraState.BLOCKED, reason="battery empty: replace it")))
    assert only.what.endswith("is blocked: battery empty: replace it")


@pytest.mark.parametrize(
    ("reported", "check", "outcome", "code"),
    [
        (facts(battery=15), Check.POWER, Outcome.WARNING, DoctorCode.OK),
        (facts(battery=None), Check.POWER, Outcome.SKIPPED, DoctorCode.OK),
        (facts(storage_available=False), Check.CARD, Outcome.WARNING, DoctorCode.OK),
        (facts(storage_available=None), Check.CARD, Outcome.SKIPPED, DoctorCode.OK),
        (facts(live=LiveState.RUNNING), Check.LIVE_VIEW, Outcome.OK, DoctorCode.OK),
        (facts(live=LiveState.OFF), Check.LIVE_VIEW, Outcome.SKIPPED, DoctorCode.OK),
        (facts(live=LiveState.UNSUPPORTED), Check.LIVE_VIEW, Outcome.WARNING, DoctorCode.OK),
        (facts(live=LiveState.RECOVERING), Check.LIVE_VIEW, Outcome.FAILED, DoctorCode.LIVE_VIEW),
        (facts(not_ready="no room"), Check.CAMERA, Outcome.FAILED, DoctorCode.SERVICE_NOT_READY),
    ],
)
def test_power_card_live_view_and_readiness(
    reported: ServiceFacts, check: Check, outcome: Outcome, code: DoctorCode
) -> None:
    assert found(reported)[check] == (outcome, code)


@pytest.mark.parametrize(
    ("status", "outcome", "mend"),
    [
        (401, Outcome.WARNING, "PHOTONIC_TOKEN=ITS_TOKEN photonic doctor"),
        (500, Outcome.FAILED, f"photonic status --url {URL}"),
        (None, Outcome.FAILED, f"photonic status --url {URL}"),
    ],
)
def test_a_service_that_reports_nothing(status: int | None, outcome: Outcome, mend: str) -> None:
    (only,) = judge_service(ServiceFacts(URL, refusal=ServiceError("why", status=status)))
    assert (only.check, only.outcome, only.mend) == (Check.CAMERA, outcome, mend)


async def test_a_service_that_has_gone_is_reported() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    found = await inspect_service(f"http://127.0.0.1:{port}", None)
    assert found.refusal is not None
    assert found.refusal.status is None
