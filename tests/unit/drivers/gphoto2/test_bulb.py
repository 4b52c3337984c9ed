"""Bulb exposures on a scripted camera: how long the button is down, what ends them, what cannot be."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from photonic.drivers.gphoto2.camera import ObjectAdded, Setting, SettingKind, ShotDone
from photonic.drivers.gphoto2.driver import GPhoto2Driver
from photonic.errors import CameraError, CaptureError, FailureKind
from photonic.worker.messages import Capture, Captured, CaptureProgress, Configure, Staged

from .scripted import KeptOutbox, ScriptedCamera, VirtualTime

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BUSY = CameraError("the camera is busy", kind=FailureKind.CAMERA_BUSY, code=-110)


def never() -> bool:
    return False


class Bench:
    """An EOS with its release button; ``down`` and ``up`` are the times at which it was pressed and let go."""

    def __init__(self, staging: Path) -> None:
        self.staging = staging
        self.time = VirtualTime()
        self.camera = ScriptedCamera(self.time)
        self.outbox = KeptOutbox()
        self.driver = GPhoto2Driver(
            self.outbox, connect=lambda _outbox, _port: self.camera, clock=self.time, pause=self.time.pause
        )
        self.driver.open(Configure(request=1, address="auto"))
        self.down: list[float] = []
        self.up: list[float] = []

    def with_button(self) -> Bench:
        words = ("None", "Press Full MF", "Release Full")
        self.camera.settings["eosremoterelease"] = Setting("eosremoterelease", "None", words)
        self.camera.on_write["eosremoterelease"] = self._pressed
        return self

    def with_action(self) -> Bench:
        self.camera.settings["bulb"] = Setting("bulb", "2", kind=SettingKind.TOGGLE)
        self.camera.on_write["bulb"] = self._pressed
        return self

    def _pressed(self, value: str | int) -> None:
        if value in {"Press Full MF", 1}:
            self.down.append(self.time.now)
        else:
            self.up.append(self.time.now)
            self.camera.events.extend([ObjectAdded("/card", "STARS.JPG"), ShotDone()])

    def capture(self, seconds: float, cancelled: Callable[[], bool] = never) -> Captured:
        command = Capture(request=2, capture_id="c1", staging=str(self.staging), bulb_seconds=seconds)
        self.driver.capture(command, cancelled)
        return self.outbox.of(Captured)[-1]

    @property
    def shutter(self) -> str:
        return self.camera.settings["shutterspeed"].value


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.mark.parametrize("means", [Bench.with_button, Bench.with_action])
def test_the_button_is_down_for_as_long_as_was_asked(bench: Bench, means: Callable[[Bench], Bench]) -> None:
    means(bench)
    captured = bench.capture(600.0)
    assert bench.up[0] - bench.down[0] == pytest.approx(600.0, abs=0.001)
    assert (captured.shutter_speed, captured.warning) == ("600.0", None)
    assert [staged.name for staged in bench.outbox.of(Staged)] == ["STARS.JPG"]
    assert ("shutterspeed", "bulb") in bench.camera.written
    assert bench.shutter == "1/125"


def test_the_countdown_is_told_and_the_deadline_follows_the_exposure(bench: Bench) -> None:
    bench.with_button().capture(600.0)
    told = bench.outbox.of(CaptureProgress)
    exposing = [progress for progress in told if progress.phase == "exposing"]
    assert [progress.exposure_seconds for progress in exposing] == [None, 600.0, None]
    assert exposing[1].remaining_seconds > 1200.0, "as long again for the dark frame"
    assert 600.0 < exposing[2].remaining_seconds < 700.0


def test_ending_it_early_keeps_the_photo_and_shortens_the_deadline(bench: Bench) -> None:
    bench.with_button()
    captured = bench.capture(600.0, lambda: bool(bench.down) and bench.time.now >= bench.down[0] + 42)
    assert 42 <= bench.up[0] - bench.down[0] < 42.2
    assert "of 600 s" in (captured.warning or "")
    assert bench.outbox.of(Staged)
    assert bench.outbox.of(CaptureProgress)[-2].remaining_seconds < 100


def test_a_camera_that_closes_its_shutter_by_itself_has_its_photo_taken(bench: Bench) -> None:
    bench.with_button()
    heard: list[float] = []

    def waited(seconds: float) -> None:
        if bench.down and not heard and bench.time.now >= bench.down[0] + 30:
            heard.append(bench.time.now)
            bench.camera.events.append(ObjectAdded("/card", "EARLY.JPG"))

    bench.camera.waited = waited
    captured = bench.capture(600.0)
    assert [staged.name for staged in bench.outbox.of(Staged)] == ["EARLY.JPG"]
    assert "ended after 30" in (captured.warning or "")


def test_a_busy_camera_is_asked_again_and_the_button_is_let_go_of_after_a_refusal(bench: Bench) -> None:
    bench.with_button()
    refusals = [BUSY, BUSY]
    pressed = bench._pressed

    def press(value: str | int) -> None:
        if value == "Press Full MF" and refusals:
            raise refusals.pop()
        pressed(value)

    bench.camera.on_write["eosremoterelease"] = press
    bench.capture(2.0)
    assert bench.up[-1] - bench.down[0] == pytest.approx(2.0, abs=0.001)
    assert len(bench.up) == 3, "after each refusal, and at the end"


def test_given_up_before_the_exposure_it_is_never_exposed(bench: Bench) -> None:
    bench.with_button()
    with pytest.raises(CaptureError) as failed:
        bench.capture(600.0, lambda: True)
    assert failed.value.kind is FailureKind.CANCELLED
    assert bench.down == []


def test_a_connection_that_breaks_while_the_shutter_is_open_is_the_cameras_fault(bench: Bench) -> None:
    bench.with_button()
    lost = CameraError("the connection is lost", code=-7)
    bench.camera.on_write["eosremoterelease"] = lambda _value: bench.camera.events.append(lost)
    with pytest.raises(CameraError, match="lost"):
        bench.capture(600.0)


def test_a_body_without_bulb_says_so_and_nothing_is_set(bench: Bench) -> None:
    with pytest.raises(CaptureError) as failed:
        bench.capture(30.0)
    assert failed.value.kind is FailureKind.NOT_SUPPORTED
    assert bench.down == []
    assert bench.shutter == "1/125"


def test_in_a_mode_without_bulb_the_dial_is_named(bench: Bench) -> None:
    bench.with_button()
    bench.camera.settings["autoexposuremode"] = replace(bench.camera.settings["autoexposuremode"], value="AV")
    with pytest.raises(CaptureError, match="mode dial to M or B") as failed:
        bench.capture(30.0)
    assert failed.value.kind is FailureKind.BAD_INPUT
    assert bench.down == []


def test_a_dial_at_b_needs_no_shutter_time(bench: Bench) -> None:
    bench.with_button()
    bench.camera.settings["autoexposuremode"] = replace(bench.camera.settings["autoexposuremode"], value="Bulb")
    bench.capture(30.0)
    assert "shutterspeed" not in dict(bench.camera.written)
