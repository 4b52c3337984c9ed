"""Captures with a fake camera process: acceptance, execution, storage, refusal, repeated requests."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from tests.support import exif_files
from tests.support.camera_process import JPEG, FakeCameraProcess

from photonic.errors import BadInput, CaptureError, FailureKind, StorageError
from photonic.model.api import CaptureRequest
from photonic.model.status import CameraState, CapturePhase
from photonic.service.live.hub import ViewerKind
from photonic.service.photo.template import PhotoName

if TYPE_CHECKING:
    from tests.support.controllers import Bench


def request(number: int = 1, **fields: object) -> CaptureRequest:
    return CaptureRequest(session_id="guest", sequence_number=number, **fields)  # pyright: ignore[reportArgumentType]


def nearly_full(_root: Path) -> SimpleNamespace:
    return SimpleNamespace(free=999)


def hold(process: FakeCameraProcess) -> None:
    process.release.clear()


async def test_a_capture_ends_saved_with_its_photo_in_place(bench: Bench) -> None:
    async with bench.running() as rig:
        await rig.until_ready()
        job = await rig.controller.submit(request(), None)
        record = await job.ended()

        assert record.phase is CapturePhase.SAVED
        (photo,) = record.files
        path = Path(photo.path)
        assert path.parent == bench.photo_root / "photos"
        assert path.name == f"guest_1_{int(record.created_at.timestamp())}.jpg"
        assert rig.photo(photo) == JPEG
        assert photo.sha256 == hashlib.sha256(JPEG).hexdigest()
        assert record.metadata is not None
        assert (record.metadata.iso, record.metadata.model) == ("100", "Fake EOS")
        assert rig.controller.capture(job.id) == record
        assert rig.controller.photo(photo.id) == (photo, path)
        assert rig.controller.snapshot().capture_count == 1
        assert list((bench.photo_root / ".staging").iterdir()) == []


async def test_an_impossible_folder_of_the_template_is_reported_before_the_shutter_fires(bench: Bench) -> None:
    async with bench.running(photo_name=PhotoName("{session}/{unix}")) as rig:
        await rig.until_ready()
        (bench.photo_root / "photos").mkdir(parents=True)
        (bench.photo_root / "photos" / "guest").write_bytes(b"a file")
        with pytest.raises(BadInput, match="photos/guest is not a directory"):
            await rig.controller.submit(request(), None)
        assert not any(call.startswith("capture") for call in rig.process.calls)
        assert rig.controller.captures_page(None, 5).captures == ()


async def test_the_file_supplies_metadata_that_the_camera_did_not_report(bench: Bench) -> None:
    shot = {0x829A: exif_files.ratio(1, 250), 0x8827: exif_files.short(800)}
    async with bench.running() as rig:
        await rig.until_ready()
        rig.process.shutter_speed = None
        rig.process.photos = {"IMG_0001.JPG": exif_files.jpeg(exif_files.block({}, shot))}
        record = await (await rig.controller.submit(request(), None)).ended()
        assert record.metadata is not None
        # The camera used another ISO than the ISO 100 in the request: both are reported.
        assert (record.metadata.iso, record.metadata.shutter_speed) == ("100", "1/250")
        (photo,) = record.files
        assert photo.exif is not None
        assert (photo.exif.iso, photo.exif.width_pixels) == (800, 6000)
    async with bench.running() as rig:
        await rig.until(lambda: rig.controller.capture(record.id) is not None)
        assert rig.controller.capture(record.id) == record


async def test_capture_status_is_true_from_acceptance_to_the_end_and_shows_the_oldest(bench: Bench) -> None:
    async with bench.running(prepare=hold) as rig:
        await rig.until_ready()
        assert not rig.controller.capture_status().is_capturing
        first = await rig.controller.submit(request(1), None)
        second = await rig.controller.submit(request(2), None)
        await rig.process.exposing.wait()
        status = rig.controller.capture_status()
        assert (status.is_capturing, status.session_id) == (True, "guest")
        assert status.capture_start_time == first.record.created_at.timestamp()
        assert status.camera.state is CameraState.CAPTURING
        assert [capture.id for capture in status.captures] == [first.id, second.id]
        assert [capture.phase for capture in status.captures] == ["exposing", "queued"]
        rig.process.release.set()
        await second.ended()
        assert not rig.controller.capture_status().is_capturing


async def test_captures_run_one_at_a_time_and_a_full_queue_refuses_more(bench: Bench) -> None:
    async with bench.running(prepare=hold, queue_length=2) as rig:
        await rig.until_ready()
        jobs = [await rig.controller.submit(request(1), None)]
        await rig.process.exposing.wait()
        jobs += [await rig.controller.submit(request(number), None) for number in (2, 3)]
        with pytest.raises(CaptureError) as refused:
            await rig.controller.submit(request(4), "key")
        assert refused.value.kind is FailureKind.QUEUE_FULL
        rig.process.release.set()
        records = [await job.ended() for job in jobs]
        # A refused request leaves no trace: its key can be used again.
        jobs.append(await rig.controller.submit(request(4), "key"))
        await jobs[-1].ended()
        assert [record.phase for record in records] == [CapturePhase.SAVED] * 3
        assert rig.process.captures == [f"capture {job.id}" for job in jobs]


async def test_concurrent_guests_leave_the_last_place_in_the_queue_free(bench: Bench) -> None:
    async with bench.running(prepare=hold, queue_length=3) as rig:
        await rig.until_ready()
        first = await rig.controller.submit(request(1), None)
        await rig.process.exposing.wait()
        asked = [rig.controller.submit(request(number), f"k{number}", guest=True) for number in range(2, 8)]
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        refused = [outcome for outcome in outcomes if isinstance(outcome, CaptureError)]
        assert [error.kind for error in refused] == [FailureKind.QUEUE_FULL] * 4
        assert "the last place is reserved for the operator" in refused[0].reason
        again = await rig.controller.submit(request(2), "k2", guest=True)
        assert again is outcomes[0]
        last = await rig.controller.submit(request(8), None)
        rig.process.release.set()
        assert [(await job.ended()).phase for job in (first, last)] == [CapturePhase.SAVED] * 2


async def test_a_waiting_capture_can_be_cancelled_and_one_that_exposes_cannot(bench: Bench) -> None:
    async with bench.running(prepare=hold) as rig:
        await rig.until_ready()
        first = await rig.controller.submit(request(1), None)
        second = await rig.controller.submit(request(2), None)
        await rig.process.exposing.wait()
        record = await rig.controller.cancel(second.id)
        assert (record.phase, record.error_type) == (CapturePhase.FAILED, "cancelled")
        assert await rig.controller.cancel(second.id) == record
        with pytest.raises(CaptureError, match="already taking"):
            await rig.controller.cancel(first.id)
        with pytest.raises(CaptureError) as unknown:
            await rig.controller.cancel("nobody")
        assert unknown.value.kind is FailureKind.NOT_FOUND
        rig.process.release.set()
        assert (await first.ended()).phase is CapturePhase.SAVED
        assert len(rig.process.captures) == 1


async def test_a_client_that_disconnects_does_not_cancel_its_capture(bench: Bench) -> None:
    async with bench.running(prepare=hold) as rig:
        await rig.until_ready()
        submitting = asyncio.create_task(rig.controller.submit(request(), "key"))
        await asyncio.sleep(0)
        submitting.cancel()
        await asyncio.wait([submitting])
        await rig.process.exposing.wait()
        job = await rig.controller.submit(request(), "key")
        waiting = asyncio.create_task(job.ended())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        rig.process.release.set()
        assert (await job.ended()).phase is CapturePhase.SAVED
        assert len(rig.process.captures) == 1


async def test_a_key_is_exposed_once_even_across_a_restart(bench: Bench) -> None:
    async with bench.running() as rig:
        await rig.until_ready()
        first = await rig.controller.submit(request(), "key")
        again = await rig.controller.submit(request(), "key")
        assert again is first
        record = await first.ended()
        assert (await (await rig.controller.submit(request(), "key")).ended()) == record
        with pytest.raises(BadInput, match="was used for photo 1"):
            await rig.controller.submit(request(2), "key")
        assert len(rig.process.captures) == 1
    async with bench.running() as rig:
        await rig.until_ready()
        job = await rig.controller.submit(request(), "key")
        assert await job.ended() == record
        assert rig.process.captures == []
        assert rig.controller.snapshot().capture_count == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb"])
async def test_an_invalid_key_is_refused(bench: Bench, key: str) -> None:
    async with bench.running() as rig:
        await rig.until_ready()
        with pytest.raises(BadInput):
            await rig.controller.submit(request(), key)


@pytest.mark.parametrize("directory", ["../up", "/etc", "a/../../b", ".staging", "x" * 300, "a\0b"])
async def test_a_directory_outside_the_root_is_refused_before_the_shutter_fires(bench: Bench, directory: str) -> None:
    async with bench.running() as rig:
        await rig.until_ready()
        with pytest.raises(BadInput) as refused:
            await rig.controller.submit(request(output_directory=directory), None)
        assert refused.value.field == "output_directory"
        assert rig.process.captures == []


async def test_a_full_disk_is_reported_before_the_shutter_fires(bench: Bench) -> None:
    async with bench.running(min_free_bytes=2**60) as rig:
        await rig.until_ready()
        with pytest.raises(StorageError) as refused:
            await rig.controller.submit(request(), None)
        assert refused.value.kind is FailureKind.HOST_STORAGE_FULL
        assert rig.process.captures == []


async def test_the_space_is_checked_again_before_the_exposure(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench.running(min_free_bytes=1000) as rig:
        await rig.until_ready()
        rig.process.go_down(FailureKind.CAMERA_FAULT, "it hung")
        job = await rig.controller.submit(request(), None)
        monkeypatch.setattr(shutil, "disk_usage", nearly_full)
        rig.process.come_back()
        record = await job.ended()
        assert (record.phase, record.error_type) == (CapturePhase.FAILED, "host_storage_full")
        assert rig.process.captures == []


async def test_a_root_that_goes_away_fails_the_capture_with_a_reason(bench: Bench) -> None:
    async with bench.running() as rig:
        await rig.until_ready()
        rig.process.go_down(FailureKind.CAMERA_FAULT, "it hung")
        job = await rig.controller.submit(request(), None)
        bench.photo_root.rename(bench.photo_root.with_name("unmounted"))
        bench.photo_root.write_text("not a directory")
        rig.process.come_back()
        record = await job.ended()
        assert (record.phase, record.error_type) == (CapturePhase.FAILED, "host_storage_unusable")
        assert rig.process.captures == []


async def test_the_wait_for_the_camera_is_limited(bench: Bench) -> None:
    async with bench.running(capture_seconds=0.05) as rig:
        await rig.until_ready()
        rig.process.go_down(FailureKind.CAMERA_FAULT, "it hung")
        record = await (await rig.controller.submit(request(), None)).ended()
        assert (record.phase, record.error_type) == (CapturePhase.FAILED, "timeout")


async def test_a_root_that_is_a_file_is_refused_and_live_view_continues(bench: Bench) -> None:
    bench.photo_root.write_text("not a directory")
    async with bench.running() as rig:
        await rig.until_ready()
        with pytest.raises(StorageError, match="directory"):
            await rig.controller.submit(request(), None)
        with rig.controller.hub.join(ViewerKind.LIVE) as viewer:
            assert (await viewer.next(5)).jpeg == JPEG
        bench.photo_root.unlink()
        assert (await (await rig.controller.submit(request(), None)).ended()).phase is CapturePhase.SAVED


async def test_raw_and_jpeg_share_a_stem_and_the_jpeg_is_first(bench: Bench) -> None:
    def both(process: FakeCameraProcess) -> None:
        process.photos = {"IMG_0001.CR2": b"raw", "IMG_0001.JPG": JPEG}

    async with bench.running(prepare=both, image_path="relative") as rig:
        await rig.until_ready()
        record = await (await rig.controller.submit(request(), None)).ended()
        stem = f"guest_1_{int(record.created_at.timestamp())}"
        assert [photo.path for photo in record.files] == [f"photos/{stem}.jpg", f"photos/{stem}.cr2"]
        assert rig.controller.photo(record.files[1].id) == (record.files[1], bench.photo_root / record.files[1].path)


async def test_a_failed_capture_reports_the_reason_and_the_next_one_works(bench: Bench) -> None:
    async with bench.running() as rig:
        await rig.until_ready()
        rig.process.fault = CaptureError("no focus", kind=FailureKind.AUTOFOCUS_FAILED)
        record = await (await rig.controller.submit(request(), None)).ended()
        assert (record.phase, record.error, record.error_type) == (CapturePhase.FAILED, "no focus", "autofocus_failed")
        assert list((bench.photo_root / ".staging").iterdir()) == []
        assert (await (await rig.controller.submit(request(), None)).ended()).phase is CapturePhase.SAVED


async def test_a_capture_that_delivers_no_photo_or_a_truncated_one_fails(bench: Bench) -> None:
    async with bench.running() as rig:
        await rig.until_ready()
        rig.process.photos = {}
        record = await (await rig.controller.submit(request(), None)).ended()
        assert (record.phase, record.error_type) == (CapturePhase.FAILED, "camera_fault")
        rig.process.photos = {"IMG.JPG": JPEG[:-2]}
        record = await (await rig.controller.submit(request(2), None)).ended()
        assert (record.phase, record.error_type) == (CapturePhase.FAILED, "camera_fault")
        assert (bench.photo_root / ".staging" / record.id / "IMG.JPG").read_bytes() == JPEG[:-2]
        assert list((bench.photo_root / "photos").iterdir()) == []


async def test_pages_go_from_the_newest_to_the_oldest(bench: Bench) -> None:
    async with bench.running() as rig:
        await rig.until_ready()
        ids: list[str] = []
        for number in range(5):
            job = await rig.controller.submit(request(number), None)
            await job.ended()
            ids.append(job.id)
        first = rig.controller.captures_page(None, 2)
        second = rig.controller.captures_page(first.next_cursor, 2)
        third = rig.controller.captures_page(second.next_cursor, 2)
        seen = [record.id for page in (first, second, third) for record in page.captures]
        assert seen == ids[::-1]
        assert third.next_cursor is None
        with pytest.raises(BadInput):
            rig.controller.captures_page("nobody", 2)
        with pytest.raises(BadInput):
            rig.controller.captures_page(None, 0)
