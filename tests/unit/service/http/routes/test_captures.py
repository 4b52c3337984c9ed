from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.support.asking import CAMERA, app_context_behind, asking
from tests.support.fake_controller import FakeController

from photonic.errors import BadInput, CaptureError, FailureKind, StorageError
from photonic.model.api import PhotoFile
from photonic.model.saved import SaveLevel
from photonic.model.status import CameraState
from photonic.serving.problems import STATUSES

SHOT = {"session_id": "s-1", "sequence_number": 3}
FILE = PhotoFile(id="c-1-1", path="photos/s-1_3_1.jpg", size_bytes=5, sha256="ab", media_type="image/jpeg")
RAW = PhotoFile(id="c-1-2", path="photos/s-1_3_1.cr3", size_bytes=9, sha256="cd", media_type="image/x-canon-cr3")


async def shoot(controller: FakeController, **headers: str) -> Any:
    async with asking(controller) as client:
        request = asyncio.ensure_future(client.post(f"{CAMERA}/capture", json=SHOT, headers=headers))
        await controller.submitted.wait()
        controller.jobs[0].save(FILE)
        return await request


async def test_the_answer_comes_with_the_photo() -> None:
    answer = await shoot(FakeController())
    reported = answer.json()
    assert answer.status_code == 200
    assert reported.pop("metadata")["iso"] == "100"
    assert reported == {
        "success": True,
        "image_path": "photos/s-1_3_1.jpg",
        "error": None,
        "error_type": None,
        "capture_time_ms": 12,
        "forced_capture": False,
        "attempts": 1,
        "warning": None,
        "capture_id": "c-1",
        "saved": None,
        "saved_reason_code": None,
    }


async def test_the_answer_says_what_is_missing_of_the_level() -> None:
    controller = FakeController()
    async with asking(controller) as client:
        request = asyncio.ensure_future(client.post(f"{CAMERA}/capture", json=SHOT))
        await controller.submitted.wait()
        job = controller.jobs[0]
        job.save(FILE)
        short = {"saved": SaveLevel.DISK, "saved_reason": "it is gone", "saved_reason_code": "second_disk_gone"}
        job.record = job.record.model_copy(update={"warning": "no autofocus", **short})
        reported = (await request).json()
    assert (reported["success"], reported["saved"], reported["saved_reason_code"]) == (True, "disk", "second_disk_gone")
    assert reported["warning"] == "no autofocus; it is gone"


async def test_the_jpeg_of_a_pair_is_the_image() -> None:
    controller = FakeController()
    async with asking(controller) as client:
        request = asyncio.ensure_future(client.post(f"{CAMERA}/capture", json=SHOT))
        await controller.submitted.wait()
        job = controller.jobs[0]
        job.save(RAW)
        job.record = job.record.model_copy(update={"files": (RAW, FILE)})
        assert (await request).json()["image_path"] == FILE.path


async def test_a_wrong_field_is_a_failed_capture_with_the_fields_of_the_compat_api() -> None:
    async with asking(FakeController()) as client:
        answer = await client.post(f"{CAMERA}/capture", json={**SHOT, "sequence_number": -1})
    reported = answer.json()
    assert (answer.status_code, reported["success"], reported["error_type"]) == (422, False, "bad_input")
    assert {"image_path", "metadata", "error", "capture_time_ms", "forced_capture", "attempts", "warning"} <= set(
        reported
    )
    assert reported["field"] == "sequence_number"


@pytest.mark.parametrize("kind", [kind for kind in FailureKind if kind is not FailureKind.BAD_INPUT])
async def test_a_failed_capture_is_a_problem_with_the_fields_of_the_compat_api(kind: FailureKind) -> None:
    controller = FakeController()
    async with asking(controller) as client:
        request = asyncio.ensure_future(client.post(f"{CAMERA}/capture", json=SHOT))
        await controller.submitted.wait()
        controller.jobs[0].fail(kind, "it did not work")
        answer = await request
    reported = answer.json()
    assert answer.status_code == STATUSES[kind]
    assert (reported["success"], reported["error"], reported["error_type"]) == (False, "it did not work", kind)
    assert (reported["image_path"], reported["capture_time_ms"], reported["attempts"]) == (None, 7, 1)
    assert (reported["detail"], reported["type"]) == ("it did not work", f"urn:photonic:problem:{kind}")


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (CaptureError("8 are waiting", kind=FailureKind.QUEUE_FULL), 429),
        (CaptureError("no camera", kind=FailureKind.CAMERA_ABSENT), 503),
        (StorageError("disk full", kind=FailureKind.HOST_STORAGE_FULL), 507),
        (BadInput("output_directory leaves the photo root", field="output_directory"), 422),
    ],
)
async def test_a_refused_capture_is_a_problem_too(refusal: Any, status: int) -> None:
    controller = FakeController()
    controller.refusal = refusal
    async with asking(controller) as client:
        answer = await client.post(f"{CAMERA}/capture", json=SHOT)
    assert answer.status_code == status
    assert (answer.json()["success"], answer.json()["detail"]) == (False, refusal.reason)
    assert ("retry-after" in answer.headers) is (status == 429)
    assert answer.json().get("field") == getattr(refusal, "field", None)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"session_id": "../etc"}, "session_id"),
        ({"session_id": "a/b"}, "session_id"),
        ({"session_id": ""}, "session_id"),
        ({"session_id": "a\n"}, "session_id"),
        ({"session_id": "x" * 65}, "session_id"),
        ({"session_id": 7}, "session_id"),
        ({"session_id": None}, "session_id"),
        ({"sequence_number": "3"}, "sequence_number"),
        ({"sequence_number": 3.5}, "sequence_number"),
        ({"sequence_number": -1}, "sequence_number"),
        ({"sequence_number": True}, "sequence_number"),
        ({"sequence_number": 2**40}, "sequence_number"),
        ({"output_directory": "x" * 2000}, "output_directory"),
        ({"output_directory": ["a"]}, "output_directory"),
    ],
)
async def test_wrong_fields_take_no_photo(change: dict[str, object], field: str) -> None:
    controller = FakeController()
    async with asking(controller) as client:
        answer = await client.post(f"{CAMERA}/capture", json={**SHOT, **change})
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert isinstance(answer.json()["detail"], str)
    assert controller.calls == []


async def test_unknown_fields_are_ignored() -> None:
    controller = FakeController()
    async with asking(controller) as client:
        answer = await client.post(
            f"{CAMERA}/capture", json={**SHOT, "flash": True}, headers={"Prefer": "respond-async"}
        )
    assert answer.status_code == 202


@pytest.mark.parametrize("prefer", ["respond-async", "wait=5, Respond-Async; x=1"])
async def test_202_at_once_if_the_client_prefers_it(prefer: str) -> None:
    controller = FakeController()
    async with asking(controller) as client:
        answer = await client.post(f"{CAMERA}/capture", json=SHOT, headers={"Prefer": prefer})
        record = await client.get(answer.headers["location"])
    assert answer.status_code == 202
    assert answer.headers["preference-applied"] == "respond-async"
    assert record.json() == answer.json()
    assert record.json()["phase"] == "queued"


async def test_the_idempotency_key_is_passed_on() -> None:
    controller = FakeController()
    await shoot(controller, **{"Idempotency-Key": "key-1"})
    assert controller.keys == ["key-1"]


@pytest.mark.parametrize("key", ["", "with space", "x" * 256, "tab\there"])
async def test_an_invalid_key_takes_no_photo(key: str) -> None:
    controller = FakeController()
    async with asking(controller) as client:
        answer = await client.post(f"{CAMERA}/capture", json=SHOT, headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json()["field"]) == (422, "Idempotency-Key")
    assert controller.calls == []


async def test_capture_status_has_the_fields_of_both_apis() -> None:
    controller = FakeController()
    async with asking(controller) as client:
        reported = (await client.get(f"{CAMERA}/capture/status")).json()
        await client.post(f"{CAMERA}/capture", json=SHOT, headers={"Prefer": "respond-async"})
        during = (await client.get(f"{CAMERA}/capture/status")).json()
    assert (reported["is_capturing"], reported["elapsed_seconds"], reported["session_id"]) == (False, None, None)
    assert (reported["type"], reported["boot_id"], reported["live"]["state"]) == ("status", "boot-1", "running")
    assert (during["is_capturing"], during["session_id"]) == (True, "s-1")
    assert during["rev"] > reported["rev"]


async def test_a_long_poll_answers_on_change() -> None:
    controller = FakeController()
    rev = controller.snapshot().rev
    async with asking(controller) as client:
        query = {"wait_boot_id": "boot-1", "wait_rev": rev, "timeout_seconds": 60}
        request = asyncio.ensure_future(client.get(f"{CAMERA}/capture/status", params=query))
        await controller.polled.wait()
        controller.camera_state = CameraState.RECOVERING
        controller.touch()
        reported = (await request).json()
    assert (reported["camera"]["state"], reported["rev"]) == ("recovering", rev + 1)


@pytest.mark.parametrize("query", [{"wait_boot_id": "another", "wait_rev": 99}, {"wait_rev": 0}, {"wait_boot_id": "x"}])
async def test_a_long_poll_for_an_older_status_answers_at_once(query: dict[str, Any]) -> None:
    async with asking(FakeController()) as client:
        answer = await client.get(f"{CAMERA}/capture/status", params={**query, "timeout_seconds": 60})
    assert answer.status_code == 200


@pytest.mark.parametrize("query", [{"wait_rev": "x"}, {"wait_rev": -1}, {"wait_rev": 1, "timeout_seconds": "nan"}])
async def test_wrong_poll_parameters(query: dict[str, Any]) -> None:
    async with asking(FakeController()) as client:
        answer = await client.get(f"{CAMERA}/capture/status", params=query)
    assert (answer.status_code, isinstance(answer.json()["detail"], str)) == (422, True)


async def test_when_the_service_stops_waiting_requests_are_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("photonic.service.http.routes.captures.LAST_RECORD_SECONDS", 0.0)
    controller = FakeController()
    rev = controller.snapshot().rev
    async with asking(controller) as client:
        app_context = app_context_behind(client)
        shot = asyncio.ensure_future(client.post(f"{CAMERA}/capture", json=SHOT))
        await controller.submitted.wait()
        query = {"wait_rev": rev + 1, "timeout_seconds": 60}
        poll = asyncio.ensure_future(client.get(f"{CAMERA}/capture/status", params=query))
        await controller.polled.wait()
        app_context.stop()
        reported = await shot
        assert (await poll).status_code == 200
    assert (reported.status_code, reported.json()["error_type"]) == (503, "shutting_down")
    assert reported.json()["capture_id"] == "c-1"


async def test_captures_are_listed_shown_and_cancelled() -> None:
    controller = FakeController()
    async with asking(controller) as client:
        await client.post(f"{CAMERA}/capture", json=SHOT, headers={"Prefer": "respond-async"})
        listed = await client.get("/api/v1/captures", params={"limit": 5, "cursor": "c-9"})
        cancelled = await client.delete("/api/v1/captures/c-1", params={"camera": "booth"})
        late = await client.delete("/api/v1/captures/c-1")
        unknown = await client.delete("/api/v1/captures/c-2")
        elsewhere = await client.get("/api/v1/captures/c-1", params={"camera": "other"})
    assert [record["id"] for record in listed.json()["captures"]] == ["c-1"]
    assert "page c-9 5" in controller.calls
    assert (cancelled.status_code, cancelled.json()["error_type"]) == (200, "cancelled")
    assert (late.status_code, late.json()["type"]) == (409, "urn:photonic:problem:camera_busy")
    assert (unknown.status_code, elsewhere.status_code) == (404, 404)


@pytest.mark.parametrize("limit", ["0", "201", "x"])
async def test_a_page_has_limits(limit: str) -> None:
    async with asking(FakeController()) as client:
        assert (await client.get("/api/v1/captures", params={"limit": limit})).status_code == 422
