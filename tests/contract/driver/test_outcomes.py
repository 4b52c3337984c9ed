"""How shots end on the real libgphoto2: no focus, forced, given up; and a press of the body's button in the trigger."""

from __future__ import annotations

from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest
from tests.contract.driver.harness import RAW_AND_JPEG, run
from tests.support.usb_bus import camera_on

from photonic.drivers.gphoto2.progress import SECOND_OBJECT_SECONDS
from photonic.errors import CaptureError
from photonic.model.capture_options import CaptureOptions
from photonic.worker.link.card_messages import Unaccounted
from photonic.worker.link.messages import Capture, Captured, Staged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.contract.driver.harness import DriverHarness
    from tests.support.simulated import SimulatedCamera


@pytest.fixture(scope="module")
def shared(transport: str) -> Iterator[SimulatedCamera]:
    with camera_on(transport, "--speed", "8") as running:
        yield running


@pytest.fixture
def camera(shared: SimulatedCamera) -> Iterator[SimulatedCamera]:
    yield shared
    shared.control.clear()


def _exposures(camera: SimulatedCamera) -> list[dict[str, Any]]:
    return camera.journal("exposed")


def _shot(harness: DriverHarness, *, retry: bool = False, cancelled: bool = False) -> tuple[str, list[Captured], int]:
    """How the shot ended, what was told of it, and live view's frames afterwards."""
    harness.open()
    harness.driver.start_preview()
    harness.frames(2)
    command = Capture(
        request=2, capture_id="c1", staging=str(harness.staging), options=CaptureOptions(retry_without_autofocus=retry)
    )
    try:
        harness.driver.capture(command, lambda: cancelled)
        ending = "saved"
    except CaptureError as error:
        ending = error.kind.value
    frames = len(harness.frames(3))
    harness.driver.close()
    assert harness.log.overdue() == []
    return ending, harness.log.of(Captured), frames


def test_a_lens_without_focus_fails_the_shot_and_live_view_goes_on(camera: SimulatedCamera, tmp_path: Path) -> None:
    camera.control.fault("autofocus_failure")
    before = len(_exposures(camera))
    assert run(_shot, camera.address, tmp_path) == ("autofocus_failed", [], 3)
    assert len(_exposures(camera)) == before


def test_a_shot_is_forced_without_focus_where_that_is_wanted(camera: SimulatedCamera, tmp_path: Path) -> None:
    camera.control.fault("autofocus_failure")
    before = len(_exposures(camera))
    ending, reported, frames = run(partial(_shot, retry=True), camera.address, tmp_path)
    assert (ending, frames) == ("saved", 3)
    assert [(captured.attempts, captured.forced) for captured in reported] == [(2, True)]
    assert "without autofocus" in (reported[0].warning or "")
    assert len(_exposures(camera)) == before + 1


def test_a_sharp_shot_is_not_forced(camera: SimulatedCamera, tmp_path: Path) -> None:
    _ending, reported, _frames = run(partial(_shot, retry=True), camera.address, tmp_path)
    assert [(captured.attempts, captured.forced, captured.warning) for captured in reported] == [(1, False, None)]


def test_slow_autofocus_is_waited_for(camera: SimulatedCamera, tmp_path: Path) -> None:
    camera.control.fault("slow_autofocus", amount=1.5)
    ending, _reported, frames = run(_shot, camera.address, tmp_path)
    assert (ending, frames) == ("saved", 3)


def test_a_shot_that_is_given_up_is_never_exposed(camera: SimulatedCamera, tmp_path: Path) -> None:
    before = len(_exposures(camera))
    assert run(partial(_shot, cancelled=True), camera.address, tmp_path) == ("cancelled", [], 3)
    assert len(_exposures(camera)) == before


def _pressed_meanwhile(harness: DriverHarness) -> tuple[list[Staged], list[Unaccounted]]:
    harness.open()
    harness.capture("c1")
    harness.capture("c2")
    harness.idle_until(lambda: bool(harness.log.of(Unaccounted)))
    harness.driver.close()
    return harness.log.of(Staged), harness.log.of(Unaccounted)


def test_a_press_of_the_button_that_falls_into_the_trigger_is_found_by_the_cards_account(
    camera: SimulatedCamera, tmp_path: Path
) -> None:
    camera.control.fault("button", start="capture", number=2)
    before = len(_exposures(camera))
    staged, unaccounted = run(_pressed_meanwhile, camera.address, tmp_path)
    assert [shot["source"] for shot in _exposures(camera)[before:]].count("button") == 1
    # The library threw the event away: two photos were told of, and one is missing from the account.
    assert (len(staged), [one.shots for one in unaccounted]) == (2, [1])


def _raw_and_jpeg(harness: DriverHarness) -> tuple[list[Staged], list[Captured]]:
    harness.open()
    harness.use_format(RAW_AND_JPEG)
    harness.capture("c1")
    harness.idle_until(lambda: len(harness.log.of(Staged)) == 2)
    harness.driver.close()
    return harness.log.of(Staged), harness.log.of(Captured)


@pytest.mark.long
def test_a_twin_that_comes_after_its_capture_is_told_with_that_captures_id(
    camera: SimulatedCamera, tmp_path: Path
) -> None:
    camera.control.fault("late_twin", amount=SECOND_OBJECT_SECONDS + 1.5, times=1)
    staged, captured = run(_raw_and_jpeg, camera.address, tmp_path)
    assert [one.capture_id for one in staged] == ["c1", "c1"]
    assert len({PurePosixPath(one.name).stem for one in staged}) == 1
    assert len({PurePosixPath(one.name).suffix for one in staged}) == 2
    assert "1 of 2 files arrived" in (captured[0].warning or "")
