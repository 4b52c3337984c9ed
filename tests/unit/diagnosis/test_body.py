"""What follows from what was seen of a camera, as a table; USB and its errors on recorded facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from photonic.diagnosis.body import judge_bus, judge_camera
from photonic.diagnosis.camera import BusFacts, CameraFacts
from photonic.diagnosis.finding import Check, DoctorCode, Outcome
from photonic.errors import CameraError, FailureKind
from photonic.worker.holders import Holder
from photonic.worker.messages import Facts, Opened, PreviewChanged
from photonic.worker.usb import UsbCamera

if TYPE_CHECKING:
    from pathlib import Path

OPENED = Opened(
    serial="42", model="EOS", manufacturer="Canon", version="1", live_view=True, has_card=True, capture_target="card"
)
GOOD = Facts(battery=90, storage_available=True, shots_available=900, power_off_seconds=0)


def camera(node: Path) -> UsbCamera:
    return UsbCamera(path="1-1", vendor="04a9", product="1", name="Canon EOS", serial="42", node=node)


@pytest.fixture
def node(tmp_path: Path) -> Path:
    place = tmp_path / "012"
    place.touch()
    return place


def test_a_camera_on_the_network_is_not_looked_for_on_usb() -> None:
    assert judge_bus(BusFacts(), "ptpip:10.0.0.5").outcome is Outcome.SKIPPED


def test_an_empty_bus_says_what_to_do() -> None:
    found = judge_bus(BusFacts(), "auto")
    assert (found.outcome, found.code) == (Outcome.FAILED, DoctorCode.CAMERA_ABSENT)
    assert "lsusb" in (found.mend or "")


def test_a_camera_that_is_free_is_named(node: Path) -> None:
    found = judge_bus(BusFacts((camera(node),)), "usb:42")
    assert (found.outcome, found.what) == (Outcome.OK, "Canon EOS (42)")


def test_a_holder_is_named_with_the_command_that_frees_the_camera(node: Path) -> None:
    found = judge_bus(BusFacts((camera(node),), (Holder(812, "gvfs-gphoto2-volume-monitor"),)), "auto")
    assert found.code is DoctorCode.CAMERA_CLAIMED
    assert "process 812" in found.what
    assert found.mend == "systemctl --user stop gvfs-gphoto2-volume-monitor.service"


def test_a_missing_permission_is_answered_with_the_udev_rule(tmp_path: Path) -> None:
    # A device file that is not there cannot be opened by anybody, the superuser included.
    found = judge_bus(BusFacts((camera(tmp_path / "none"),)), "auto")
    assert found.code is DoctorCode.USB_PERMISSION
    assert (found.mend or "").startswith('echo \'SUBSYSTEM=="usb", ATTR{idVendor}=="04a9"')


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CameraError("no camera answers", kind=FailureKind.CAMERA_ABSENT), DoctorCode.CAMERA_ABSENT),
        (CameraError("held", kind=FailureKind.BLOCKED, code=-53), DoctorCode.CAMERA_CLAIMED),
        (CameraError("too hot", kind=FailureKind.BLOCKED), DoctorCode.CAMERA_BLOCKED),
        (CameraError("empty", kind=FailureKind.BATTERY_LOW), DoctorCode.CAMERA_BLOCKED),
        (CameraError("it broke", code=-7), DoctorCode.CAMERA_FAULT),
        (CameraError("hung", kind=FailureKind.TIMEOUT), DoctorCode.CAMERA_FAULT),
    ],
)
def test_a_camera_that_cannot_be_opened_has_a_code_a_reason_and_advice(error: CameraError, code: DoctorCode) -> None:
    (found,) = judge_camera(CameraFacts(failure=error), "ptpip:10.0.0.5:15740")
    assert (found.check, found.outcome, found.code) == (Check.CAMERA, Outcome.FAILED, code)
    assert found.what == error.reason
    assert found.mend


def findings(facts: CameraFacts) -> dict[Check, Outcome]:
    return {found.check: found.outcome for found in judge_camera(facts, "auto")}


def test_a_camera_without_fault_is_well() -> None:
    assert findings(CameraFacts(OPENED, GOOD, frames=3)) == {
        Check.CAMERA: Outcome.OK,
        Check.POWER: Outcome.OK,
        Check.CARD: Outcome.OK,
        Check.LIVE_VIEW: Outcome.OK,
    }


@pytest.mark.parametrize(
    ("said", "check", "outcome", "word"),
    [
        (Facts(battery=10), Check.POWER, Outcome.WARNING, "10 %"),
        (Facts(battery=90, power_off_seconds=60), Check.POWER, Outcome.WARNING, "after 60 s"),
        (Facts(battery=90, power_off_seconds=900), Check.POWER, Outcome.OK, "after 900 s"),
        (Facts(), Check.POWER, Outcome.OK, "unknown"),
        (None, Check.POWER, Outcome.SKIPPED, "says nothing"),
        (Facts(storage_available=False), Check.CARD, Outcome.FAILED, "full"),
        (Facts(storage_available=True, shots_available=3), Check.CARD, Outcome.WARNING, "3 photos"),
        (None, Check.CARD, Outcome.OK, "a card is in"),
    ],
)
def test_power_and_card(said: Facts | None, check: Check, outcome: Outcome, word: str) -> None:
    found = next(one for one in judge_camera(CameraFacts(OPENED, said, frames=1), "auto") if one.check is check)
    assert found.outcome is outcome
    assert word in found.what


@pytest.mark.parametrize("has_card", [True, False])
def test_photos_in_the_cameras_memory_are_a_warning(has_card: bool) -> None:
    opened = Opened(
        serial="1", model="m", manufacturer="f", version="v", live_view=True, has_card=has_card, capture_target="ram"
    )
    found = next(one for one in judge_camera(CameraFacts(opened, GOOD, frames=1), "auto") if one.check is Check.CARD)
    assert found.outcome is Outcome.WARNING
    assert ("put a card" in (found.mend or "")) is not has_card


def test_a_body_without_live_view_is_a_warning_and_one_that_gives_no_picture_a_failure() -> None:
    blind = Opened(
        serial="1", model="m", manufacturer="f", version="v", live_view=False, has_card=True, capture_target="card"
    )
    assert findings(CameraFacts(blind, GOOD))[Check.LIVE_VIEW] is Outcome.WARNING
    hot = PreviewChanged(state="recovering", reason="the camera is too hot for live view")
    found = judge_camera(CameraFacts(OPENED, GOOD, hot), "auto")[-1]
    assert (found.outcome, found.code) == (Outcome.FAILED, DoctorCode.LIVE_VIEW)
    assert "too hot" in found.what
