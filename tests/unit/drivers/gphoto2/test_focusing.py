"""Focusing without a photo: autofocus, stopping, driving the lens; and what a camera cannot do is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from photonic.drivers.gphoto2.camera import ObjectAdded, OtherEvent, Setting, SettingKind
from photonic.drivers.gphoto2.configuration import Configuration
from photonic.drivers.gphoto2.events import Events
from photonic.drivers.gphoto2.focusing import RESULT_SECONDS, Focusing
from photonic.errors import BadInput, CameraError, CaptureError, FailureKind
from photonic.model.focus import FocusAction

from .scripted import ScriptedCamera, VirtualTime

STEPS = ("Near 1", "Near 2", "Near 3", "None", "Far 1", "Far 2", "Far 3")


class FocusHarness:
    """A lens over a scripted camera, and the photos that arrived meanwhile."""

    def __init__(self) -> None:
        self.time = VirtualTime()
        self.camera = ScriptedCamera(self.time)
        self.camera.settings |= {
            "autofocusdrive": Setting("autofocusdrive", "0", kind=SettingKind.TOGGLE),
            "cancelautofocus": Setting("cancelautofocus", "0", kind=SettingKind.TOGGLE),
            "manualfocusdrive": Setting("manualfocusdrive", "None", STEPS, kind=SettingKind.CHOICE),
        }
        self.photos: list[ObjectAdded] = []
        events = Events(self.camera, Configuration(self.camera), self.time, self.time.pause, in_ram=False)
        self.focusing = Focusing(self.camera, events, self.photos.append, self.time)

    def act(self, action: FocusAction, size: int = 1, steps: int = 1) -> list[tuple[str, str | int]]:
        self.camera.written.clear()
        self.focusing.act(action, size, steps)
        return self.camera.written


@pytest.fixture
def harness() -> FocusHarness:
    return FocusHarness()


def test_the_lens_finds_the_focus_and_a_photo_of_the_button_is_kept(harness: FocusHarness) -> None:
    photo = ObjectAdded("/card", "IMG_1.JPG")
    harness.camera.events.extend([OtherEvent("Button 1"), photo, OtherEvent("Focus Info 000000000101")])
    assert harness.act(FocusAction.AUTO) == [("autofocusdrive", 1)]
    assert harness.photos == [photo]


@pytest.mark.parametrize("result", ["000000000200", "000000000000"])
def test_a_lens_that_finds_none_says_so(harness: FocusHarness, result: str) -> None:
    harness.camera.events.append(OtherEvent(f"Focus Info {result}"))
    with pytest.raises(CaptureError) as caught:
        harness.act(FocusAction.AUTO)
    assert caught.value.kind is FailureKind.AUTOFOCUS_FAILED
    assert harness.camera.written == [("autofocusdrive", 1), ("cancelautofocus", 1)]


@pytest.mark.parametrize("error", [CameraError("refused", code=-2), OSError("no room")])
def test_whatever_comes_while_it_focuses_it_is_stopped(harness: FocusHarness, error: Exception) -> None:
    def wait(seconds: float) -> None:
        raise error

    harness.camera.waited = wait
    with pytest.raises((BadInput, OSError)):
        harness.act(FocusAction.AUTO)
    assert harness.camera.written == [("autofocusdrive", 1), ("cancelautofocus", 1)]


def test_a_camera_that_does_not_say_how_it_went_is_not_waited_for_long(harness: FocusHarness) -> None:
    began = harness.time.now
    harness.act(FocusAction.AUTO)
    assert harness.time.now - began == pytest.approx(RESULT_SECONDS, abs=0.2)


def test_finding_it_can_be_stopped_with_its_own_entry_or_the_other(harness: FocusHarness) -> None:
    assert harness.act(FocusAction.CANCEL) == [("cancelautofocus", 1)]
    del harness.camera.settings["cancelautofocus"]
    assert harness.act(FocusAction.CANCEL) == [("autofocusdrive", 0)]


def test_steps_are_taken_one_by_one_where_the_camera_has_sizes(harness: FocusHarness) -> None:
    assert harness.act(FocusAction.NEAR, 2, 3) == [("manualfocusdrive", "Near 2")] * 3
    assert harness.act(FocusAction.FAR, 1) == [("manualfocusdrive", "Far 1")]


def test_steps_are_pulses_where_the_camera_counts_them(harness: FocusHarness) -> None:
    harness.camera.settings["manualfocusdrive"] = Setting(
        "manualfocusdrive", "0", kind=SettingKind.RANGE, limits=(-32767.0, 32767.0, 1.0)
    )
    ((_name, near),) = harness.act(FocusAction.NEAR, 2, 3)
    ((_name, far),) = harness.act(FocusAction.FAR, 1)
    assert isinstance(near, int)
    assert isinstance(far, int)
    assert near < 0 < far < -near


@pytest.mark.parametrize("action", FocusAction)
def test_a_camera_without_such_an_entry_says_so(harness: FocusHarness, action: FocusAction) -> None:
    for name in ("autofocusdrive", "cancelautofocus", "manualfocusdrive"):
        del harness.camera.settings[name]
    with pytest.raises(BadInput, match="cannot be focused over this connection"):
        harness.act(action)


def test_a_step_that_the_lens_does_not_have_is_named(harness: FocusHarness) -> None:
    drive = harness.camera.settings["manualfocusdrive"]
    harness.camera.settings["manualfocusdrive"] = replace(drive, choices=("Near 1", "None", "Far 1"))
    with pytest.raises(BadInput) as caught:
        harness.act(FocusAction.NEAR, 3)
    assert caught.value.choices == ("Near 1", "None", "Far 1")


def test_a_camera_that_refuses_now_says_what_helps_and_a_broken_one_is_broken(harness: FocusHarness) -> None:
    harness.camera.refuse["manualfocusdrive"] = CameraError("general error", code=-1)
    with pytest.raises(BadInput, match="turn live view on"):
        harness.act(FocusAction.NEAR)
    harness.camera.refuse["manualfocusdrive"] = CameraError("gone", code=-35)
    with pytest.raises(CameraError):
        harness.act(FocusAction.NEAR)
