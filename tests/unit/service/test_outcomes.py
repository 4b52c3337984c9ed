"""The ends of captures: cancelled before the exposure, saved with a warning, with or without a copy on the card."""

from __future__ import annotations

import asyncio
import shutil
from types import SimpleNamespace
from typing import TYPE_CHECKING

import msgspec
import pytest
from pydantic import ValidationError
from tests.support.camera_process import OPENED, FakeCameraProcess
from tests.support.card_photos import jpeg, looked_through, request

from photonic.errors import BadInput, CameraError, CaptureError, FailureKind
from photonic.model.api import CaptureRequest
from photonic.model.status import CapturePhase

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.controllers import ControllerHarness, ControllerHarnesses


def disk_with(free_bytes: int) -> Callable[[Path], SimpleNamespace]:
    def usage(_root: Path) -> SimpleNamespace:
        return SimpleNamespace(free=free_bytes)

    return usage


def unprepared(process: FakeCameraProcess) -> None:
    process.prepared.clear()


async def test_a_capture_that_is_being_prepared_is_cancelled_by_the_camera(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running(prepare=unprepared) as harness:
        await harness.until_ready()
        job = await harness.controller.submit(request(), None)
        await harness.until(lambda: job.phase is CapturePhase.PREPARING and bool(harness.process.captures))
        cancelling = asyncio.create_task(harness.controller.cancel(job.id))
        await harness.until(lambda: f"cancel {job.id}" in harness.process.calls)
        harness.process.prepared.set()
        record = await cancelling
        assert (record.phase, record.error_type) == (CapturePhase.FAILED, "cancelled")
        assert await job.ended() == record
        assert await harness.controller.cancel(job.id) == record
        assert await harness.photos() == ()


async def test_a_capture_that_waits_for_the_camera_is_cancelled_without_it(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        harness.process.go_down(FailureKind.CAMERA_FAULT, "it hung")
        job = await harness.controller.submit(request(), None)
        while harness.controller._photos.captures.current is not job:  # pyright: ignore[reportPrivateUsage]  # noqa: ASYNC110 - a turn
            await asyncio.sleep(0)
        record = await harness.controller.cancel(job.id)
        assert record.error_type == "cancelled"
        harness.process.come_back()
        assert (await (await harness.controller.submit(request(2), None)).ended()).phase is CapturePhase.SAVED
        assert len(harness.process.captures) == 1


async def test_a_cancellation_that_comes_too_late_changes_nothing(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running(prepare=unprepared) as harness:
        await harness.until_ready()
        harness.process.release.clear()
        job = await harness.controller.submit(request(), None)
        await harness.until(lambda: job.phase is CapturePhase.PREPARING and bool(harness.process.captures))
        harness.process.prepared.set()
        cancelling = asyncio.create_task(harness.controller.cancel(job.id))
        with pytest.raises(CaptureError) as late:
            await cancelling
        assert late.value.kind is FailureKind.CAMERA_BUSY
        harness.process.release.set()
        assert (await job.ended()).phase is CapturePhase.SAVED


@pytest.mark.parametrize(
    ("asked", "setting", "forced"), [(True, False, True), (None, True, True), (False, True, False)]
)
async def test_retrying_without_autofocus_is_requested_or_configured_and_reported(
    harnesses: ControllerHarnesses, asked: bool | None, setting: bool, forced: bool
) -> None:
    async with harnesses.running(retry_without_autofocus=setting) as harness:
        await harness.until_ready()
        wanted = CaptureRequest(session_id="guest", sequence_number=1, retry_without_autofocus=asked)
        record = await (await harness.controller.submit(wanted, None)).ended()
        assert harness.process.forced is forced
        assert (record.forced_capture, record.attempts) == ((True, 2) if forced else (False, 1))
        assert (record.warning is not None) is forced


async def test_a_key_is_for_one_directory_in_this_run_and_the_next(harnesses: ControllerHarnesses) -> None:
    there = CaptureRequest(session_id="guest", sequence_number=1, output_directory="./there")
    elsewhere = CaptureRequest(session_id="guest", sequence_number=1, output_directory="elsewhere")
    same = CaptureRequest(session_id="guest", sequence_number=1, output_directory="there/")
    async with harnesses.running() as harness:
        await harness.until_ready()
        record = await (await harness.controller.submit(there, "key")).ended()
    async with harnesses.running() as harness:
        await harness.until_ready()
        assert await (await harness.controller.submit(same, "key")).ended() == record
        with pytest.raises(BadInput, match="a photo in there"):
            await harness.controller.submit(elsewhere, "key")
        assert harness.process.captures == []


async def deleted(harness: ControllerHarness, name: str) -> None:
    await harness.until(lambda: f"delete {name}" in harness.process.calls)


async def test_a_copy_on_the_card_is_deleted_if_configured_once_recorded_or_at_the_next_opening(
    harnesses: ControllerHarnesses,
) -> None:
    async with harnesses.running(delete_after_download=True) as harness:
        await looked_through(harness)
        harness.process.shoot({"IMG_0900.JPG": jpeg("old")})

        async def gone(_wanted: object) -> None:
            raise CameraError("the cable is out")

        harness.process.delete, delete = gone, harness.process.delete  # pyright: ignore[reportAttributeAccessIssue]
        assert (await (await harness.controller.submit(request(), None)).ended()).phase is CapturePhase.SAVED
        assert len(harness.process.on_card) == 2
        harness.process.delete = delete
        harness.process.go_down(FailureKind.CAMERA_FAULT, "the cable is out")
        # The card is scanned when the camera opens, but files that are due for deletion are not fetched.
        harness.process.come_back()
        await deleted(harness, "IMG_0001.JPG")
        assert "fetch IMG_0001.JPG" not in harness.process.calls
        await harness.until(lambda: "fetch IMG_0900.JPG" in harness.process.calls)
        await deleted(harness, "IMG_0900.JPG")
        harness.process.listed.clear()
        harness.process.go_down(FailureKind.CAMERA_FAULT, "the cable is out")
        harness.process.come_back()
        await harness.process.listed.wait()
        await (await harness.controller.submit(request(2), None)).ended()
        await harness.until(lambda: harness.process.calls.count("delete IMG_0001.JPG") == 2)
        assert harness.process.calls.count("delete IMG_0900.JPG") == 1
        assert harness.process.on_card == {}


@pytest.mark.parametrize("target", ["card", "ram"])
async def test_nothing_is_deleted_from_the_card_if_deleting_is_off_or_photos_go_to_ram(
    harnesses: ControllerHarnesses, target: str
) -> None:
    def prepare(process: FakeCameraProcess) -> None:
        process.opened = msgspec.structs.replace(OPENED, capture_target=target)

    async with harnesses.running(prepare=prepare, delete_after_download=target == "ram") as harness:
        await harness.until_ready()
        for number in (1, 2):
            await (await harness.controller.submit(request(number), None)).ended()
        assert not any(call.startswith("delete") for call in harness.process.calls)


async def test_low_space_warns_in_the_status_and_with_each_photo_and_takes_it(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", disk_with(1_500_000_000))
    async with harnesses.running(low_space_bytes=2_000_000_000) as harness:
        await harness.until(lambda: harness.controller.snapshot().storage is not None)
        storage = harness.controller.snapshot().storage
        assert storage is not None
        assert storage.free_bytes == 1_500_000_000
        assert storage.warning is not None
        assert "less than 2000 MB" in storage.warning
        await harness.until_ready()
        record = await (await harness.controller.submit(request(), None)).ended()
        assert record.phase is CapturePhase.SAVED
        assert record.warning == storage.warning
        before = harness.controller.snapshot().rev
        monkeypatch.setattr(shutil, "disk_usage", disk_with(1_400_000_000))
        harness.controller._photos.space.refresh()  # pyright: ignore[reportPrivateUsage]
        await harness.until(lambda: (harness.controller.snapshot().storage or storage).free_bytes == 1_400_000_000)
        assert harness.controller.snapshot().rev == before
        monkeypatch.setattr(shutil, "disk_usage", disk_with(9_000_000_000))
        await (await harness.controller.submit(request(2), None)).ended()
        await harness.until(lambda: (harness.controller.snapshot().storage or storage).warning is None)
        assert harness.controller.snapshot().rev > before


def holding(process: FakeCameraProcess) -> None:
    process.release.clear()


async def test_a_bulb_exposure_counts_down_and_is_cut_short_on_request_with_its_photo(
    harnesses: ControllerHarnesses,
) -> None:
    async with harnesses.running(prepare=holding) as harness:
        await harness.until_ready()
        wanted = CaptureRequest(session_id="stars", sequence_number=1, bulb_seconds=7200.0)
        job = await harness.controller.submit(wanted, "once")
        await harness.process.exposing.wait()
        assert harness.process.manners[-1].bulb_seconds == 7200.0
        await harness.until(lambda: harness.controller.snapshot().captures[0].exposure_remaining_seconds is not None)
        (shown,) = harness.controller.snapshot().captures
        assert (shown.kind, shown.phase) == ("bulb", CapturePhase.EXPOSING)
        assert 7199.0 < (shown.exposure_remaining_seconds or 0.0) <= 7200.0
        assert (shown.remaining_seconds or 0.0) > 7200.0
        with pytest.raises(BadInput, match="a different exposure"):
            await harness.controller.submit(wanted.model_copy(update={"bulb_seconds": 1.0}), "once")
        assert not (await harness.controller.cancel(job.id)).error
        record = await job.ended()
        assert (record.phase, record.bulb_seconds, len(record.files)) == (CapturePhase.SAVED, 7200.0, 1)


@pytest.mark.parametrize("seconds", [0.5, 0.0, -1.0, 6 * 3600.0 + 1, float("nan"), True, "30"])
def test_an_invalid_bulb_time_is_refused(seconds: object) -> None:
    with pytest.raises(ValidationError):
        CaptureRequest.model_validate({"session_id": "s", "sequence_number": 1, "bulb_seconds": seconds})
