"""How captures end: cancelled before the exposure, with a warning, with a copy left on the card or not."""

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

    from tests.support.controllers import Bench, Rig


def disk_with(free_bytes: int) -> Callable[[Path], SimpleNamespace]:
    def usage(_root: Path) -> SimpleNamespace:
        return SimpleNamespace(free=free_bytes)

    return usage


def unprepared(process: FakeCameraProcess) -> None:
    process.prepared.clear()


async def test_a_capture_that_is_being_prepared_is_cancelled_by_the_camera(bench: Bench) -> None:
    async with bench.running(prepare=unprepared) as rig:
        await rig.until_ready()
        job = await rig.controller.submit(request(), None)
        await rig.until(lambda: job.phase is CapturePhase.PREPARING and bool(rig.process.captures))
        cancelling = asyncio.create_task(rig.controller.cancel(job.id))
        await rig.until(lambda: f"cancel {job.id}" in rig.process.calls)
        rig.process.prepared.set()
        record = await cancelling
        assert (record.phase, record.error_type) == (CapturePhase.FAILED, "cancelled")
        assert await job.ended() == record
        assert await rig.controller.cancel(job.id) == record
        assert rig.controller.photos() == ()


async def test_a_capture_that_waits_for_the_camera_is_cancelled_without_it(bench: Bench) -> None:
    async with bench.running() as rig:
        await rig.until_ready()
        rig.process.go_down(FailureKind.CAMERA_FAULT, "it hung")
        job = await rig.controller.submit(request(), None)
        while rig.controller._photos.captures.current is not job:  # pyright: ignore[reportPrivateUsage]  # noqa: ASYNC110 - a turn
            await asyncio.sleep(0)
        record = await rig.controller.cancel(job.id)
        assert record.error_type == "cancelled"
        rig.process.come_back()
        assert (await (await rig.controller.submit(request(2), None)).ended()).phase is CapturePhase.SAVED
        assert len(rig.process.captures) == 1


async def test_a_cancellation_that_comes_too_late_changes_nothing(bench: Bench) -> None:
    async with bench.running(prepare=unprepared) as rig:
        await rig.until_ready()
        rig.process.release.clear()
        job = await rig.controller.submit(request(), None)
        await rig.until(lambda: job.phase is CapturePhase.PREPARING and bool(rig.process.captures))
        rig.process.prepared.set()
        cancelling = asyncio.create_task(rig.controller.cancel(job.id))
        with pytest.raises(CaptureError) as late:
            await cancelling
        assert late.value.kind is FailureKind.CAMERA_BUSY
        rig.process.release.set()
        assert (await job.ended()).phase is CapturePhase.SAVED


@pytest.mark.parametrize(
    ("asked", "setting", "forced"), [(True, False, True), (None, True, True), (False, True, False)]
)
async def test_retrying_without_autofocus_is_requested_or_configured_and_reported(
    bench: Bench, asked: bool | None, setting: bool, forced: bool
) -> None:
    async with bench.running(retry_without_autofocus=setting) as rig:
        await rig.until_ready()
        wanted = CaptureRequest(session_id="guest", sequence_number=1, retry_without_autofocus=asked)
        record = await (await rig.controller.submit(wanted, None)).ended()
        assert rig.process.forced is forced
        assert (record.forced_capture, record.attempts) == ((True, 2) if forced else (False, 1))
        assert (record.warning is not None) is forced


async def test_a_key_is_for_one_directory_in_this_run_and_the_next(bench: Bench) -> None:
    there = CaptureRequest(session_id="guest", sequence_number=1, output_directory="./there")
    elsewhere = CaptureRequest(session_id="guest", sequence_number=1, output_directory="elsewhere")
    same = CaptureRequest(session_id="guest", sequence_number=1, output_directory="there/")
    async with bench.running() as rig:
        await rig.until_ready()
        record = await (await rig.controller.submit(there, "key")).ended()
    async with bench.running() as rig:
        await rig.until_ready()
        assert await (await rig.controller.submit(same, "key")).ended() == record
        with pytest.raises(BadInput, match="a photo in there"):
            await rig.controller.submit(elsewhere, "key")
        assert rig.process.captures == []


async def deleted(rig: Rig, name: str) -> None:
    await rig.until(lambda: f"delete {name}" in rig.process.calls)


async def test_a_copy_on_the_card_is_deleted_if_configured_once_recorded_and_at_the_next_opening(
    bench: Bench,
) -> None:
    async with bench.running(delete_after_download=True) as rig:
        await looked_through(rig)
        rig.process.shoot({"IMG_0900.JPG": jpeg("old")})

        async def gone(_wanted: object) -> None:
            raise CameraError("the cable is out")

        rig.process.delete, delete = gone, rig.process.delete  # pyright: ignore[reportAttributeAccessIssue]
        assert (await (await rig.controller.submit(request(), None)).ended()).phase is CapturePhase.SAVED
        assert len(rig.process.on_card) == 2
        rig.process.delete = delete
        rig.process.go_down(FailureKind.CAMERA_FAULT, "the cable is out")
        # The card is scanned when the camera opens: a copy that will be deleted is not fetched.
        rig.process.come_back()
        await deleted(rig, "IMG_0001.JPG")
        assert "fetch IMG_0001.JPG" not in rig.process.calls
        await rig.until(lambda: "fetch IMG_0900.JPG" in rig.process.calls)
        await deleted(rig, "IMG_0900.JPG")
        rig.process.listed.clear()
        rig.process.go_down(FailureKind.CAMERA_FAULT, "the cable is out")
        rig.process.come_back()
        await rig.process.listed.wait()
        await (await rig.controller.submit(request(2), None)).ended()
        await rig.until(lambda: rig.process.calls.count("delete IMG_0001.JPG") == 2)
        assert rig.process.calls.count("delete IMG_0900.JPG") == 1
        assert rig.process.on_card == {}


@pytest.mark.parametrize("target", ["card", "ram"])
async def test_a_copy_on_the_card_stays_if_deleting_is_not_configured(bench: Bench, target: str) -> None:
    def prepare(process: FakeCameraProcess) -> None:
        process.opened = msgspec.structs.replace(OPENED, capture_target=target)

    async with bench.running(prepare=prepare, delete_after_download=target == "ram") as rig:
        await rig.until_ready()
        for number in (1, 2):
            await (await rig.controller.submit(request(number), None)).ended()
        assert not any(call.startswith("delete") for call in rig.process.calls)


async def test_low_space_warns_in_the_status_and_with_each_photo_and_takes_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", disk_with(1_500_000_000))
    async with bench.running(low_space_bytes=2_000_000_000) as rig:
        await rig.until(lambda: rig.controller.snapshot().storage is not None)
        storage = rig.controller.snapshot().storage
        assert storage is not None
        assert storage.free_bytes == 1_500_000_000
        assert storage.warning is not None
        assert "less than 2000 MB" in storage.warning
        await rig.until_ready()
        record = await (await rig.controller.submit(request(), None)).ended()
        assert record.phase is CapturePhase.SAVED
        assert record.warning == storage.warning
        before = rig.controller.snapshot().rev
        monkeypatch.setattr(shutil, "disk_usage", disk_with(1_400_000_000))
        rig.controller._photos.space.refresh()  # pyright: ignore[reportPrivateUsage]
        await rig.until(lambda: (rig.controller.snapshot().storage or storage).free_bytes == 1_400_000_000)
        assert rig.controller.snapshot().rev == before
        monkeypatch.setattr(shutil, "disk_usage", disk_with(9_000_000_000))
        await (await rig.controller.submit(request(2), None)).ended()
        await rig.until(lambda: (rig.controller.snapshot().storage or storage).warning is None)
        assert rig.controller.snapshot().rev > before


def holding(process: FakeCameraProcess) -> None:
    process.release.clear()


async def test_a_bulb_exposure_counts_down_and_is_cut_short_on_request_with_its_photo(bench: Bench) -> None:
    async with bench.running(prepare=holding) as rig:
        await rig.until_ready()
        wanted = CaptureRequest(session_id="stars", sequence_number=1, bulb_seconds=7200.0)
        job = await rig.controller.submit(wanted, "once")
        await rig.process.exposing.wait()
        assert rig.process.manners[-1].bulb_seconds == 7200.0
        await rig.until(lambda: rig.controller.snapshot().captures[0].exposure_remaining_seconds is not None)
        (shown,) = rig.controller.snapshot().captures
        assert (shown.kind, shown.phase) == ("bulb", CapturePhase.EXPOSING)
        assert 7199.0 < (shown.exposure_remaining_seconds or 0.0) <= 7200.0
        assert (shown.remaining_seconds or 0.0) > 7200.0
        with pytest.raises(BadInput, match="a different exposure"):
            await rig.controller.submit(wanted.model_copy(update={"bulb_seconds": 1.0}), "once")
        assert not (await rig.controller.cancel(job.id)).error
        record = await job.ended()
        assert (record.phase, record.bulb_seconds, len(record.files)) == (CapturePhase.SAVED, 7200.0, 1)


@pytest.mark.parametrize("seconds", [0.5, 0.0, -1.0, 6 * 3600.0 + 1, float("nan"), True, "30"])
def test_an_invalid_bulb_time_is_refused(seconds: object) -> None:
    with pytest.raises(ValidationError):
        CaptureRequest.model_validate({"session_id": "s", "sequence_number": 1, "bulb_seconds": seconds})
