"""Whose photo it is, on the real libgphoto2: late twins and presses, two cards, several stills with one release."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.contract.driver.harness import JPEG, RAW_AND_JPEG, run
from tests.support.usb_bus import camera_on

from photonic.simulator import pixels
from photonic.worker.link.card_messages import Unaccounted
from photonic.worker.link.messages import Facts, Staged

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet
    from tests.contract.driver.harness import DriverHarness

    from photonic.simulator.control import ControlClient

Told = list[tuple[str | None, str]]


def _staged(harness: DriverHarness) -> Told:
    return [(one.capture_id, one.name) for one in harness.log.of(Staged)]


def _press_before_the_late_twin(harness: DriverHarness, control: ControlClient) -> Told:
    harness.open()
    harness.use_format(RAW_AND_JPEG)
    harness.capture("guest")
    control.press()
    harness.idle_until(lambda: len(harness.log.of(Staged)) == 4)
    return _staged(harness)


@pytest.mark.long
def test_a_press_of_the_button_before_a_late_twin_is_nobodys_capture(transport: str, tmp_path: Path) -> None:
    with camera_on(transport, "--speed", "5", "--fault", "late_twin:capture=1,amount=14,times=1") as camera:
        staged = run(partial(_press_before_the_late_twin, control=camera.control), camera.address, tmp_path)
    assert sorted(staged, key=str) == [
        ("guest", "IMG_0001.CR2"),
        ("guest", "IMG_0001.JPG"),
        (None, "IMG_0002.CR2"),
        (None, "IMG_0002.JPG"),
    ]


def _looks(harness: DriverHarness) -> int:
    return sum(call == "get_storageinfo" for call, _limit, _took in harness.log.calls)


def _captures(harness: DriverHarness, image_format: str | None, drive: str | None) -> tuple[Told, int]:
    harness.open()
    session = harness.driver._session
    assert session is not None
    if image_format is not None:
        harness.use_format(image_format)
    if drive is not None:
        session._configuration.write(*drive.split("="))
    for capture_id in ("c1", "c2"):
        harness.capture(capture_id)
    # Until the card's account was drawn twice; nothing is asked before the first frame.
    harness.driver.start_preview()
    harness.frames(1)
    harness.idle_until(lambda: bool(harness.log.of(Facts)))
    looks = _looks(harness)
    session._telemetry.after_capture()
    harness.idle_until(lambda: _looks(harness) > looks)
    return _staged(harness), len(harness.log.of(Unaccounted))


@pytest.mark.parametrize("body", ["canon", pytest.param("nikon", marks=pytest.mark.long)])
@pytest.mark.parametrize("silent", [pytest.param(False, marks=pytest.mark.long), True])
def test_a_copy_on_the_second_card_is_one_photo_and_accounted_for(
    transport: str, tmp_path: Path, body: str, *, silent: bool
) -> None:
    faults = ("--fault", "second_card_silent") if silent else ()
    with camera_on(transport, "--speed", "5", "--body", body, "--second-card", "backup", *faults) as camera:
        staged, unaccounted = run(partial(_captures, image_format=None, drive=None), camera.address, tmp_path)
        assert {entry["storage"] for entry in camera.journal("added")} == {0x20001, 0x30001}
    assert [capture for capture, _name in staged] == ["c1", "c2"]
    assert unaccounted == 0


@pytest.mark.long
def test_raw_on_one_card_and_jpeg_on_the_other_are_one_still(transport: str, tmp_path: Path) -> None:
    with camera_on(transport, "--speed", "5", "--second-card", "split") as camera:
        staged, unaccounted = run(partial(_captures, image_format=RAW_AND_JPEG, drive=None), camera.address, tmp_path)
    assert staged == [(f"c{number}", f"IMG_000{number}.{kind}") for number in (1, 2) for kind in ("CR2", "JPG")]
    assert unaccounted == 0


def _long(*values: object) -> ParameterSet:
    return pytest.param(*values, marks=pytest.mark.long)


@pytest.mark.parametrize(
    ("options", "drive", "image_format", "frames"),
    [
        _long((), "drivemode=Continuous", JPEG, 4),
        (("--continuous-frames", "3"), "drivemode=Continuous", RAW_AND_JPEG, 3),
        _long(("--bracket-frames", "3"), "drivemode=Timer 2 sec", JPEG, 3),
        _long(("--bracket-frames", "3"), "drivemode=Single", JPEG, 1),
        _long(("--fault", "shuffled_events"), "drivemode=Continuous", JPEG, 4),
        _long(("--body", "nikon"), "capturemode=Burst", None, 4),
    ],
)
def test_every_still_of_a_release_is_its_captures(
    transport: str, tmp_path: Path, options: tuple[str, ...], drive: str, image_format: str | None, frames: int
) -> None:
    with camera_on(transport, "--speed", "5", *options) as camera:
        staged, unaccounted = run(partial(_captures, image_format=image_format, drive=drive), camera.address, tmp_path)
        exposed = [entry["files"] for entry in camera.journal("exposed")]
    each = frames * (2 if image_format == RAW_AND_JPEG else 1)
    assert len(exposed) == 2 * frames
    assert [capture for capture, _name in staged] == ["c1"] * each + ["c2"] * each
    assert sorted(name for _capture, name in staged) == sorted(name for files in exposed for name in files)
    assert unaccounted == 0


PRESSED_BEFORE_SECONDS = 8.0
LATE_SECONDS = 11.0


def _late_word_of_the_button(harness: DriverHarness, control: ControlClient) -> list[tuple[str | None, int]]:
    harness.open()
    harness.capture("first")
    control.fault("late_events", amount=LATE_SECONDS, times=1)
    control.press()
    pressed_at = time.monotonic()
    # So that the camera's whole seconds cannot hide which came first. The exposure lasts until after the late word.
    harness.idle_until(lambda: time.monotonic() - pressed_at > PRESSED_BEFORE_SECONDS)
    session = harness.driver._session
    assert session is not None
    session._configuration.write("shutterspeed", "30")
    harness.capture("guest")
    harness.idle_until(lambda: len(harness.log.of(Staged)) == 3)
    return [(one.capture_id, pixels.read(Path(one.path).read_bytes()).counter) for one in harness.log.of(Staged)]


@pytest.mark.long
def test_a_photo_of_before_that_is_told_of_after_the_release_is_not_the_captures(
    transport: str, tmp_path: Path
) -> None:
    with camera_on(transport, "--speed", "5") as camera:
        staged = run(partial(_late_word_of_the_button, control=camera.control), camera.address, tmp_path)
    assert sorted(staged, key=str) == [("first", 1), ("guest", 3), (None, 2)]
