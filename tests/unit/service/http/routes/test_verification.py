"""The routes of the checks of stored photos, and what the metrics say of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.support.asking import CAMERA, asking
from tests.support.fake_controller import FakeController

from photonic.model.verification import VerificationReport, VerificationStatus

ROUTE = f"{CAMERA}/verification"
CLEAN_AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def found() -> VerificationStatus:
    report = VerificationReport(began_at=CLEAN_AT, ended_at=CLEAN_AT, open_count=3)
    return VerificationStatus(last=report, clean_at=CLEAN_AT, requests=4, unread=2)


@pytest.mark.parametrize(
    ("body", "requested"),
    [
        ({}, (False, False)),
        ({"repair": True}, (True, False)),
        ({"adopt": True}, (False, True)),
    ],
)
async def test_a_check_is_requested(body: dict[str, bool], requested: tuple[bool, bool]) -> None:
    controller = FakeController()
    controller.verification.found = found()
    async with asking(controller) as client:
        answer = await client.post(ROUTE, json=body)
        unknown = await client.post(ROUTE, json={"delete": True})
    assert (answer.status_code, unknown.status_code) == (202, 422)
    assert controller.verification.requested == [requested]
    assert answer.json()["requests"] == 4


async def test_what_was_found_is_told_and_measured() -> None:
    controller = FakeController()
    controller.verification.found = found()
    async with asking(controller) as client:
        status = (await client.get(ROUTE)).json()
        metrics = (await client.get("/metrics")).text
    assert (status["last"]["open_count"], status["unread"]) == (3, 2)
    assert f'photonic_verify_clean_timestamp_seconds{{camera="booth"}} {CLEAN_AT.timestamp():.0f}\n' in metrics
    assert 'photonic_verify_open_findings{camera="booth"} 3\n' in metrics
    assert 'photonic_verify_unread_photos{camera="booth"} 2\n' in metrics


async def test_without_a_check_there_is_no_date() -> None:
    async with asking(FakeController()) as client:
        metrics = (await client.get("/metrics")).text
    assert "photonic_verify_clean_timestamp_seconds{" not in metrics
