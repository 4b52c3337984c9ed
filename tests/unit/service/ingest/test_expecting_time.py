"""How long a failed capture expects its photo: from its failure to the arrival of the photo, whatever the disk does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from tests.support.card_photos import (
    come,
    jpeg,
    looked_through,
    now_on_camera,
    records,
    request,
    settled,
    teach_the_clock,
)

from photonic.errors import CameraError, FailureKind, StorageError
from photonic.model.status import CapturePhase
from photonic.service.base.running_time import RunningTime
from photonic.service.ingest import card_import, photo_import
from photonic.service.ingest.expected_photo import EXPECTED_SECONDS
from photonic.service.journal.captures import CaptureJournal
from photonic.service.journal.cards import CardJournal

if TYPE_CHECKING:
    from tests.support.controllers import ControllerHarness, ControllerHarnesses


async def full(*_arguments: object) -> None:
    raise StorageError("the disk is full", kind=FailureKind.HOST_STORAGE_FULL)


def run_on(harness: ControllerHarness, seconds: int) -> None:
    """Let the service have run for so much longer."""
    journal = harness.controller._photos.journal  # pyright: ignore[reportPrivateUsage]
    journal.running = RunningTime(asyncio.get_running_loop().time, journal.running.seconds + seconds)


async def fail_capture(harness: ControllerHarness) -> None:
    harness.process.fault = CameraError("it hung")
    failed = await (await harness.controller.submit(request(4), None)).ended()
    assert failed.phase is CapturePhase.FAILED


@pytest.mark.parametrize(("later", "session"), [(EXPECTED_SECONDS + 1, "body"), (EXPECTED_SECONDS // 2, "guest")])
async def test_a_photo_is_expected_from_the_failure_on_even_if_that_is_recorded_later(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch, later: int, session: str
) -> None:
    async with harnesses.running() as harness:
        await looked_through(harness)
        await teach_the_clock(harness)
        with monkeypatch.context() as patched:
            patched.setattr(CaptureJournal, "end", full)
            await fail_capture(harness)
        harness.process.camera_seconds = now_on_camera()
        run_on(harness, later)
        (taken,) = harness.process.shoot({"IMG_0001.JPG": jpeg("whose")})
        come(harness, taken, None)
        await settled(harness)
        assert (await records(harness))[0].session_id == session


@pytest.mark.parametrize("recorded", [True, False])
async def test_a_photo_that_arrived_in_time_is_the_captures_even_if_the_disk_takes_it_later(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch, *, recorded: bool
) -> None:
    monkeypatch.setattr(photo_import, "RETRY_SECONDS", 0.01)
    async with harnesses.running() as harness:
        await looked_through(harness)
        await teach_the_clock(harness)
        with monkeypatch.context() as patched:
            patched.setattr(CaptureJournal, "add", full)
            if not recorded:
                patched.setattr(CaptureJournal, "end", full)
            await fail_capture(harness)
            harness.process.camera_seconds = now_on_camera()
            (taken,) = harness.process.shoot({"IMG_0001.JPG": jpeg("late")})
            come(harness, taken, None)
            await settled(harness)
            run_on(harness, 3 * EXPECTED_SECONDS)
        await harness.until(lambda: harness.controller.snapshot().capture_count == 2)
        assert (await records(harness))[0].session_id == "guest"


async def test_no_capture_stops_expecting_its_photo_while_one_waits_for_the_disk(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_import, "TRIES", 1)
    async with harnesses.running() as harness:
        await looked_through(harness)
        await teach_the_clock(harness)
        cards = harness.controller._photos.card_importer._cards  # pyright: ignore[reportPrivateUsage]
        with monkeypatch.context() as patched:
            patched.setattr(CaptureJournal, "add", full)
            await fail_capture(harness)
            harness.process.camera_seconds = now_on_camera()
            (taken,) = harness.process.shoot({"IMG_0001.JPG": jpeg("late")})
            place = come(harness, taken, None)
            await settled(harness)
            run_on(harness, 3 * EXPECTED_SECONDS)
            harness.process.listed.clear()
            harness.process.come_back()
            await harness.process.listed.wait()
            await harness.until(lambda: "fetch IMG_0001.JPG" in harness.process.calls)
            await settled(harness)
            assert [one.age_seconds // EXPECTED_SECONDS for one in await cards.expected("0123")] == [3]
        assert place.exists()


async def test_a_photo_that_two_failed_captures_may_have_taken_is_neithers(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await looked_through(harness)
        await teach_the_clock(harness)
        await fail_capture(harness)
        await fail_capture(harness)
        harness.process.camera_seconds = now_on_camera()
        (taken,) = harness.process.shoot({"IMG_0001.JPG": jpeg("whose")})
        come(harness, taken, None)
        await settled(harness)
        assert (await records(harness))[0].session_id == "body"


async def test_what_the_camera_reports_in_a_later_session_is_not_the_failed_captures(
    harnesses: ControllerHarnesses,
) -> None:
    """Its own photo is on the card, and the scan may not have come to it."""
    async with harnesses.running() as harness:
        await looked_through(harness)
        await teach_the_clock(harness)
        await fail_capture(harness)
        harness.process.go_down(FailureKind.CAMERA_FAULT, "killed")
        harness.process.listed.clear()
        harness.process.come_back()
        await asyncio.wait_for(harness.process.listed.wait(), 20)
        harness.process.camera_seconds = now_on_camera()
        (button,) = harness.process.shoot({"IMG_0001.JPG": jpeg("button")})
        come(harness, button, None)
        await settled(harness)
        found, failed, _first = await records(harness)
        assert (found.session_id, failed.id in (found.warning or "")) == ("body", True)


@pytest.mark.parametrize("ran_on", [EXPECTED_SECONDS // 2, EXPECTED_SECONDS + 60])
async def test_a_scan_that_finds_no_photo_ends_the_expectation_of_captures_that_failed_long_ago(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch, ran_on: int
) -> None:
    stopped: asyncio.Queue[list[str]] = asyncio.Queue()
    stop_expecting = CardJournal.stop_expecting

    async def told(cards: CardJournal, capture_ids: list[str]) -> None:
        await stop_expecting(cards, capture_ids)
        stopped.put_nowait(capture_ids)

    monkeypatch.setattr(CardJournal, "stop_expecting", told)
    async with harnesses.running() as harness:
        await looked_through(harness)
        assert await asyncio.wait_for(stopped.get(), 20) == []
        await fail_capture(harness)
        run_on(harness, ran_on)
        harness.process.come_back()
        ended = [(await records(harness))[0].id] if ran_on > EXPECTED_SECONDS else []
        assert await asyncio.wait_for(stopped.get(), 20) == ended
