from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.asking import CAMERA, app_context_behind, asking
from tests.support.fake_controller import JPEG, FakeController

from photonic.errors import CameraError, FailureKind
from photonic.model.api import PhotoFile
from photonic.model.exposure_end import ExposureEnd
from photonic.model.setting import Choice, SettingList

if TYPE_CHECKING:
    from pathlib import Path

SHOT = {"session_id": "s-1", "sequence_number": 3}
RAW = PhotoFile(id="c-1-2", path="photos/s-1_3_1.cr3", size_bytes=9, sha256="cd", media_type="image/x-canon-cr3")
RECORD = "/api/v1/captures/c-1"


def image_format(value: str) -> SettingList:
    setting = Choice(
        name="image_format",
        path="/main/imgsettings/imageformat",
        label="Format",
        writable=True,
        value=value,
        choices=(),
    )
    return SettingList(rev=1, settings=(setting,))


@pytest.fixture
def file(tmp_path: Path) -> PhotoFile:
    path = tmp_path / "s-1_3_1.jpg"
    path.write_bytes(JPEG)
    return PhotoFile(id="c-1-1", path=str(path), size_bytes=len(JPEG), sha256="ab", media_type="image/jpeg")


@pytest.fixture
def controller(file: PhotoFile, tmp_path: Path) -> FakeController:
    controller = FakeController()
    controller.files[file.id] = (file, tmp_path / "s-1_3_1.jpg")
    return controller


async def answered(
    controller: FakeController, *files: PhotoFile, query: str = "", body: dict[str, Any] | None = None, **headers: str
) -> Any:
    """The answer to a capture that is exposed and saved, if it is accepted at all."""
    async with asking(controller) as client:
        url = f"{CAMERA}/capture{query}"
        request = asyncio.ensure_future(client.post(url, json={**SHOT, **(body or {})}, headers=headers))
        accepted = asyncio.ensure_future(controller.submitted.wait())
        await asyncio.wait({request, accepted}, return_when=asyncio.FIRST_COMPLETED)
        accepted.cancel()
        if controller.jobs:
            job = controller.jobs[-1]
            job.expose(ExposureEnd.FILE)
            if files:
                job.save(files[0])
                job.record = job.record.model_copy(update={"files": files})
        return await request


async def test_the_photo_itself_is_the_answer(controller: FakeController, file: PhotoFile) -> None:
    answer = await answered(controller, RAW, file, Accept="image/jpeg")
    assert (answer.status_code, answer.content) == (200, JPEG)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-disposition"] == 'inline; filename="s-1_3_1.jpg"'
    assert (answer.headers["location"], answer.headers["content-location"]) == (RECORD, "/api/v1/photos/c-1-1")
    async with asking(controller) as client:
        photo = await client.get("/api/v1/photos/c-1-1")
    of_both = ("etag", "cache-control", "content-length", "content-type", "content-disposition", "last-modified")
    assert [answer.headers[name] for name in of_both] == [photo.headers[name] for name in of_both]


async def test_a_range_of_a_post_is_ignored(controller: FakeController, file: PhotoFile) -> None:
    answer = await answered(controller, file, Accept="image/jpeg", Range="bytes=0-1")
    assert (answer.status_code, answer.content) == (200, JPEG)


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", "application/json"),
        ("image/jpeg, */*", "application/json"),
        ("image/jpeg;q=0.5, application/json", "application/json"),
        ("text/html", "application/json"),
        ("image/jpeg, application/json;q=0.9", "image/jpeg"),
        ("image/*", "image/jpeg"),
        ("image/png, */*;q=0.1, image/jpeg;q=0.2", "image/jpeg"),
    ],
)
async def test_the_photo_has_to_be_ranked_above_json(
    controller: FakeController, file: PhotoFile, accept: str, media_type: str
) -> None:
    answer = await answered(controller, file, Accept=accept)
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert answer.headers["location"] == RECORD


@pytest.mark.parametrize("held", [True, False])
async def test_without_a_jpeg_to_come_nothing_is_exposed(controller: FakeController, held: bool) -> None:
    controller.settings.listed = image_format("Large Fine JPEG" if held else "RAW")
    controller.settings.held = {"image_format": "RAW"} if held else {}
    answer = await answered(controller, Accept="image/jpeg")
    reported = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (406, "application/problem+json")
    assert (reported["type"], reported["success"]) == ("urn:photonic:problem:not_acceptable", False)
    assert "image_format" in reported["detail"]
    assert controller.jobs == []


async def test_a_camera_that_does_not_tell_its_settings_is_tried(controller: FakeController, file: PhotoFile) -> None:
    controller.settings.refusal = CameraError("it does not answer", kind=FailureKind.CAMERA_FAULT)
    answer = await answered(controller, file, Accept="image/jpeg")
    assert (answer.status_code, answer.content) == (200, JPEG)


async def test_who_also_accepts_json_gets_the_answer_of_a_raw_file(controller: FakeController) -> None:
    controller.settings.listed = image_format("RAW")
    answer = await answered(controller, RAW, Accept="image/jpeg, application/json;q=0.5")
    assert (answer.status_code, answer.json()["image_path"]) == (200, RAW.path)


async def test_a_photo_without_an_expected_jpeg_is_saved_and_has_an_address(controller: FakeController) -> None:
    answer = await answered(controller, RAW, Accept="image/jpeg")
    assert (answer.status_code, answer.headers["location"]) == (406, RECORD)
    assert answer.json()["capture_id"] == "c-1"


async def test_a_repeated_request_is_answered_although_the_camera_makes_raw_files_now(
    controller: FakeController, file: PhotoFile
) -> None:
    key: dict[str, Any] = {"Idempotency-Key": "k"}
    await answered(controller, file, **key)
    controller.settings.listed = image_format("RAW")
    controller.submitted.clear()
    again = await answered(controller, file, **key, Accept="image/jpeg")
    assert (again.status_code, again.content) == (200, JPEG)


@pytest.mark.parametrize("place", ["body", "query"])
async def test_an_accepted_capture_is_answered_before_its_exposure(controller: FakeController, place: str) -> None:
    async with asking(controller) as client:
        url, body = f"{CAMERA}/capture", dict(SHOT)
        if place == "query":
            url += "?answer_at=accepted"
        else:
            body["answer_at"] = "accepted"
        answer = await client.post(url, json=body)
    assert (answer.status_code, answer.headers["location"]) == (202, RECORD)
    assert "preference-applied" not in answer.headers
    assert answer.json()["phase"] == "queued"


@pytest.mark.parametrize("told_by", list(ExposureEnd))
async def test_an_exposed_capture_is_answered_before_it_is_saved(
    controller: FakeController, told_by: ExposureEnd
) -> None:
    async with asking(controller) as client:
        request = asyncio.ensure_future(client.post(f"{CAMERA}/capture?answer_at=exposed", json=SHOT))
        await controller.submitted.wait()
        controller.jobs[0].expose(told_by)
        answer = await request
    reported = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (202, RECORD)
    assert (reported["id"], reported["phase"], reported["exposed_from"]) == ("c-1", "downloading", told_by)
    assert "owner" not in reported


async def test_a_capture_that_fails_first_is_a_problem(controller: FakeController) -> None:
    async with asking(controller) as client:
        request = asyncio.ensure_future(client.post(f"{CAMERA}/capture?answer_at=exposed", json=SHOT))
        await controller.submitted.wait()
        controller.jobs[0].fail(FailureKind.AUTOFOCUS_FAILED, "no focus")
        answer = await request
    assert (answer.status_code, answer.json()["error"]) == (422, "no focus")


@pytest.mark.parametrize(("query", "body"), [("?answer_at=soon", {}), ("", {"answer_at": "soon"})])
async def test_an_unknown_moment_is_refused(controller: FakeController, query: str, body: dict[str, str]) -> None:
    answer = await answered(controller, query=query, body=body)
    assert (answer.status_code, answer.json()["field"], answer.json()["success"]) == (422, "answer_at", False)
    assert controller.jobs == []


async def test_a_contradiction_is_refused(controller: FakeController) -> None:
    answer = await answered(controller, query="?answer_at=exposed", body={"answer_at": "saved"})
    assert (answer.status_code, answer.json()["field"]) == (422, "answer_at")
    assert controller.jobs == []


async def test_the_same_moment_twice_is_no_contradiction(controller: FakeController) -> None:
    answer = await answered(controller, query="?answer_at=exposed", body={"answer_at": "exposed"})
    assert answer.status_code == 202


async def test_the_parameter_takes_precedence_over_the_preference(controller: FakeController, file: PhotoFile) -> None:
    answer = await answered(controller, file, query="?answer_at=saved", Prefer="respond-async")
    assert (answer.status_code, answer.headers.get("preference-applied")) == (200, None)


async def test_the_preference_does_not_replace_the_photo(controller: FakeController, file: PhotoFile) -> None:
    answer = await answered(controller, file, Accept="image/jpeg", Prefer="respond-async")
    assert (answer.status_code, answer.content) == (200, JPEG)


@pytest.mark.parametrize("moment", ["accepted", "exposed"])
async def test_there_is_no_photo_yet_at_an_earlier_moment(controller: FakeController, moment: str) -> None:
    answer = await answered(controller, query=f"?answer_at={moment}", Accept="image/jpeg")
    assert (answer.status_code, controller.jobs) == (406, [])
    fallback = await answered(controller, query=f"?answer_at={moment}", Accept="image/jpeg, application/json;q=0.1")
    assert (fallback.status_code, fallback.headers["content-type"]) == (202, "application/json")


async def test_the_exposure_of_a_stopping_service_is_not_told(controller: FakeController) -> None:
    async with asking(controller) as client:
        request = asyncio.ensure_future(client.post(f"{CAMERA}/capture?answer_at=exposed", json=SHOT))
        await controller.submitted.wait()
        app_context_behind(client).shutdown.end("the service is stopping")
        answer = await request
    assert (answer.status_code, answer.json()["error_type"]) == (503, "shutting_down")
