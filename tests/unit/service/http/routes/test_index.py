"""Requests just after a start: an index that has not been read yet does not appear to be empty."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.support.asking import asking

from photonic.errors import StorageError
from photonic.model.api import CaptureRequest
from photonic.service.journal.lists import ListJournal
from photonic.service.library import index_opening

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.support.controllers import ControllerHarness, ControllerHarnesses

ID = "c-1"
ROUTES = (
    "/photos",
    f"/photos/{ID}-1",
    f"/photos/{ID}-1/thumbnail",
    "/photos/deleted",
    "/sessions",
    "/sessions/guests/photos",
    "/sessions/guests/photos.zip",
    "/captures",
    f"/captures/{ID}",
)


class Reading:
    """An index that is read when ``go`` is set, or fails to be read if ``failure`` is set."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.began = asyncio.Event()
        self.failure: StorageError | None = None

    def hold(self, patch: pytest.MonkeyPatch) -> None:
        saved_count = ListJournal.saved_count

        async def held(journal: ListJournal) -> int:
            self.began.set()
            await self.go.wait()
            if self.failure is not None:
                raise self.failure
            return await saved_count(journal)

        patch.setattr(ListJournal, "saved_count", held)


@pytest.fixture
async def reading() -> Reading:
    return Reading()


@pytest.fixture
async def harness(
    harnesses: ControllerHarnesses, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[ControllerHarness]:
    async with harnesses.running() as before:
        await before.until_ready()
        job = await before.controller.submit(CaptureRequest(session_id="guests", sequence_number=1), "key-1")
        await job.ended()
    reading.hold(monkeypatch)
    async with harnesses.running() as harness:
        async with asyncio.timeout(20):
            await reading.began.wait()
        yield harness


@pytest.mark.parametrize("route", ROUTES)
async def test_while_the_index_is_read_the_answer_says_so(
    route: str, harness: ControllerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_opening, "READING_SECONDS", 0.0)
    async with asking(harness.controller) as client:
        answer = await client.get(f"/api/v1{route}")
    assert answer.status_code == 503, answer.text
    assert answer.json()["type"] == "urn:photonic:problem:index_unread"
    assert int(answer.headers["retry-after"]) > 0


async def test_a_list_waits_for_the_index(harness: ControllerHarness, reading: Reading) -> None:
    async with asking(harness.controller) as client:
        asked = [asyncio.create_task(client.get(f"/api/v1{route}")) for route in ("/photos", "/sessions", "/captures")]
        await asyncio.sleep(0)
        reading.go.set()
        photos, sessions, captures = (answer.json() for answer in await asyncio.gather(*asked))
    assert len(photos["photos"]) == len(captures["captures"]) == 1
    assert [session["session_id"] for session in sessions["sessions"]] == ["guests"]


async def test_the_number_of_photos_is_unknown_before(harness: ControllerHarness, reading: Reading) -> None:
    assert harness.controller.snapshot().capture_count is None
    async with asking(harness.controller) as client:
        status = (await client.get("/api/v1/camera/status")).json()
        assert status["capture_count"] == 0, "its clients know nothing but numbers"
        reading.go.set()
        await harness.until(lambda: harness.controller.snapshot().capture_count == 1)


async def test_a_retry_while_the_index_is_read_takes_no_second_photo(
    harness: ControllerHarness, reading: Reading
) -> None:
    request = CaptureRequest(session_id="guests", sequence_number=1)
    asked = asyncio.create_task(harness.controller.submit(request, "key-1"))
    await asyncio.sleep(0)
    reading.go.set()
    async with asyncio.timeout(20):
        assert (await (await asked).ended()).phase == "saved"
    assert harness.processes[-1].captures == []


@pytest.mark.parametrize("route", ROUTES)
async def test_an_index_that_cannot_be_read_says_why(route: str, harness: ControllerHarness, reading: Reading) -> None:
    reading.failure = StorageError("the index is on fire")
    reading.go.set()
    async with asking(harness.controller) as client:
        answer = await client.get(f"/api/v1{route}")
    assert answer.status_code == 507
    assert "on fire" in answer.json()["detail"]
