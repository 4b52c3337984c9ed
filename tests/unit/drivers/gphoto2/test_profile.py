from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from photonic.drivers.gphoto2.camera import Setting
from photonic.drivers.gphoto2.configuration import Configuration
from photonic.drivers.gphoto2.pending_restore import PendingRestore
from photonic.drivers.gphoto2.profile import HeldProfiles
from photonic.errors import BadInput, CameraError, CaptureError, FailureKind
from photonic.worker.link.messages import Note, Profiles

from .scripted import KeptOutbox, ScriptedCamera, VirtualTime

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def camera() -> ScriptedCamera:
    return ScriptedCamera(VirtualTime())


@pytest.fixture
def held(camera: ScriptedCamera) -> HeldProfiles:
    return HeldProfiles(Configuration(camera), KeptOutbox())


def test_only_live_values_are_in_force_at_once(camera: ScriptedCamera, held: HeldProfiles) -> None:
    held.hold(Profiles(live={"iso": "800"}, capture={"iso": "200"}))
    assert camera.written == [("iso", "800")]


def test_one_wrong_value_and_nothing_is_changed(camera: ScriptedCamera, held: HeldProfiles) -> None:
    with pytest.raises(BadInput) as caught:
        held.hold(Profiles(live={"iso": "800"}, capture={"shutter_speed": "1/100"}))
    assert caught.value.field == "shutter_speed_capture"
    assert camera.written == []
    held.enter_capture()
    assert camera.written == []


def test_an_unknown_setting_is_refused(held: HeldProfiles) -> None:
    with pytest.raises(BadInput) as caught:
        held.hold(Profiles(live={"zoom": "3"}))
    assert caught.value.field == "zoom_liveview"


def test_a_mode_is_set_back_when_another_value_is_wrong(camera: ScriptedCamera, held: HeldProfiles) -> None:
    with pytest.raises(BadInput):
        held.hold(Profiles(exposure_mode="P", live={"iso": "12345"}))
    assert camera.written == [("autoexposuremode", "P"), ("autoexposuremode", "Manual")]


def test_a_value_that_the_camera_refuses_takes_the_others_back(camera: ScriptedCamera, held: HeldProfiles) -> None:
    camera.refuse["aperture"] = CameraError("no", code=-1)
    with pytest.raises(CameraError):
        held.hold(Profiles(live={"iso": "800", "aperture": "8"}))
    assert camera.settings["iso"].value == "100"


def test_settings_of_one_capture_are_over_the_profile_and_gone_after_it(
    camera: ScriptedCamera, held: HeldProfiles
) -> None:
    held.hold(Profiles(capture={"iso": "400"}))
    held.enter_capture({"iso": "800", "aperture": "f/8"})
    assert (camera.settings["iso"].value, camera.settings["aperture"].value) == ("800", "8")
    held.leave_capture()
    assert (camera.settings["iso"].value, camera.settings["aperture"].value) == ("100", "5.6")
    held.enter_capture()
    assert (camera.settings["iso"].value, camera.settings["aperture"].value) == ("400", "5.6")


def test_settings_of_one_capture_that_cannot_be_change_nothing(camera: ScriptedCamera, held: HeldProfiles) -> None:
    with pytest.raises(CaptureError) as refused:
        held.enter_capture({"aperture": "8", "iso": "401"})
    assert refused.value.kind is FailureKind.BAD_INPUT
    assert camera.written == []


def test_new_profiles_take_the_place_of_those_held_before(camera: ScriptedCamera, held: HeldProfiles) -> None:
    held.hold(Profiles(capture={"iso": "400"}))
    held.hold(Profiles(live={"iso": "800"}, capture={"aperture": "8"}))
    held.enter_capture()
    assert (camera.settings["iso"].value, camera.settings["aperture"].value) == ("800", "8")


def test_profiles_take_any_setting_but_what_belongs_to_the_service(camera: ScriptedCamera, held: HeldProfiles) -> None:
    held.hold(Profiles(capture={"image format": "raw + large fine jpeg"}))
    held.enter_capture()
    assert camera.settings["imageformat"].value == "RAW + Large Fine JPEG"
    with pytest.raises(BadInput, match="capture_target in its configuration"):
        held.hold(Profiles(live={"capture_target": "card"}))


def test_a_capture_goes_to_its_values_and_back(camera: ScriptedCamera, held: HeldProfiles) -> None:
    held.hold(Profiles(live={"iso": "800"}, capture={"iso": "100", "aperture": "8"}))
    held.enter_capture()
    assert (camera.settings["iso"].value, camera.settings["aperture"].value) == ("100", "8")
    held.leave_capture()
    assert (camera.settings["iso"].value, camera.settings["aperture"].value) == ("800", "5.6")
    assert not held.restoring


def test_what_cannot_be_taken_back_now_is_taken_back_later(camera: ScriptedCamera, held: HeldProfiles) -> None:
    held.hold(Profiles(capture={"iso": "400"}))
    held.enter_capture()
    camera.refuse["iso"] = CameraError("busy", code=-110)
    with pytest.raises(CameraError):
        held.leave_capture()
    assert held.restoring
    del camera.refuse["iso"]
    held.leave_capture()
    assert camera.settings["iso"] == Setting("iso", "100", camera.settings["iso"].choices)
    assert not held.restoring


class Process:
    """One camera process after the other, on the same camera and the same disk."""

    def __init__(self, camera: ScriptedCamera, path: Path, serial: str = "0042") -> None:
        self.outbox = KeptOutbox()
        self.held = HeldProfiles(Configuration(camera), self.outbox)
        self.held.recover(PendingRestore(path, serial))


def test_the_next_process_sets_back_what_a_killed_one_owes(camera: ScriptedCamera, tmp_path: Path) -> None:
    path = tmp_path / "index" / "borrowed.json"
    killed = Process(camera, path)
    killed.held.hold(Profiles(capture={"iso": "400", "aperture": "8"}))
    killed.held.enter_capture()
    Process(camera, path)
    assert (camera.settings["iso"].value, camera.settings["aperture"].value) == ("100", "5.6")
    assert not path.exists()


def test_another_camera_is_left_alone_and_the_first_is_not_forgotten(camera: ScriptedCamera, tmp_path: Path) -> None:
    path = tmp_path / "borrowed.json"
    killed = Process(camera, path)
    killed.held.hold(Profiles(capture={"iso": "400"}))
    killed.held.enter_capture()
    Process(camera, path, serial="another camera")
    assert camera.settings["iso"].value == "400"
    Process(camera, path)
    assert camera.settings["iso"].value == "100"


def test_it_is_on_record_before_the_camera_is_changed(camera: ScriptedCamera, tmp_path: Path) -> None:
    path = tmp_path / "borrowed.json"
    process = Process(camera, path)
    process.held.hold(Profiles(capture={"iso": "400", "aperture": "8"}))
    seen: list[bool] = []
    camera.on_write["iso"] = lambda _value: seen.append(path.exists())
    process.held.enter_capture()
    assert seen == [True]
    Process(camera, path)
    assert (camera.settings["iso"].value, camera.settings["aperture"].value) == ("100", "5.6")
    assert not path.exists()


def test_a_capture_that_ends_well_owes_nothing(camera: ScriptedCamera, tmp_path: Path) -> None:
    path = tmp_path / "borrowed.json"
    process = Process(camera, path)
    process.held.hold(Profiles(capture={"iso": "400"}))
    process.held.enter_capture()
    process.held.leave_capture()
    assert not path.exists()
    camera.settings["iso"] = replace(camera.settings["iso"], value="800")
    Process(camera, path)
    assert camera.settings["iso"].value == "800"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"serial": "0042"}', b'{"serial": "0042", "back": [1]}'])
def test_a_broken_record_says_nothing(camera: ScriptedCamera, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "borrowed.json"
    path.write_bytes(content)
    Process(camera, path)
    assert camera.written == []


def test_a_camera_that_refuses_its_old_value_is_told_of(camera: ScriptedCamera, tmp_path: Path) -> None:
    path = tmp_path / "borrowed.json"
    killed = Process(camera, path)
    killed.held.hold(Profiles(capture={"iso": "400"}))
    killed.held.enter_capture()
    camera.refuse["iso"] = CameraError("no", code=-1)
    (note,) = Process(camera, path).outbox.of(Note)
    assert note.text.startswith("cannot restore iso to ")


def test_a_disk_that_takes_no_record_is_told_of_and_stops_no_capture(camera: ScriptedCamera, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    process = Process(camera, blocked / "borrowed.json")
    process.held.hold(Profiles(capture={"iso": "400"}))
    process.held.enter_capture()
    assert camera.settings["iso"].value == "400"
    assert len(process.outbox.of(Note)) == 1


def test_a_camera_that_still_exposes_for_a_killed_process_is_set_back_later(
    camera: ScriptedCamera, tmp_path: Path
) -> None:
    path = tmp_path / "borrowed.json"
    killed = Process(camera, path)
    killed.held.hold(Profiles(capture={"iso": "400", "aperture": "8"}))
    killed.held.enter_capture()
    camera.refuse |= dict.fromkeys(("iso", "aperture"), CameraError("busy", code=-110))
    process = Process(camera, path)
    process.held.hold(Profiles(live={"iso": "800"}, capture={"iso": "400"}))
    assert process.held.restoring
    assert path.exists()
    camera.refuse.clear()
    process.held.leave_capture()
    assert (camera.settings["iso"].value, camera.settings["aperture"].value) == ("800", "5.6")
    assert not path.exists()
    assert process.outbox.of(Note) == []


@pytest.mark.parametrize("still_busy", [False, True])
def test_two_captures_in_a_row_go_back_to_what_was_before_the_first(
    camera: ScriptedCamera, tmp_path: Path, still_busy: bool
) -> None:
    """The camera was too busy in between to restore its settings."""
    path, busy = tmp_path / "borrowed.json", CameraError("busy", code=-110)
    process = Process(camera, path)
    process.held.enter_capture({"iso": "400", "aperture": "8"})
    camera.refuse |= dict.fromkeys(("iso", "aperture"), busy)
    with pytest.raises(CameraError):
        process.held.leave_capture()
    camera.refuse.clear()
    if still_busy:
        camera.refuse["aperture"] = busy
    process.held.enter_capture({"iso": "800"})
    assert camera.settings["aperture"].value == ("8" if still_busy else "5.6")
    assert PendingRestore(path, "0042").settings() == {"iso": "100"} | ({"aperture": "5.6"} if still_busy else {})
    camera.refuse.clear()
    process.held.leave_capture()
    assert (camera.settings["iso"].value, camera.settings["aperture"].value) == ("100", "5.6")
