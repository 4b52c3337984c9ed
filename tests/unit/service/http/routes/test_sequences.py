from __future__ import annotations

from typing import Any

import pytest
from tests.support.asking import CAMERA, asking
from tests.support.fake_controller import FakeController

from photonic.errors import CaptureError, FailureKind

BURST = {"kind": "burst", "session_id": "guest", "count": 3}


async def test_a_sequence_is_started_shown_listed_and_cancelled() -> None:
    async with asking(FakeController()) as client:
        answer = await client.post(f"{CAMERA}/sequences", json=BURST, headers={"Idempotency-Key": "k"})
        assert answer.status_code == 201
        reported = answer.json()
        assert (reported["kind"], reported["phase"], reported["total"], reported["idempotency_key"]) == (
            "burst",
            "countdown",
            3,
            "k",
        )
        place = answer.headers["location"]
        assert place == f"{CAMERA}/sequences/{reported['id']}"
        assert (await client.get(place)).json()["frames"] == []
        assert [one["id"] for one in (await client.get(f"{CAMERA}/sequences")).json()["sequences"]] == [reported["id"]]
        assert (await client.delete(place)).json()["phase"] == "cancelled"
        unknown = await client.get(f"{CAMERA}/sequences/nobody")
        assert (unknown.status_code, unknown.json()["type"]) == (404, "urn:photonic:problem:not_found")


async def test_a_second_one_is_refused_with_the_id_of_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    controller = FakeController()
    async with asking(controller) as client:
        first = (await client.post(f"{CAMERA}/sequences", json=BURST)).json()["id"]

        async def busy(*_: object) -> Any:
            raise CaptureError("another one runs", kind=FailureKind.CAMERA_BUSY)

        monkeypatch.setattr(controller.sequences, "submit", busy)
        answer = await client.post(f"{CAMERA}/sequences", json=BURST)
    assert (answer.status_code, answer.json()["sequence_id"]) == (409, first)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "panorama"}, "kind"),
        ({"kind": None}, "kind"),
        ({"count": 0}, "count"),
        ({"count": -1}, "count"),
        ({"interval_seconds": 0}, "interval_seconds"),
        ({"interval_seconds": -5}, "interval_seconds"),
        ({"session_id": "../etc"}, "session_id"),
        ({"end_at": "tomorrow"}, "end_at"),
        ({"colour": "red"}, "colour"),
    ],
    ids=str,
)
async def test_a_wrong_field_is_named(change: dict[str, Any], field: str) -> None:
    controller = FakeController()
    async with asking(controller) as client:
        answer = await client.post(f"{CAMERA}/sequences", json={**BURST, **change})
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert controller.sequences.records == []


async def test_an_invalid_key_is_refused() -> None:
    async with asking(FakeController()) as client:
        answer = await client.post(f"{CAMERA}/sequences", json=BURST, headers={"Idempotency-Key": "a b"})
    assert (answer.status_code, answer.json()["field"]) == (422, "Idempotency-Key")


@pytest.mark.parametrize("query", ["first=0", "limit=0", "limit=1001", "first=x"])
async def test_a_stretch_of_frames_has_bounds(query: str) -> None:
    async with asking(FakeController()) as client:
        place = (await client.post(f"{CAMERA}/sequences", json=BURST)).headers["location"]
        answer = await client.get(f"{place}?{query}")
    assert answer.status_code == 422
