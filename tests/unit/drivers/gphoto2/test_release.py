"""The release on a scripted camera: forced, given up, retried while busy; and what is counted as an attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from photonic.drivers.gphoto2 import faults
from photonic.drivers.gphoto2.camera import CONFIG_SECONDS, ObjectAdded, Setting, ShotDone
from photonic.drivers.gphoto2.driver import GPhoto2Driver
from photonic.errors import CameraError, CaptureError, FailureKind
from photonic.model.capture_options import CaptureOptions
from photonic.worker.link.messages import Capture, Captured, Configure, Staged

from .scripted import KeptOutbox, ScriptedCamera, VirtualTime

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NO_FOCUS = CameraError("the camera could not focus", kind=FailureKind.AUTOFOCUS_FAILED, code=-1)
BUSY = CameraError("the camera is busy", kind=FailureKind.CAMERA_BUSY, code=-110)


class ReleaseHarness:
    def __init__(self, staging: Path) -> None:
        self.staging = staging
        self.time = VirtualTime()
        self.camera = ScriptedCamera(self.time)
        self.outbox = KeptOutbox()
        self.driver = GPhoto2Driver(
            self.outbox, connect=lambda _outbox, _port: self.camera, clock=self.time, pause=self.time.pause
        )
        self.driver.open(Configure(request=1, address="auto"))

    def canon_button(self, *choices: str) -> None:
        self.camera.settings["eosremoterelease"] = Setting("eosremoterelease", "None", choices)
        self.camera.on_write["eosremoterelease"] = self._pressed

    def _pressed(self, value: str | int) -> None:
        if value in {"Press Full MF", "Immediate"}:
            self.camera.events.extend([ObjectAdded("/card", "FORCED.JPG"), ShotDone()])

    def busy_letting_go(self, times: int) -> None:
        """The button's release is refused as busy a number of times, after the press was accepted."""
        left = [BUSY] * times

        def press(value: str | int) -> None:
            self._pressed(value)
            if str(value).startswith("Release") and left:
                raise left.pop()

        self.camera.on_write["eosremoterelease"] = press

    def capture(self, *, retry: bool, cancelled: Callable[[], bool] = lambda: False) -> Captured:
        command = Capture(
            request=2, capture_id="c1", staging=str(self.staging), options=CaptureOptions(retry_without_autofocus=retry)
        )
        self.driver.capture(command, cancelled)
        return self.outbox.of(Captured)[-1]


@pytest.fixture
def harness(tmp_path: Path) -> ReleaseHarness:
    return ReleaseHarness(tmp_path)


@pytest.mark.parametrize(
    "choices", [("None", "Press Full MF", "Release"), ("None", "Immediate", "Release Full", "Press Full")]
)
def test_a_canon_fires_without_focus_by_its_button(harness: ReleaseHarness, choices: tuple[str, ...]) -> None:
    harness.canon_button(*choices)
    harness.camera.shots.append(NO_FOCUS)
    captured = harness.capture(retry=True)
    assert (captured.attempts, captured.forced) == (2, True)
    assert "without autofocus" in (captured.warning or "")
    assert [staged.name for staged in harness.outbox.of(Staged)] == ["FORCED.JPG"]
    pressed = [value for name, value in harness.camera.written if name == "eosremoterelease"]
    assert pressed == [choices[1], choices[2]]


def test_the_press_without_focus_may_last_as_long_as_the_exposure(harness: ReleaseHarness) -> None:
    harness.camera.settings["shutterspeed"] = Setting("shutterspeed", "30", ("30",))
    harness.canon_button("None", "Press Full MF", "Release")
    harness.camera.shots.append(NO_FOCUS)
    harness.capture(retry=True)
    assert harness.camera.limits["eosremoterelease", "Press Full MF"] > 30
    assert harness.camera.limits["eosremoterelease", "Release"] == CONFIG_SECONDS


@pytest.mark.parametrize(("refusals", "warned"), [(3, False), (1000, True)])
def test_a_button_that_is_not_let_go_at_once_is_not_pressed_again(
    harness: ReleaseHarness, refusals: int, warned: bool
) -> None:
    harness.canon_button("None", "Press Full MF", "Release")
    harness.busy_letting_go(refusals)
    harness.camera.shots.append(NO_FOCUS)
    captured = harness.capture(retry=True)
    assert [value for _name, value in harness.camera.written].count("Press Full MF") == 1
    assert ("button" in (captured.warning or "")) is warned
    assert (captured.attempts, captured.forced) == (2, True)


def _held(step: str) -> CameraError:
    return faults.classify(faults.BUSY, [f"Canon EOS {step} failed (0x2019: Device Busy)"], "trigger")


@pytest.mark.parametrize("step", ["Full-Release", "Half-Release", "M Full-Release"])
def test_a_shutter_that_has_fired_is_not_released_again(harness: ReleaseHarness, step: str) -> None:
    harness.canon_button("None", "Press Full MF", "Release")
    harness.camera.shots.append(_held(step))
    harness.camera.events.clear()
    harness.camera.on_write["eosremoterelease"] = lambda _value: harness.camera.events.append(
        ObjectAdded("/card", "FIRED.JPG")
    )
    captured = harness.capture(retry=False)
    assert harness.camera.triggers == 1
    assert (captured.attempts, captured.forced, captured.warning) == (1, False, None)
    assert [value for name, value in harness.camera.written if name == "eosremoterelease"] == ["Release"]


def test_a_press_that_was_refused_as_busy_is_tried_again(harness: ReleaseHarness) -> None:
    harness.camera.shots.append(_held("Full-Press"))
    harness.capture(retry=False)
    assert harness.camera.triggers == 2


def test_a_missing_focus_is_one_even_where_the_button_was_not_let_go(harness: ReleaseHarness) -> None:
    texts = ["Canon EOS Auto-Focus failed, could not capture.", "Canon EOS Half-Release failed (0x2019: Device Busy)"]
    harness.camera.shots.append(faults.classify(faults.BUSY, texts, "trigger"))
    with pytest.raises(CaptureError) as failed:
        harness.capture(retry=False)
    assert failed.value.kind is FailureKind.AUTOFOCUS_FAILED


def test_a_sony_has_a_half_press_by_the_name_of_nikons_focus(harness: ReleaseHarness) -> None:
    harness.camera.settings["autofocus"] = Setting("autofocus", "0")
    harness.camera.shots.append(NO_FOCUS)
    with pytest.raises(CaptureError):
        harness.capture(retry=True)
    assert not [name for name, _value in harness.camera.written if name == "autofocus"]


def test_a_nikon_fires_with_its_autofocus_off_and_on_again(harness: ReleaseHarness) -> None:
    harness.camera.settings["autofocus"] = Setting("autofocus", "On", ("On", "Off"))
    harness.camera.shots.append(NO_FOCUS)
    captured = harness.capture(retry=True)
    assert (captured.attempts, captured.forced) == (2, True)
    assert [value for name, value in harness.camera.written if name == "autofocus"] == ["Off", "On"]


def test_autofocus_is_on_again_after_a_forced_shot_that_failed(harness: ReleaseHarness) -> None:
    harness.camera.settings["autofocus"] = Setting("autofocus", "On", ("On", "Off"))
    harness.camera.shots.extend([NO_FOCUS, CameraError("no", code=-1)])
    with pytest.raises(CaptureError):
        harness.capture(retry=True)
    assert harness.camera.settings["autofocus"].value == "On"


@pytest.mark.parametrize("retry", [True, False])
def test_without_the_wish_or_the_means_a_missing_focus_is_answered_at_once(
    harness: ReleaseHarness, retry: bool
) -> None:
    harness.camera.shots.append(NO_FOCUS)
    with pytest.raises(CaptureError) as failed:
        harness.capture(retry=retry)
    assert failed.value.kind is FailureKind.AUTOFOCUS_FAILED
    assert harness.camera.triggers == 1


def test_a_sharp_photo_is_taken_once(harness: ReleaseHarness) -> None:
    harness.canon_button("None", "Press Full MF", "Release")
    captured = harness.capture(retry=True)
    assert (captured.attempts, captured.forced, captured.warning) == (1, False, None)


def test_waits_for_a_busy_camera_are_no_attempts(harness: ReleaseHarness) -> None:
    harness.camera.shots.extend([BUSY, BUSY])
    assert harness.capture(retry=False).attempts == 1
    assert harness.camera.triggers == 3


def test_a_camera_that_the_library_holds_for_busy_for_ever_is_prepared_anew(harness: ReleaseHarness) -> None:
    def trigger(limit_seconds: float) -> None:
        if "prepare" not in harness.camera.happened:
            raise BUSY
        ScriptedCamera.trigger(harness.camera, limit_seconds)

    harness.camera.trigger = trigger
    assert harness.capture(retry=False).attempts == 1
    assert harness.camera.triggers == 1


@pytest.mark.parametrize("prepares", [True, False])
def test_a_camera_that_is_busy_all_the_same_is_told_so(harness: ReleaseHarness, prepares: bool) -> None:
    harness.camera.prepares = prepares
    harness.camera.shots.extend([BUSY] * 1000)
    began = harness.time()
    with pytest.raises(CaptureError) as failed:
        harness.capture(retry=False)
    assert failed.value.kind is FailureKind.CAMERA_BUSY
    assert harness.camera.happened.count("prepare") == 1
    assert harness.time() < began + 10.0


def test_a_capture_that_is_given_up_while_the_camera_is_busy_is_never_exposed(harness: ReleaseHarness) -> None:
    harness.camera.shots.extend([BUSY] * 3)
    with pytest.raises(CaptureError) as failed:
        harness.capture(retry=False, cancelled=lambda: harness.camera.triggers >= 2)
    assert failed.value.kind is FailureKind.CANCELLED
    assert harness.camera.triggers == 2
    assert harness.camera.shots, "the script was not played to its end"


def test_a_capture_that_is_given_up_before_its_turn_touches_nothing(harness: ReleaseHarness) -> None:
    harness.camera.written.clear()
    with pytest.raises(CaptureError) as failed:
        harness.capture(retry=False, cancelled=lambda: True)
    assert failed.value.kind is FailureKind.CANCELLED
    assert (harness.camera.triggers, harness.camera.written) == (0, [])


def test_a_capture_that_is_given_up_while_an_earlier_photo_is_fetched_is_never_exposed(harness: ReleaseHarness) -> None:
    harness.camera.events.extend([ObjectAdded("/card", "EARLIER.JPG"), ObjectAdded("/card", "EARLIER.CR3")])
    with pytest.raises(CaptureError) as failed:
        harness.capture(retry=False, cancelled=lambda: len(harness.camera.events) < 2)
    assert failed.value.kind is FailureKind.CANCELLED
    assert harness.camera.triggers == 0
    assert len(harness.camera.events) == 1, "the second one is taken by the housekeeping"
