"""Files that a camera process staged but could not report before it died."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from tests.support.camera_process import JPEG, OPENED

from photonic.errors import CameraError
from photonic.model.api import CaptureRequest
from photonic.model.status import CapturePhase
from photonic.service.photo import naming

if TYPE_CHECKING:
    from tests.support.camera_process import FakeCameraProcess
    from tests.support.controllers import Bench

KILLED = "the camera process was ended by SIGKILL"


@pytest.mark.parametrize("target", ["card", "ram"])
async def test_a_whole_file_that_was_not_reported_is_the_captures_photo_and_a_part_is_set_aside(
    bench: Bench, target: str
) -> None:
    def prepare(process: FakeCameraProcess) -> None:
        process.opened = msgspec.structs.replace(OPENED, capture_target=target)
        process.release.clear()

    async with bench.running(prepare=prepare) as rig:
        await rig.until_ready()
        job = await rig.controller.submit(CaptureRequest(session_id="guest", sequence_number=1), None)
        await rig.process.exposing.wait()
        staging = bench.photo_root / naming.STAGING / job.id
        (staging / f"{job.id}-0-IMG_0001.JPG").write_bytes(JPEG)
        (staging / f"{job.id}-1-IMG_0002.JPG").write_bytes(JPEG[:500])
        rig.process.fault = CameraError(KILLED)
        rig.process.release.set()
        record = await job.ended()
        assert record.phase is CapturePhase.SAVED
        assert KILLED in (record.warning or "")
        (photo,) = record.files
        assert rig.photo(photo) == JPEG
        assert not staging.exists()
        (aside,) = (bench.photo_root / naming.INDEX).rglob("*IMG_0002.JPG")
        assert aside.read_bytes() == JPEG[:500]


async def test_the_cards_copy_of_an_unreported_file_is_deleted_where_that_is_set(bench: Bench) -> None:
    async with bench.running(delete_after_download=True) as rig:
        await rig.until_ready()
        rig.process.release.clear()
        job = await rig.controller.submit(CaptureRequest(session_id="guest", sequence_number=1), None)
        await rig.process.exposing.wait()
        (bench.photo_root / naming.STAGING / job.id / f"{job.id}-0-IMG_0001.JPG").write_bytes(JPEG)
        rig.process.fault, rig.process.fires_before_fault = CameraError(KILLED), True
        rig.process.release.set()
        assert (await job.ended()).phase is CapturePhase.SAVED
        assert "delete IMG_0001.JPG" not in rig.process.calls
        rig.process.come_back()
        await rig.until(lambda: "delete IMG_0001.JPG" in rig.process.calls)
        assert len(list((bench.photo_root / "photos").rglob("*.jpg"))) == 1


async def test_a_capture_without_any_whole_file_fails_for_the_reason_that_it_had(bench: Bench) -> None:
    async with bench.running(prepare=lambda process: process.release.clear()) as rig:
        await rig.until_ready()
        job = await rig.controller.submit(CaptureRequest(session_id="guest", sequence_number=1), None)
        await rig.process.exposing.wait()
        staging = bench.photo_root / naming.STAGING / job.id
        (staging / f"{job.id}-0-IMG_0001.JPG").touch()
        rig.process.fault = CameraError(KILLED)
        rig.process.release.set()
        record = await job.ended()
        assert (record.phase, record.error, record.files) == (CapturePhase.FAILED, KILLED, ())
        assert not staging.exists()
