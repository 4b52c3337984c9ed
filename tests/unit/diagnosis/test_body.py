"""The findings for each state of a camera, as a table; USB and its errors on recorded facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from photonic.diagnosis.body import judge_bus, judge_camera, judge_owned
from photonic.diagnosis.camera import BusFacts, CameraFacts, inspect_bus
from photonic.diagnosis.finding import Check, DoctorCode, Outcome
from photonic.diagnosis.network import DialResult, NetworkFacts
from photonic.errors import CameraError, FailureKind
from photonic.worker.link.messages import CameraOpened, Facts, PreviewChanged
from photonic.worker.supervision.holders import Holder
from photonic.worker.supervision.usb import UsbCamera

if TYPE_CHECKING:
    from pathlib import Path

OPENED = CameraOpened(
    serial="42", model="EOS", manufacturer="Canon", version="1", live_view=True, has_card=True, capture_target="card"
)
GVFS = Holder(812, "gvfs-gphoto2-volume-monitor")
GOOD = Facts(battery=90, storage_available=True, shots_available=900, power_off_seconds=0)


def camera(node: Path) -> UsbCamera:
    return UsbCamera(path="1-1", vendor="04a9", product="1", name="Canon EOS", serial="42", node=node)


@pytest.fixture
def node(tmp_path: Path) -> Path:
    place = tmp_path / "012"
    place.touch()
    return place


def test_a_camera_on_the_network_is_not_looked_for_on_usb() -> None:
    assert judge_bus(BusFacts(), "ptpip:10.0.0.5", "video").outcome is Outcome.SKIPPED


def test_an_empty_bus_says_what_to_do() -> None:
    found = judge_bus(BusFacts(), "auto", "video")
    assert (found.outcome, found.code) == (Outcome.FAILED, DoctorCode.CAMERA_ABSENT)
    assert "plug it in" in (found.mend or "")


def test_a_camera_that_is_free_is_named(node: Path) -> None:
    found = judge_bus(BusFacts((camera(node),)), "usb:42", "video")
    assert (found.outcome, found.what) == (Outcome.OK, "Canon EOS (42)")


def test_a_holder_is_named_with_the_command_that_frees_the_camera(node: Path) -> None:
    found = judge_bus(BusFacts((camera(node),), ((node, GVFS),)), "auto", "video")
    assert found.code is DoctorCode.CAMERA_CLAIMED
    assert "process 812" in found.what
    assert found.mend == "systemctl --user stop gvfs-gphoto2-volume-monitor.service"


def test_a_missing_permission_is_answered_with_the_udev_rule(tmp_path: Path) -> None:
    # Not even the superuser can open a device file that does not exist.
    found = judge_bus(BusFacts((camera(tmp_path / "none"),)), "auto", "video")
    assert found.code is DoctorCode.USB_PERMISSION
    assert "photonic doctor --fix" in (found.why or "")
    rule = 'SUBSYSTEM=="usb", ATTR{idVendor}=="04a9", MODE="0660", GROUP="video", TAG+="uaccess"'
    assert (found.mend or "").startswith(f"printf '%s\\n' '{rule}' | sudo tee -a /etc/udev/rules.d/70-photonic.rules ")


@pytest.mark.parametrize(
    ("address", "code"),
    [("usb:42", DoctorCode.OK), ("usb:0042", DoctorCode.OK), ("usb:43", DoctorCode.CAMERA_CLAIMED)],
)
def test_only_the_wanted_camera_is_judged(node: Path, tmp_path: Path, address: str, code: DoctorCode) -> None:
    other = tmp_path / "013"
    other.touch()
    second = UsbCamera(path="1-2", vendor="04b0", product="1", name="Nikon", serial="43", node=other)
    facts = BusFacts((camera(node), second), ((other, GVFS),))
    assert judge_bus(facts, address, "video").code is code


def test_a_serial_number_that_no_descriptor_shows_may_be_any_cameras(node: Path) -> None:
    assert judge_bus(BusFacts((camera(node),), ((node, GVFS),)), "usb:99", "video").code is DoctorCode.CAMERA_CLAIMED


def test_a_fake_bus_is_inspected_without_opening_anything(tmp_path: Path) -> None:
    """The test machine has no USB: a tree like the kernel's sysfs, and a holder as ``/proc`` shows it."""
    device, interface = tmp_path / "sys" / "1-4", tmp_path / "sys" / "1-4" / "1-4:1.0"
    interface.mkdir(parents=True)
    (interface / "bInterfaceClass").write_text("06\n")
    for name, text in {"idVendor": "04a9", "idProduct": "3272", "busnum": "1", "devnum": "12", "serial": "42"}.items():
        (device / name).write_text(f"{text}\n")
    node = tmp_path / "dev" / "001" / "012"
    node.parent.mkdir(parents=True)
    node.touch()
    process = tmp_path / "proc" / "812"
    (process / "fd").mkdir(parents=True)
    (process / "fd" / "7").symlink_to(node)
    (process / "comm").write_text("gvfs-gphoto2-vo\n")
    (process / "cmdline").write_bytes(b"/usr/libexec/gvfs-gphoto2-volume-monitor\0")
    (process / "stat").write_text("812 (gvfs-gphoto2-vo) S 1 812 812 0\n")
    facts = inspect_bus(tmp_path / "sys", tmp_path / "dev", tmp_path / "proc")
    assert [camera.node for camera in facts.cameras] == [node]
    assert facts.held_by == ((node, GVFS),)


def test_another_photonic_is_named_with_the_command_that_ends_it() -> None:
    found = judge_owned(Holder(77, "photonic"), "usb:42")
    assert (found.code, found.mend) == (DoctorCode.CAMERA_CLAIMED, "kill 77")


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


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (DialResult.NO_NAME, "is unknown"),
        (DialResult.UNREACHABLE, "does not answer"),
        (DialResult.REFUSED, "nothing listens on its port 15740"),
        (DialResult.OPEN, "another program may be connected"),
    ],
)
def test_an_absent_network_camera_is_answered_by_what_is_at_its_address(answer: DialResult, why: str) -> None:
    failure = CameraError("no camera answers", kind=FailureKind.CAMERA_ABSENT)
    network = NetworkFacts("10.0.0.5", 15740, answer)
    (found,) = judge_camera(CameraFacts(failure=failure, network=network), "ptpip:10.0.0.5")
    assert found.code is DoctorCode.CAMERA_ABSENT
    assert why in (found.why or "")
    assert found.mend


@pytest.mark.parametrize(
    ("address", "command"),
    [
        ("usb:42", "gphoto2 --set-config autopoweroff=0"),
        (
            "ptpip:10.0.0.5",
            'gphoto2 --port ptpip:10.0.0.5:15740:15740 --camera "PTP/IP Camera" --set-config autopoweroff=0',
        ),
    ],
)
def test_the_power_off_time_is_set_where_the_camera_is(address: str, command: str) -> None:
    found = judge_camera(CameraFacts(OPENED, Facts(battery=90, power_off_seconds=60), frames=1), address)[1]
    assert (found.check, found.mend) == (Check.POWER, command)


def findings(facts: CameraFacts) -> dict[Check, Outcome]:
    return {found.check: found.outcome for found in judge_camera(facts, "auto")}


def test_a_working_camera_passes() -> None:
    assert findings(CameraFacts(OPENED, GOOD, frames=3)) == {
        Check.CAMERA: Outcome.OK,
        Check.POWER: Outcome.OK,
        Check.CARD: Outcome.OK,
        Check.LIVE_VIEW: Outcome.OK,
    }


@pytest.mark.parametrize(
    ("reported", "check", "outcome", "text"),
    [
        (Facts(battery=10), Check.POWER, Outcome.WARNING, "10 %"),
        (Facts(battery=90, power_off_seconds=60), Check.POWER, Outcome.WARNING, "after 60 s"),
        (Facts(battery=90, power_off_seconds=900), Check.POWER, Outcome.OK, "after 900 s"),
        (Facts(), Check.POWER, Outcome.OK, "unknown"),
        (None, Check.POWER, Outcome.SKIPPED, "does not report"),
        (Facts(storage_available=False), Check.CARD, Outcome.FAILED, "full"),
        (Facts(storage_available=True, shots_available=3), Check.CARD, Outcome.WARNING, "3 more photos"),
        (None, Check.CARD, Outcome.OK, "card inserted"),
    ],
)
def test_power_and_card(reported: Facts | None, check: Check, outcome: Outcome, text: str) -> None:
    found = next(one for one in judge_camera(CameraFacts(OPENED, reported, frames=1), "auto") if one.check is check)
    assert found.outcome is outcome
    assert text in found.what


@pytest.mark.parametrize("has_card", [True, False])
def test_photos_in_the_cameras_memory_are_a_warning(has_card: bool) -> None:
    opened = CameraOpened(
        serial="1", model="m", manufacturer="f", version="v", live_view=True, has_card=has_card, capture_target="ram"
    )
    found = next(one for one in judge_camera(CameraFacts(opened, GOOD, frames=1), "auto") if one.check is Check.CARD)
    assert found.outcome is Outcome.WARNING
    assert ("put a card" in (found.mend or "")) is not has_card


def test_a_body_without_live_view_is_a_warning_and_one_that_sends_no_frames_a_failure() -> None:
    blind = CameraOpened(
        serial="1", model="m", manufacturer="f", version="v", live_view=False, has_card=True, capture_target="card"
    )
    assert findings(CameraFacts(blind, GOOD))[Check.LIVE_VIEW] is Outcome.WARNING
    found_out = PreviewChanged(state="unsupported", reason="no pictures")
    assert findings(CameraFacts(OPENED, GOOD, found_out))[Check.LIVE_VIEW] is Outcome.WARNING
    hot = PreviewChanged(state="recovering", reason="the camera is too hot for live view")
    found = judge_camera(CameraFacts(OPENED, GOOD, hot), "auto")[-1]
    assert (found.outcome, found.code) == (Outcome.FAILED, DoctorCode.LIVE_VIEW)
    assert "too hot" in found.what
