"""Bulb exposures on a scripted camera: how long the button is pressed, what ends them, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from photonic.drivers.gphoto2.camera import ObjectAdded, Setting, SettingKind, ShotDone
from photonic.drivers.gphoto2.driver import GPhoto2Driver
from photonic.errors import CameraError, CaptureError, FailureKind
from photonic.model.capture_options import CaptureOptions
from photonic.model.exposure_end import ExposureEnd
from photonic.worker.link.messages import Capture, Captured, CaptureProgressed, Configure, Note, Staged

from .scripted import KeptOutbox, ScriptedCamera, VirtualTime

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BUSY = CameraError("the camera is busy", kind=FailureKind.CAMERA_BUSY, code=-110)


def never() -> bool:
    return False


class BulbHarness:
    """An EOS with its release button; ``down`` and ``up`` are the times at which it was pressed and released."""

    def __init__(self, staging: Path) -> None:
        self.staging = staging
        self.time = VirtualTime()
        self.camera = ScriptedCamera(self.time)
        self.outbox = KeptOutbox()
        self.down: list[float] = []
        self.up: list[float] = []
        self.driver = self.opened()

    def opened(self) -> GPhoto2Driver:
        """A driver, as in a process of its own, with the camera open."""
        driver = GPhoto2Driver(
            self.outbox, connect=lambda _outbox, _port: self.camera, clock=self.time, pause=self.time.pause
        )
        driver.open(Configure(request=1, address="auto", pending_restore=str(self.staging / "loan" / "borrowed.json")))
        return driver

    def with_button(self) -> BulbHarness:
        words = ("None", "Press Full MF", "Release Full")
        self.camera.settings["eosremoterelease"] = Setting("eosremoterelease", "None", words)
        self.camera.on_write["eosremoterelease"] = self._pressed
        return self

    def with_action(self) -> BulbHarness:
        self.camera.settings["bulb"] = Setting("bulb", "2", kind=SettingKind.TOGGLE)
        self.camera.on_write["bulb"] = self._pressed
        return self

    def _pressed(self, value: str | int) -> None:
        if value in {"Press Full MF", 1}:
            self.down.append(self.time.now)
        else:
            self.up.append(self.time.now)
            self.camera.events.extend([ObjectAdded("/card", "STARS.JPG"), ShotDone()])

    def refuse_release(self, times: int) -> None:
        """The button's release is refused a number of times; ``refused`` counts them."""
        self.refused, pressed = 0, self._pressed

        def press(value: str | int) -> None:
            if value == "Release Full" and self.refused < times:
                self.refused += 1
                raise REFUSED
            pressed(value)

        self.camera.on_write["eosremoterelease"] = press

    def capture(self, seconds: float, cancelled: Callable[[], bool] = never) -> Captured:
        command = Capture(
            request=2, capture_id="c1", staging=str(self.staging), options=CaptureOptions(bulb_seconds=seconds)
        )
        self.driver.capture(command, cancelled)
        return self.outbox.of(Captured)[-1]

    @property
    def shutter(self) -> str:
        return self.camera.settings["shutterspeed"].value


@pytest.fixture
def harness(tmp_path: Path) -> BulbHarness:
    return BulbHarness(tmp_path)


@pytest.mark.parametrize("means", [BulbHarness.with_button, BulbHarness.with_action])
def test_the_button_is_down_for_as_long_as_was_asked(
    harness: BulbHarness, means: Callable[[BulbHarness], BulbHarness]
) -> None:
    means(harness)
    captured = harness.capture(600.0)
    assert harness.up[0] - harness.down[0] == pytest.approx(600.0, abs=0.001)
    assert (captured.shutter_speed, captured.warning) == ("600.0", None)
    assert [staged.name for staged in harness.outbox.of(Staged)] == ["STARS.JPG"]
    assert ("shutterspeed", "bulb") in harness.camera.written
    assert harness.shutter == "1/125"


def test_the_countdown_is_told_and_the_deadline_follows_the_exposure(harness: BulbHarness) -> None:
    harness.with_button().capture(600.0)
    reported = harness.outbox.of(CaptureProgressed)
    exposing = [progress for progress in reported if progress.phase == "exposing"]
    assert [progress.exposure_seconds for progress in exposing] == [None, 600.0, None]
    assert exposing[1].remaining_seconds > 1200.0, "as long again for the dark frame"
    assert 600.0 < exposing[2].remaining_seconds < 700.0
    assert [progress.exposed_from for progress in exposing] == [None, None, ExposureEnd.BUTTON]


def test_ending_it_early_keeps_the_photo_and_shortens_the_deadline(harness: BulbHarness) -> None:
    harness.with_button()
    captured = harness.capture(600.0, lambda: bool(harness.down) and harness.time.now >= harness.down[0] + 42)
    assert 42 <= harness.up[0] - harness.down[0] < 42.2
    assert "of 600 s" in (captured.warning or "")
    assert harness.outbox.of(Staged)
    assert harness.outbox.of(CaptureProgressed)[-2].remaining_seconds < 100


def test_a_camera_that_closes_its_shutter_by_itself_has_its_photo_taken(harness: BulbHarness) -> None:
    harness.with_button()
    heard: list[float] = []

    def waited(seconds: float) -> None:
        if harness.down and not heard and harness.time.now >= harness.down[0] + 30:
            heard.append(harness.time.now)
            harness.camera.events.append(ObjectAdded("/card", "EARLY.JPG"))

    harness.camera.waited = waited
    captured = harness.capture(600.0)
    assert [staged.name for staged in harness.outbox.of(Staged)] == ["EARLY.JPG"]
    assert "ended after 30" in (captured.warning or "")


def test_a_busy_camera_is_asked_again_and_the_button_is_let_go_of_after_a_refusal(harness: BulbHarness) -> None:
    harness.with_button()
    refusals = [BUSY, BUSY]
    pressed = harness._pressed

    def press(value: str | int) -> None:
        if value == "Press Full MF" and refusals:
            raise refusals.pop()
        pressed(value)

    harness.camera.on_write["eosremoterelease"] = press
    harness.capture(2.0)
    assert harness.up[-1] - harness.down[0] == pytest.approx(2.0, abs=0.001)
    assert len(harness.up) == 3, "after each refusal, and at the end"


def test_given_up_before_the_exposure_it_is_never_exposed(harness: BulbHarness) -> None:
    harness.with_button()
    with pytest.raises(CaptureError) as failed:
        harness.capture(600.0, lambda: True)
    assert failed.value.kind is FailureKind.CANCELLED
    assert harness.down == []


def test_a_connection_that_breaks_while_the_shutter_is_open_is_the_cameras_fault(harness: BulbHarness) -> None:
    harness.with_button()
    lost = CameraError("the connection is lost", code=-7)
    harness.camera.on_write["eosremoterelease"] = lambda _value: harness.camera.events.append(lost)
    with pytest.raises(CameraError, match="lost"):
        harness.capture(600.0)


def test_a_body_without_bulb_says_so_and_nothing_is_set(harness: BulbHarness) -> None:
    with pytest.raises(CaptureError) as failed:
        harness.capture(30.0)
    assert failed.value.kind is FailureKind.NOT_SUPPORTED
    assert harness.down == []
    assert harness.shutter == "1/125"


def test_in_a_mode_without_bulb_the_dial_is_named(harness: BulbHarness) -> None:
    harness.with_button()
    harness.camera.settings["autoexposuremode"] = replace(harness.camera.settings["autoexposuremode"], value="AV")
    with pytest.raises(CaptureError, match="mode dial to M or B") as failed:
        harness.capture(30.0)
    assert failed.value.kind is FailureKind.BAD_INPUT
    assert harness.down == []


def test_a_photo_that_an_earlier_capture_owes_does_not_end_the_exposure(harness: BulbHarness) -> None:
    harness.with_button()
    harness.camera.shots.append([])
    with pytest.raises(CaptureError):
        harness.driver.capture(Capture(request=1, capture_id="c0", staging=str(harness.staging)), never)

    def waited(seconds: float) -> None:
        if harness.down and not harness.camera.events and not harness.outbox.of(Staged):
            harness.camera.events.append(ObjectAdded("/card", "LATE.JPG"))

    harness.camera.waited = waited
    assert harness.capture(30.0).warning is None
    staged = [(staged.capture_id, staged.name) for staged in harness.outbox.of(Staged)]
    assert staged == [(None, "LATE.JPG"), ("c1", "STARS.JPG")]


def test_a_dial_at_b_needs_no_shutter_time(harness: BulbHarness) -> None:
    harness.with_button()
    harness.camera.settings["autoexposuremode"] = replace(harness.camera.settings["autoexposuremode"], value="Bulb")
    harness.capture(30.0)
    assert "shutterspeed" not in dict(harness.camera.written)


IO = CameraError("the connection broke", code=-7)
REFUSED = CameraError("no reason given", code=-1)


@pytest.mark.parametrize("means", [BulbHarness.with_button, BulbHarness.with_action])
@pytest.mark.parametrize("error", [IO, CaptureError("full", kind=FailureKind.HOST_STORAGE_FULL), OSError(), KeyError()])
def test_whatever_comes_while_the_button_is_held_it_is_let_go(
    harness: BulbHarness, means: Callable[[BulbHarness], BulbHarness], error: Exception
) -> None:
    means(harness)

    def wait(seconds: float) -> None:
        if harness.down and not harness.up:
            raise error

    harness.camera.waited = wait
    with pytest.raises(type(error)):
        harness.capture(600.0)
    assert len(harness.up) == 1


def test_a_release_that_is_refused_is_asked_for_again(harness: BulbHarness) -> None:
    harness.with_button()
    harness.refuse_release(2)
    captured = harness.capture(2.0)
    assert harness.up[0] - harness.down[0] == pytest.approx(2.0, abs=1.0)
    assert captured.warning is None
    assert [staged.name for staged in harness.outbox.of(Staged)] == ["STARS.JPG"]


def test_a_button_that_stays_down_is_let_go_when_the_camera_takes_it(harness: BulbHarness) -> None:
    harness.with_button()
    harness.refuse_release(90)
    with pytest.raises(CaptureError):
        harness.capture(2.0)
    until = harness.time.now + 60
    while not harness.up and harness.time.now < until:
        harness.driver.settle()
        harness.time.pause(0.5)
    assert len(harness.up) == 1


def test_a_button_that_is_never_taken_is_told_of_and_not_asked_for_ever(harness: BulbHarness) -> None:
    harness.with_button()
    harness.refuse_release(10**6)
    with pytest.raises(CaptureError):
        harness.capture(2.0)
    for _half_second in range(400):
        harness.driver.settle()
        harness.time.pause(0.5)
    asked = harness.refused
    harness.driver.settle()
    assert harness.refused == asked
    assert [note.text for note in harness.outbox.of(Note) if note.level == "error" and "shutter button" in note.text]


@pytest.mark.parametrize("means", [BulbHarness.with_button, BulbHarness.with_action])
def test_the_next_process_lets_go_of_a_button_first_of_all(
    harness: BulbHarness, means: Callable[[BulbHarness], BulbHarness]
) -> None:
    means(harness)

    class Killed(BaseException):
        pass

    def wait(seconds: float) -> None:
        if harness.down:
            harness.camera.connected = False  # nothing reaches it any more: as if the process were gone
            raise Killed

    harness.camera.waited = wait
    with pytest.raises(Killed):
        harness.capture(600.0)
    assert harness.up == []
    harness.camera.waited = lambda seconds: None
    harness.camera.connected = True
    harness.camera.written.clear()
    harness.opened()
    let_go = next(
        at for at, (name, _value) in enumerate(harness.camera.written) if name in {"eosremoterelease", "bulb"}
    )
    assert harness.camera.written[let_go][1] in {"Release Full", 0}
    # Each command of an EOS's shutter button also sets its capture target, unless the camera already has it.
    target = [("capturetarget", "Memory card")] if means is BulbHarness.with_button else []
    assert harness.camera.written[:let_go] == target
    harness.camera.written.clear()
    harness.opened()
    assert not [name for name, _value in harness.camera.written if name in {"eosremoterelease", "bulb"}], "once"


def test_a_process_that_is_killed_in_a_release_leaves_the_button_on_record(harness: BulbHarness) -> None:
    harness.with_button()

    class Killed(BaseException):
        pass

    def die(limit_seconds: float) -> None:
        raise Killed

    harness.camera.trigger = die
    with pytest.raises(Killed):
        harness.driver.capture(Capture(request=2, capture_id="c1", staging=str(harness.staging)), never)
    harness.camera.written.clear()
    harness.opened()
    assert harness.camera.written[1] == ("eosremoterelease", "Release Full")


def test_a_button_is_let_go_when_the_camera_is_left(harness: BulbHarness) -> None:
    harness.with_button()
    harness.refuse_release(10**6)
    with pytest.raises(CaptureError):
        harness.capture(2.0)
    harness.refuse_release(0)
    harness.driver.close()
    assert len(harness.up) == 1
