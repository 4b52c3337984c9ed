"""Captures with a fake camera process: acceptance, execution, storage, refusal, repeated requests."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from tests.support import exif_files
from tests.support.camera_process import JPEG, OPENED, FakeCameraProcess
from tests.support.sequence_requests import request as sequence_request

from photonic.errors import BadInput, CaptureError, FailureKind, StorageError
from photonic.model.api import CaptureRequest
from photonic.model.exposure_end import ExposureEnd
from photonic.model.requester import Requester
from photonic.model.status import CameraState, CapturePhase
from photonic.service.capture.execution import DEADLINE_MARGIN_SECONDS
from photonic.service.capture.recorder import CaptureRecorder
from photonic.service.journal.captures import CaptureJournal
from photonic.service.journal.database import KEEP_TIME_SECONDS
from photonic.service.live.hub import ViewerKind
from photonic.service.photo.template import PhotoName
from photonic.worker.link.messages import CaptureProgressed

if TYPE_CHECKING:
    import sqlite3

    from tests.support.controllers import ControllerHarnesses

    from photonic.model.api import CaptureRecord
    from photonic.service.capture.job import CaptureJob


def request(number: int = 1, **fields: object) -> CaptureRequest:
    return CaptureRequest(session_id="guest", sequence_number=number, **fields)  # pyright: ignore[reportArgumentType]


def guest(number: int) -> Requester:
    return Requester(f"guest:{number}", is_guest=True)


def nearly_full(_root: Path) -> SimpleNamespace:
    return SimpleNamespace(free=999)


def hold(process: FakeCameraProcess) -> None:
    process.release.clear()


async def test_a_capture_ends_saved_with_its_photo_in_place(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        job = await harness.controller.submit(request(), None)
        record = await job.ended()

        assert record.phase is CapturePhase.SAVED
        (photo,) = record.files
        path = Path(photo.path)
        assert path.parent == harnesses.photo_root / "photos"
        assert path.name == f"guest_1_{int(record.created_at.timestamp())}.jpg"
        assert await harness.photo(photo) == JPEG
        assert photo.sha256 == hashlib.sha256(JPEG).hexdigest()
        assert record.metadata is not None
        assert (record.metadata.iso, record.metadata.model) == ("100", "Fake EOS")
        assert await harness.controller.capture(job.id) == record
        assert await harness.controller.photo(photo.id) == (photo, path)
        assert harness.controller.snapshot().capture_count == 1
        assert list((harnesses.photo_root / ".staging").iterdir()) == []


async def test_an_impossible_folder_of_the_template_is_reported_before_the_shutter_fires(
    harnesses: ControllerHarnesses,
) -> None:
    async with harnesses.running(photo_name=PhotoName("{session}/{unix}")) as harness:
        await harness.until_ready()
        (harnesses.photo_root / "photos").mkdir(parents=True)
        (harnesses.photo_root / "photos" / "guest").write_bytes(b"a file")
        with pytest.raises(BadInput, match="photos/guest is not a directory"):
            await harness.controller.submit(request(), None)
        assert not any(call.startswith("capture") for call in harness.process.calls)
        assert (await harness.controller.captures_page(None, 5)).captures == ()


async def test_the_file_supplies_metadata_that_the_camera_did_not_report(harnesses: ControllerHarnesses) -> None:
    shot = {0x829A: exif_files.ratio(1, 250), 0x8827: exif_files.short(800)}
    async with harnesses.running() as harness:
        await harness.until_ready()
        harness.process.shutter_speed = None
        harness.process.photos = {"IMG_0001.JPG": exif_files.jpeg(exif_files.block({}, shot))}
        record = await (await harness.controller.submit(request(), None)).ended()
        assert record.metadata is not None
        # The camera used another ISO than the ISO 100 in the request: both are reported.
        assert (record.metadata.iso, record.metadata.shutter_speed) == ("100", "1/250")
        (photo,) = record.files
        assert photo.exif is not None
        assert (photo.exif.iso, photo.exif.width_pixels) == (800, 6000)
    async with harnesses.running() as harness:
        await harness.controller.index_read()
        assert await harness.controller.capture(record.id) == record


async def test_capture_status_is_true_from_acceptance_to_the_end_and_shows_the_oldest(
    harnesses: ControllerHarnesses,
) -> None:
    async with harnesses.running(prepare=hold) as harness:
        await harness.until_ready()
        assert not harness.controller.capture_status().is_capturing
        first = await harness.controller.submit(request(1), None)
        second = await harness.controller.submit(request(2), None)
        await harness.process.exposing.wait()
        status = harness.controller.capture_status()
        assert (status.is_capturing, status.session_id) == (True, "guest")
        assert status.capture_start_time == first.record.created_at.timestamp()
        assert status.camera.state is CameraState.CAPTURING
        assert [capture.id for capture in status.captures] == [first.id, second.id]
        assert [capture.phase for capture in status.captures] == ["exposing", "queued"]
        harness.process.release.set()
        await second.ended()
        assert not harness.controller.capture_status().is_capturing


async def test_captures_run_one_at_a_time_and_a_full_queue_refuses_more(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running(prepare=hold, queue_length=2) as harness:
        await harness.until_ready()
        jobs = [await harness.controller.submit(request(1), None)]
        await harness.process.exposing.wait()
        jobs += [await harness.controller.submit(request(number), None) for number in (2, 3)]
        with pytest.raises(CaptureError) as refused:
            await harness.controller.submit(request(4), "key")
        assert refused.value.kind is FailureKind.QUEUE_FULL
        harness.process.release.set()
        records = [await job.ended() for job in jobs]
        # A refused request leaves no trace: its key can be used again.
        jobs.append(await harness.controller.submit(request(4), "key"))
        await jobs[-1].ended()
        assert [record.phase for record in records] == [CapturePhase.SAVED] * 3
        assert harness.process.captures == [f"capture {job.id}" for job in jobs]


async def test_concurrent_guests_leave_the_last_place_in_the_queue_free(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running(prepare=hold, queue_length=3) as harness:
        await harness.until_ready()
        first = await harness.controller.submit(request(1), None)
        await harness.process.exposing.wait()
        asked = [harness.controller.submit(request(number), f"k{number}", guest(number)) for number in range(2, 8)]
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        refused = [outcome for outcome in outcomes if isinstance(outcome, CaptureError)]
        assert [error.kind for error in refused] == [FailureKind.QUEUE_FULL] * 4
        assert "the last place is reserved for the operator" in refused[0].reason
        again = await harness.controller.submit(request(2), "k2", guest(2))
        assert again is outcomes[0]
        last = await harness.controller.submit(request(8), None)
        harness.process.release.set()
        assert [(await job.ended()).phase for job in (first, last)] == [CapturePhase.SAVED] * 2


async def test_one_capture_of_a_guest_waits_and_the_next_one_is_refused(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running(prepare=hold) as harness:
        await harness.until_ready()
        jobs = [await harness.controller.submit(request(1), None, guest(1))]
        await harness.process.exposing.wait()
        jobs.append(await harness.controller.submit(request(2), None, guest(1)))
        for refused in (request(3), request(4)):
            with pytest.raises(CaptureError, match="your previous capture is still waiting") as error:
                await harness.controller.submit(refused, None, guest(1))
            assert error.value.kind is FailureKind.QUEUE_FULL
        jobs.append(await harness.controller.submit(request(5), None, guest(2)))
        phones = [Requester(f"session:{phone}", is_guest=True, counted_with="token:1") for phone in range(2)]
        jobs.append(await harness.controller.submit(request(7), None, phones[0]))
        with pytest.raises(CaptureError, match="your previous capture is still waiting"):
            await harness.controller.submit(request(8), None, phones[1])
        jobs.append(await harness.controller.submit(request(6), None, Requester("guest:1")))
        harness.process.release.set()
        assert [(await job.ended()).phase for job in jobs] == [CapturePhase.SAVED] * 5


async def test_the_last_space_on_the_disk_is_the_operators(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running(low_space_bytes=10**18) as harness:
        await harness.until_ready()
        await harness.until(lambda: harness.controller.snapshot().storage is not None)
        with pytest.raises(StorageError, match="only the operator can take photos") as refused:
            await harness.controller.submit(request(1), None, guest(1))
        assert refused.value.kind is FailureKind.HOST_STORAGE_FULL
        with pytest.raises(StorageError, match="only the operator can take photos"):
            await harness.controller.sequences.submit(sequence_request(), None, guest(1))
        job = await harness.controller.submit(request(1), None, Requester("token:stage"))
        assert (await job.ended()).phase is CapturePhase.SAVED


async def test_a_key_belongs_to_its_owner(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        owners = (Requester(), guest(1), guest(2), Requester("token:stage"))
        of_nobody, *jobs = [await harness.controller.submit(request(1), "key", owner) for owner in owners]
        assert jobs[-1].id == of_nobody.id, "a key without an owner is every operator's"
        assert len({of_nobody.id, jobs[0].id, jobs[1].id}) == 3
        for job in (of_nobody, *jobs):
            assert (await job.ended()).phase is CapturePhase.SAVED
    async with harnesses.running() as harness:
        await harness.until_ready()
        again = [await harness.controller.submit(request(1), "key", owner) for owner in owners]
        assert [job.id for job in again] == [of_nobody.id, *(job.id for job in jobs)]
        assert harness.process.captures == []
        assert [job.record.owner for job in again] == [None, "guest:1", "guest:2", None]


async def test_a_waiting_capture_can_be_cancelled_and_one_that_exposes_cannot(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running(prepare=hold) as harness:
        await harness.until_ready()
        first = await harness.controller.submit(request(1), None)
        second = await harness.controller.submit(request(2), None)
        await harness.process.exposing.wait()
        record = await harness.controller.cancel(second.id)
        assert (record.phase, record.error_type) == (CapturePhase.FAILED, "cancelled")
        assert await harness.controller.cancel(second.id) == record
        with pytest.raises(CaptureError, match="already taking"):
            await harness.controller.cancel(first.id)
        with pytest.raises(CaptureError) as unknown:
            await harness.controller.cancel("nobody")
        assert unknown.value.kind is FailureKind.NOT_FOUND
        harness.process.release.set()
        assert (await first.ended()).phase is CapturePhase.SAVED
        assert len(harness.process.captures) == 1


async def test_a_capture_whose_turn_comes_while_those_before_it_are_failed_is_taken(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with harnesses.running(prepare=hold) as harness:
        await harness.until_ready()
        first, second, third = [await harness.controller.submit(request(number), None) for number in (1, 2, 3)]
        await harness.process.exposing.wait()
        end = CaptureRecorder.end

        async def late(self: CaptureRecorder, job: CaptureJob, *result: Any) -> CaptureRecord:
            if job is second:
                harness.process.release.set()
                await first.ended()
                await harness.until(lambda: f"capture {third.id}" in harness.process.captures)
            return await end(self, job, *result)

        monkeypatch.setattr(CaptureRecorder, "end", late)
        await harness.controller.disconnect()
        assert [(await job.ended()).phase.value for job in (first, second, third)] == ["saved", "failed", "saved"]
        assert not any(harness.controller.unexpected.failures.values())


async def test_a_client_that_disconnects_does_not_cancel_its_capture(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running(prepare=hold) as harness:
        await harness.until_ready()
        submitting = asyncio.create_task(harness.controller.submit(request(), "key"))
        await asyncio.sleep(0)
        submitting.cancel()
        await asyncio.wait([submitting])
        await harness.process.exposing.wait()
        job = await harness.controller.submit(request(), "key")
        waiting = asyncio.create_task(job.ended())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        harness.process.release.set()
        assert (await job.ended()).phase is CapturePhase.SAVED
        assert len(harness.process.captures) == 1


async def test_a_key_is_exposed_once_even_across_a_restart(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        first = await harness.controller.submit(request(), "key")
        again = await harness.controller.submit(request(), "key")
        assert again is first
        record = await first.ended()
        assert (await (await harness.controller.submit(request(), "key")).ended()) == record
        with pytest.raises(BadInput, match="was used for photo 1"):
            await harness.controller.submit(request(2), "key")
        assert len(harness.process.captures) == 1
    async with harnesses.running() as harness:
        await harness.until_ready()
        job = await harness.controller.submit(request(), "key")
        assert await job.ended() == record
        assert harness.process.captures == []
        assert harness.controller.snapshot().capture_count == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb"])
async def test_an_invalid_key_is_refused(harnesses: ControllerHarnesses, key: str) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        with pytest.raises(BadInput):
            await harness.controller.submit(request(), key)


@pytest.mark.parametrize("directory", ["../up", "/etc", "a/../../b", ".staging", "x" * 300, "a\0b"])
async def test_a_directory_outside_the_root_is_refused_before_the_shutter_fires(
    harnesses: ControllerHarnesses, directory: str
) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        with pytest.raises(BadInput) as refused:
            await harness.controller.submit(request(output_directory=directory), None)
        assert refused.value.field == "output_directory"
        assert harness.process.captures == []


async def test_a_full_disk_is_reported_before_the_shutter_fires(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running(min_free_bytes=2**60) as harness:
        await harness.until_ready()
        with pytest.raises(StorageError) as refused:
            await harness.controller.submit(request(), None)
        assert refused.value.kind is FailureKind.HOST_STORAGE_FULL
        assert harness.process.captures == []


async def test_the_space_is_checked_again_before_the_exposure(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with harnesses.running(min_free_bytes=1000) as harness:
        await harness.until_ready()
        harness.process.go_down(FailureKind.CAMERA_FAULT, "it hung")
        job = await harness.controller.submit(request(), None)
        monkeypatch.setattr(shutil, "disk_usage", nearly_full)
        harness.process.come_back()
        record = await job.ended()
        assert (record.phase, record.error_type) == (CapturePhase.FAILED, "host_storage_full")
        assert harness.process.captures == []


async def test_a_root_that_goes_away_fails_the_capture_with_a_reason(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        harness.process.go_down(FailureKind.CAMERA_FAULT, "it hung")
        job = await harness.controller.submit(request(), None)
        harnesses.photo_root.rename(harnesses.photo_root.with_name("unmounted"))
        harnesses.photo_root.write_text("not a directory")
        harness.process.come_back()
        record = await job.ended()
        assert (record.phase, record.error_type) == (CapturePhase.FAILED, "host_storage_unusable")
        assert harness.process.captures == []


async def test_the_wait_for_the_camera_is_limited(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running(capture_seconds=0.05) as harness:
        await harness.until_ready()
        harness.process.go_down(FailureKind.CAMERA_FAULT, "it hung")
        record = await (await harness.controller.submit(request(), None)).ended()
        assert (record.phase, record.error_type) == (CapturePhase.FAILED, "timeout")
        assert record.error == "the camera could not begin the capture in time: try again"
        assert harness.process.captures == []


async def test_a_capture_that_the_camera_process_does_not_begin_in_time_is_not_exposed_later(
    harnesses: ControllerHarnesses,
) -> None:
    """The process may be in a long call that began before: the command waits there, and would be executed."""
    asked: list[str] = []

    def deaf(process: FakeCameraProcess) -> None:
        async def capture(capture_id: str, *_how: object) -> None:
            asked.append(capture_id)
            await asyncio.Event().wait()

        process.capture = capture  # pyright: ignore[reportAttributeAccessIssue]

    async with harnesses.running(prepare=deaf, capture_seconds=0.05) as harness:
        await harness.until_ready()
        record = await (await harness.controller.submit(request(), None)).ended()
        assert record.error == "the camera could not begin the capture in time: try again"
        assert asked == [record.id]
        assert f"cancel {record.id}" in harness.process.calls


async def test_a_root_that_is_a_file_is_refused_and_live_view_continues(harnesses: ControllerHarnesses) -> None:
    harnesses.photo_root.write_text("not a directory")
    async with harnesses.running() as harness:
        await harness.until_ready()
        with pytest.raises(StorageError, match="directory"):
            await harness.controller.submit(request(), None)
        with harness.controller.hub.join(ViewerKind.LIVE) as viewer:
            assert (await viewer.next(5)).jpeg == JPEG
        harnesses.photo_root.unlink()
        assert (await (await harness.controller.submit(request(), None)).ended()).phase is CapturePhase.SAVED


async def test_raw_and_jpeg_share_a_stem_and_the_jpeg_is_first(harnesses: ControllerHarnesses) -> None:
    def both(process: FakeCameraProcess) -> None:
        process.photos = {"IMG_0001.CR2": b"raw", "IMG_0001.JPG": JPEG}

    async with harnesses.running(prepare=both, image_path="relative") as harness:
        await harness.until_ready()
        record = await (await harness.controller.submit(request(), None)).ended()
        stem = f"guest_1_{int(record.created_at.timestamp())}"
        assert [photo.path for photo in record.files] == [f"photos/{stem}.jpg", f"photos/{stem}.cr2"]
        assert await harness.controller.photo(record.files[1].id) == (
            record.files[1],
            harnesses.photo_root / record.files[1].path,
        )


async def test_a_failed_capture_reports_the_reason_and_the_next_one_works(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        harness.process.fault = CaptureError("no focus", kind=FailureKind.AUTOFOCUS_FAILED)
        record = await (await harness.controller.submit(request(), None)).ended()
        assert (record.phase, record.error, record.error_type) == (CapturePhase.FAILED, "no focus", "autofocus_failed")
        assert list((harnesses.photo_root / ".staging").iterdir()) == []
        assert (await (await harness.controller.submit(request(), None)).ended()).phase is CapturePhase.SAVED


async def test_no_capture_is_exposed_while_the_disk_refuses_the_end_of_an_earlier_one(
    harnesses: ControllerHarnesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a crash, both would be unfinished, and the photo of the second one would be taken for the first one's."""

    async def refused(*_arguments: object) -> None:
        raise StorageError("the disk fails")

    async with harnesses.running(prepare=hold) as harness:
        await harness.until_ready()
        first = await harness.controller.submit(request(), None)
        second = await harness.controller.submit(request(2), None)
        with monkeypatch.context() as patched:
            patched.setattr(CaptureJournal, "end", refused)
            harness.process.release.set()
            assert (await first.ended()).phase is CapturePhase.SAVED
            record = await second.ended()
        assert (record.phase, record.error_type) == (CapturePhase.FAILED, "host_storage_unusable")
        assert len(harness.process.shot_with) == 1
        assert (await (await harness.controller.submit(request(3), None)).ended()).phase is CapturePhase.SAVED


async def test_a_capture_that_was_accepted_before_its_camera_was_known_is_recorded_as_of_that_camera(
    harnesses: ControllerHarnesses,
) -> None:
    """A start that finds it unfinished asks which late photos of that camera may lie with its own."""

    def held_and_closed(process: FakeCameraProcess) -> None:
        process.opened = None
        hold(process)

    async with harnesses.running(prepare=held_and_closed) as harness:
        job = await harness.controller.submit(request(), None)
        journal = harness.controller._photos.journal  # pyright: ignore[reportPrivateUsage]
        assert [started.serial for started, _rows in await journal.unfinished()] == [None]
        harness.process.opened = OPENED
        harness.process.come_back()
        await harness.until(lambda: job.phase is CapturePhase.EXPOSING)
        assert [started.serial for started, _rows in await journal.unfinished()] == [OPENED.serial]


@pytest.mark.looptime
async def test_while_a_capture_is_executed_the_service_records_that_it_runs(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running(prepare=hold) as harness:
        await harness.until_ready()
        journal = harness.controller._photos.journal  # pyright: ignore[reportPrivateUsage]
        job = await harness.controller.submit(request(), None)

        def recorded(connection: sqlite3.Connection) -> int:
            return connection.execute("SELECT seconds FROM running").fetchone()[0]

        before = await journal.read(recorded)
        await asyncio.sleep(KEEP_TIME_SECONDS + 1)
        assert await journal.read(recorded) - before >= KEEP_TIME_SECONDS
        harness.process.release.set()
        await job.ended()


async def test_a_capture_that_delivers_no_photo_or_a_truncated_one_fails(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        harness.process.photos = {}
        record = await (await harness.controller.submit(request(), None)).ended()
        assert (record.phase, record.error_type) == (CapturePhase.FAILED, "camera_fault")
        harness.process.photos = {"IMG.JPG": JPEG[:-2]}
        record = await (await harness.controller.submit(request(2), None)).ended()
        assert (record.phase, record.error_type) == (CapturePhase.FAILED, "camera_fault")
        assert (harnesses.photo_root / ".staging" / record.id / "IMG.JPG").read_bytes() == JPEG[:-2]
        assert list((harnesses.photo_root / "photos").iterdir()) == []


async def test_pages_go_from_the_newest_to_the_oldest(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        ids: list[str] = []
        for number in range(5):
            job = await harness.controller.submit(request(number), None)
            await job.ended()
            ids.append(job.id)
        first = await harness.controller.captures_page(None, 2)
        second = await harness.controller.captures_page(first.next_cursor, 2)
        third = await harness.controller.captures_page(second.next_cursor, 2)
        seen = [record.id for page in (first, second, third) for record in page.captures]
        assert seen == ids[::-1]
        assert third.next_cursor is None
        with pytest.raises(BadInput):
            await harness.controller.captures_page("nobody", 2)
        with pytest.raises(BadInput):
            await harness.controller.captures_page(None, 0)


async def test_the_camera_process_reports_a_timeout_before_the_service_does(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running(prepare=hold) as harness:
        await harness.until_ready()
        job = await harness.controller.submit(request(), None)
        await harness.process.exposing.wait()
        execution = harness.controller._photos.captures._execution  # pyright: ignore[reportPrivateUsage]
        assert execution is not None
        execution._clock = lambda: 1000.0  # pyright: ignore[reportPrivateUsage]
        execution.event(CaptureProgressed(capture_id=job.id, phase="exposing", remaining_seconds=20.0))
        assert job.deadline == 1000.0 + 20.0 + DEADLINE_MARGIN_SECONDS
        harness.process.release.set()
        assert (await job.ended()).phase is CapturePhase.SAVED


async def test_the_end_of_the_exposure_is_told_before_the_photo_is_saved(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running(prepare=hold) as harness:
        await harness.until_ready()
        job = await harness.controller.submit(request(), None)
        await harness.process.exposing.wait()
        over = asyncio.ensure_future(job.exposure_over())
        harness.controller._photos.captures.event(  # pyright: ignore[reportPrivateUsage]
            CaptureProgressed(
                capture_id=job.id, phase="exposing", remaining_seconds=20.0, exposed_from=ExposureEnd.BUTTON
            )
        )
        assert ((await over).phase, job.exposed_from) == (CapturePhase.EXPOSING, ExposureEnd.BUTTON)
        harness.process.release.set()
        await job.ended()
        assert job.exposed_from is ExposureEnd.BUTTON


async def test_a_capture_of_which_nothing_told_the_end_was_exposed_when_it_has_ended(
    harnesses: ControllerHarnesses,
) -> None:
    async with harnesses.running() as harness:
        await harness.until_ready()
        job = await harness.controller.submit(request(), "key")
        assert (await job.exposure_over()).phase is CapturePhase.SAVED
        again = await harness.controller.submit(request(), "key")
        assert (await again.exposure_over()).id == job.id
        assert (job.exposed_from, again.exposed_from) == (ExposureEnd.SAVED, ExposureEnd.SAVED)
