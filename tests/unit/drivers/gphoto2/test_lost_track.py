"""A library that no longer knows what is on the card ends the session, so that the next one lists the card again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.drivers.gphoto2.scripted_driver import DriverHarness

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.camera import ObjectAdded, ShotDone
from photonic.drivers.gphoto2.exposure import allowance
from photonic.drivers.gphoto2.shot import LATE_PHOTO_SECONDS
from photonic.errors import CameraError, CaptureError, FailureKind

if TYPE_CHECKING:
    from pathlib import Path

PHOTO, BUTTON = ObjectAdded("/store/DCIM", "IMG_1.JPG"), ObjectAdded("/store/DCIM", "BODY.JPG")
UNREAD = CameraError("the camera refused without giving a reason", code=faults.GENERIC)


@pytest.fixture
def harness(tmp_path: Path) -> DriverHarness:
    harness = DriverHarness(tmp_path)
    harness.open(staging=str(tmp_path))
    return harness


@pytest.fixture(params=sorted(faults.NOT_FOUND))
def not_found(request: pytest.FixtureRequest) -> CameraError:
    return CameraError("no such file", code=request.param)


def test_a_reported_photo_that_is_not_found_ends_the_session(harness: DriverHarness, not_found: CameraError) -> None:
    harness.camera.shots.append([PHOTO, ShotDone()])
    harness.camera.unknown[PHOTO.name] = not_found
    with pytest.raises(CameraError, match=r"/store/DCIM/IMG_1\.JPG, but it is not found.*no such file") as lost:
        harness.capture()
    assert harness.driver.reopenable(lost.value)
    assert list(harness.staging.iterdir()) == []


def test_a_photo_of_the_button_that_is_not_found_ends_the_session(
    harness: DriverHarness, not_found: CameraError
) -> None:
    harness.camera.events.append(BUTTON)
    harness.camera.unknown[BUTTON.name] = not_found
    with pytest.raises(faults.LostTrack):
        harness.settle()


@pytest.mark.parametrize("ask", ["capture", "restart live view"])
def test_nothing_hides_that_a_photo_is_not_found(harness: DriverHarness, not_found: CameraError, ask: str) -> None:
    harness.driver.start_preview()
    harness.camera.events.append(BUTTON)
    harness.camera.unknown[BUTTON.name] = not_found
    with pytest.raises(faults.LostTrack):
        harness.capture() if ask == "capture" else harness.driver.start_preview()
    assert harness.camera.triggers == 0


def test_a_photo_that_the_camera_refuses_for_now_is_fetched_later(harness: DriverHarness) -> None:
    harness.camera.shots.append([PHOTO, ShotDone()])
    harness.camera.unknown[PHOTO.name] = CameraError("busy", kind=FailureKind.CAMERA_BUSY, code=faults.BUSY)
    with pytest.raises(CaptureError, match="busy"):
        harness.capture()
    harness.camera.unknown.clear()
    harness.settle(60.0)
    assert harness.staged() == [("c1", "IMG_1.JPG")]


def test_a_lost_report_of_the_photo_ends_the_session_without_a_long_wait(harness: DriverHarness) -> None:
    harness.camera.shots.append([UNREAD, ShotDone()])
    began = harness.time()
    with pytest.raises(faults.LostTrack, match=f"no photo arrived.*{UNREAD.reason}") as lost:
        harness.capture()
    assert harness.driver.reopenable(lost.value)
    assert harness.time() - began == pytest.approx(allowance("1/125", 1).exposure + LATE_PHOTO_SECONDS, abs=0.5)


def test_a_photo_that_is_reported_after_all_is_saved(harness: DriverHarness) -> None:
    harness.camera.shots.append([UNREAD, PHOTO, ShotDone()])
    harness.capture()
    assert harness.staged() == [("c1", "IMG_1.JPG")]


def test_a_photo_in_ram_is_waited_for_to_the_end(tmp_path: Path) -> None:
    harness = DriverHarness(tmp_path)
    harness.open(capture_target="ram")
    harness.camera.shots.append([UNREAD])
    began = harness.time()
    with pytest.raises(faults.LostTrack):
        harness.capture()
    assert harness.time() - began == pytest.approx(allowance("1/125", 1).total, abs=0.5)


@pytest.mark.parametrize("refusals", [[CameraError("no", code=faults.BAD_PARAMETERS)], [UNREAD] * 5])
def test_reports_that_cannot_be_read_end_the_session(harness: DriverHarness, refusals: list[CameraError]) -> None:
    harness.camera.shots.append([*refusals])
    with pytest.raises(faults.LostTrack, match="cannot be read"):
        harness.capture()


def test_a_refusal_before_the_release_does_not_shorten_the_wait_for_a_photo(harness: DriverHarness) -> None:
    harness.camera.events.append(UNREAD)
    harness.camera.shots.append([])
    with pytest.raises(CaptureError) as failed:
        harness.capture()
    assert failed.value.kind is FailureKind.TIMEOUT
