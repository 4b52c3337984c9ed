"""The release on a scripted camera: forced, given up, retried while busy; and what is counted as an attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from photonic.drivers.gphoto2.camera import ObjectAdded, Setting, ShotDone
from photonic.drivers.gphoto2.driver import GPhoto2Driver
from photonic.errors import CameraError, CaptureError, FailureKind
from photonic.worker.messages import Capture, Captured, Configure, Staged

from .scripted import KeptOutbox, ScriptedCamera, VirtualTime

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NO_FOCUS = CameraError("the camera could not focus", kind=FailureKind.AUTOFOCUS_FAILED, code=-1)
BUSY = CameraError("the camera is busy", kind=FailureKind.CAMERA_BUSY, code=-110)


class Bench:
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

    def capture(self, *, retry: bool, cancelled: Callable[[], bool] = lambda: False) -> Captured:
        command = Capture(request=2, capture_id="c1", staging=str(self.staging), retry_without_autofocus=retry)
        self.driver.capture(command, cancelled)
        return self.outbox.of(Captured)[-1]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.mark.parametrize(
    "choices", [("None", "Press Full MF", "Release"), ("None", "Immediate", "Release Full", "Press Full")]
)
def test_a_canon_fires_without_focus_by_its_button(bench: Bench, choices: tuple[str, ...]) -> None:
    bench.canon_button(*choices)
    bench.camera.shots.append(NO_FOCUS)
    captured = bench.capture(retry=True)
    assert (captured.attempts, captured.forced) == (2, True)
    assert "without autofocus" in (captured.warning or "")
    assert [staged.name for staged in bench.outbox.of(Staged)] == ["FORCED.JPG"]
    pressed = [value for name, value in bench.camera.written if name == "eosremoterelease"]
    assert pressed == [choices[1], choices[2]]


def test_a_nikon_fires_with_its_autofocus_off_and_on_again(bench: Bench) -> None:
    bench.camera.settings["autofocus"] = Setting("autofocus", "On", ("On", "Off"))
    bench.camera.shots.append(NO_FOCUS)
    captured = bench.capture(retry=True)
    assert (captured.attempts, captured.forced) == (2, True)
    assert [value for name, value in bench.camera.written if name == "autofocus"] == ["Off", "On"]


def test_autofocus_is_on_again_after_a_forced_shot_that_failed(bench: Bench) -> None:
    bench.camera.settings["autofocus"] = Setting("autofocus", "On", ("On", "Off"))
    bench.camera.shots.extend([NO_FOCUS, CameraError("no", code=-1)])
    with pytest.raises(CaptureError):
        bench.capture(retry=True)
    assert bench.camera.settings["autofocus"].value == "On"


@pytest.mark.parametrize("retry", [True, False])
def test_without_the_wish_or_the_means_a_missing_focus_is_answered_at_once(bench: Bench, retry: bool) -> None:
    bench.camera.shots.append(NO_FOCUS)
    with pytest.raises(CaptureError) as failed:
        bench.capture(retry=retry)
    assert failed.value.kind is FailureKind.AUTOFOCUS_FAILED
    assert bench.camera.triggers == 1


def test_a_sharp_photo_is_taken_once(bench: Bench) -> None:
    bench.canon_button("None", "Press Full MF", "Release")
    captured = bench.capture(retry=True)
    assert (captured.attempts, captured.forced, captured.warning) == (1, False, None)


def test_waits_for_a_busy_camera_are_no_attempts(bench: Bench) -> None:
    bench.camera.shots.extend([BUSY, BUSY])
    assert bench.capture(retry=False).attempts == 1
    assert bench.camera.triggers == 3


def test_a_capture_that_is_given_up_while_the_camera_is_busy_is_never_exposed(bench: Bench) -> None:
    bench.camera.shots.extend([BUSY] * 3)
    with pytest.raises(CaptureError) as failed:
        bench.capture(retry=False, cancelled=lambda: bench.camera.triggers >= 2)
    assert failed.value.kind is FailureKind.CANCELLED
    assert bench.camera.triggers == 2
    assert bench.camera.shots, "the script was not played to its end"


def test_a_capture_that_is_given_up_before_its_turn_touches_nothing(bench: Bench) -> None:
    bench.camera.written.clear()
    with pytest.raises(CaptureError) as failed:
        bench.capture(retry=False, cancelled=lambda: True)
    assert failed.value.kind is FailureKind.CANCELLED
    assert (bench.camera.triggers, bench.camera.written) == (0, [])
