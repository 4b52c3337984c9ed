from __future__ import annotations

import pytest

from photonic.drivers.gphoto2.camera import Setting
from photonic.drivers.gphoto2.configuration import Configuration
from photonic.drivers.gphoto2.profile import HeldProfiles
from photonic.errors import BadInput, CameraError
from photonic.worker.messages import Profiles

from .scripted import ScriptedCamera, VirtualTime


@pytest.fixture
def camera() -> ScriptedCamera:
    return ScriptedCamera(VirtualTime())


@pytest.fixture
def held(camera: ScriptedCamera) -> HeldProfiles:
    return HeldProfiles(Configuration(camera))


def test_only_live_values_are_in_force_at_once(camera: ScriptedCamera, held: HeldProfiles) -> None:
    held.take(Profiles(live={"iso": "800"}, capture={"iso": "200"}))
    assert camera.written == [("iso", "800")]


def test_one_wrong_value_and_nothing_is_changed(camera: ScriptedCamera, held: HeldProfiles) -> None:
    with pytest.raises(BadInput) as caught:
        held.take(Profiles(live={"iso": "800"}, capture={"shutter_speed": "1/100"}))
    assert caught.value.field == "shutter_speed_capture"
    assert camera.written == []
    held.enter_capture()
    assert camera.written == []


def test_an_unknown_setting_is_refused(held: HeldProfiles) -> None:
    with pytest.raises(BadInput) as caught:
        held.take(Profiles(live={"zoom": "3"}))
    assert caught.value.field == "zoom_liveview"


def test_a_mode_is_set_back_when_another_value_is_wrong(camera: ScriptedCamera, held: HeldProfiles) -> None:
    with pytest.raises(BadInput):
        held.take(Profiles(exposure_mode="P", live={"iso": "12345"}))
    assert camera.written == [("autoexposuremode", "P"), ("autoexposuremode", "Manual")]


def test_a_value_that_the_camera_refuses_takes_the_others_back(camera: ScriptedCamera, held: HeldProfiles) -> None:
    camera.refuse["aperture"] = CameraError("no", code=-1)
    with pytest.raises(CameraError):
        held.take(Profiles(live={"iso": "800", "aperture": "8"}))
    assert camera.settings["iso"].value == "100"


def test_absent_values_stay_held(camera: ScriptedCamera, held: HeldProfiles) -> None:
    held.take(Profiles(capture={"iso": "400"}))
    held.take(Profiles(live={"iso": "800"}))
    held.enter_capture()
    assert camera.settings["iso"].value == "400"


def test_a_capture_goes_to_its_values_and_back(camera: ScriptedCamera, held: HeldProfiles) -> None:
    held.take(Profiles(live={"iso": "800"}, capture={"iso": "100", "aperture": "8"}))
    held.enter_capture()
    assert (camera.settings["iso"].value, camera.settings["aperture"].value) == ("100", "8")
    held.leave_capture()
    assert (camera.settings["iso"].value, camera.settings["aperture"].value) == ("800", "5.6")
    assert not held.restoring


def test_what_cannot_be_taken_back_now_is_taken_back_later(camera: ScriptedCamera, held: HeldProfiles) -> None:
    held.take(Profiles(capture={"iso": "400"}))
    held.enter_capture()
    camera.refuse["iso"] = CameraError("busy", code=-110)
    with pytest.raises(CameraError):
        held.leave_capture()
    assert held.restoring
    del camera.refuse["iso"]
    held.leave_capture()
    assert camera.settings["iso"] == Setting("iso", "100", camera.settings["iso"].choices)
    assert not held.restoring
