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
    from tests.support.controllers import ControllerHarnesses

KILLED = "the camera process was ended by SIGKILL"


@pytest.mark.parametrize("target", ["card", "ram"])
async def test_a_complete_unreported_file_is_the_captures_photo_and_an_incomplete_one_is_set_aside(
    harnesses: ControllerHarnesses, target: str
) -> None:
    def prepare(process: FakeCameraProcess) -> None:
        process.opened = msgspec.structs.replace(OPENED, capture_target=target)
        process.release.clear()

    async with harnesses.running(prepare=prepare) as harness:
        await harness.until_ready()
        job = await harness.controller.submit(CaptureRequest(session_id="guest", sequence_number=1), None)
        await harness.process.exposing.wait()
        staging = harnesses.photo_root / naming.STAGING / job.id
        (staging / f"{job.id}-0-IMG_0001.JPG").write_bytes(JPEG)
        (staging / f"{job.id}-1-IMG_0002.JPG").write_bytes(JPEG[:500])
        harness.process.fault = CameraError(KILLED)
        harness.process.release.set()
        record = await job.ended()
        assert record.phase is CapturePhase.SAVED
        assert KILLED in (record.warning or "")
        (photo,) = record.files
        assert await harness.photo(photo) == JPEG
        assert not staging.exists()
        (aside,) = (harnesses.photo_root / naming.INDEX).rglob("*IMG_0002.JPG")
        assert aside.read_bytes() == JPEG[:500]


async def test_the_cards_copy_of_an_unreported_file_is_deleted_if_configured(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running(delete_after_download=True) as harness:
        await harness.until_ready()
        harness.process.release.clear()
        job = await harness.controller.submit(CaptureRequest(session_id="guest", sequence_number=1), None)
        await harness.process.exposing.wait()
        (harnesses.photo_root / naming.STAGING / job.id / f"{job.id}-0-IMG_0001.JPG").write_bytes(JPEG)
        harness.process.fault, harness.process.fires_before_fault = CameraError(KILLED), True
        harness.process.release.set()
        assert (await job.ended()).phase is CapturePhase.SAVED
        assert "delete IMG_0001.JPG" not in harness.process.calls
        harness.process.come_back()
        await harness.until(lambda: "delete IMG_0001.JPG" in harness.process.calls)
        assert len(list((harnesses.photo_root / "photos").rglob("*.jpg"))) == 1


async def test_a_capture_without_a_complete_file_fails_with_its_own_reason(harnesses: ControllerHarnesses) -> None:
    async with harnesses.running(prepare=lambda process: process.release.clear()) as harness:
        await harness.until_ready()
        job = await harness.controller.submit(CaptureRequest(session_id="guest", sequence_number=1), None)
        await harness.process.exposing.wait()
        staging = harnesses.photo_root / naming.STAGING / job.id
        (staging / f"{job.id}-0-IMG_0001.JPG").touch()
        harness.process.fault = CameraError(KILLED)
        harness.process.release.set()
        record = await job.ended()
        assert (record.phase, record.error, record.files) == (CapturePhase.FAILED, KILLED, ())
        assert not staging.exists()
