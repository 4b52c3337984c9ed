"""Which cameras are opened, in which order, and whose locks are respected; the cameras are invented, the locks real."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from tests.unit.drivers.gphoto2.scripted import KeptOutbox

from photonic.drivers.gphoto2.usb_opening import UsbOpening
from photonic.drivers.gphoto2.usb_port_lock import UsbPortLock
from photonic.drivers.gphoto2.usb_search import DetectedCamera
from photonic.errors import CameraError, FailureKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LEFT = DetectedCamera("EOS", "usb:001,004", "1-1")
RIGHT = DetectedCamera("EOS", "usb:001,005", "1-2")
NAMED = DetectedCamera("EOS", "usb:001,006", "1-3", "43")
SERIALS = {LEFT: "41", RIGHT: "42", NAMED: "43"}


class Process:
    """One camera process: what it opened and closed, and how it waited (in a clock of its own)."""

    def __init__(self, locks: Path) -> None:
        self.opened: list[DetectedCamera] = []
        self.closed = 0
        self.refused: dict[DetectedCamera, CameraError] = {}
        self.now = 0.0
        self.while_waiting: Callable[[], None] = lambda: None
        self.lock = partial(UsbPortLock, directory=locks, pause=self._pause, clock=lambda: self.now)
        self.opening = UsbOpening(
            KeptOutbox(), self._begin, lambda: SERIALS[self.opened[-1]], self._end, lock=self.lock
        )

    def _begin(self, camera: DetectedCamera) -> None:
        self.opened.append(camera)
        if camera in self.refused:
            raise self.refused[camera]

    def _serial(self) -> str:
        return SERIALS[self.opened[-1]]

    def _end(self) -> None:
        self.closed += 1

    def _pause(self, seconds: float) -> None:
        self.now += seconds
        self.while_waiting()


@pytest.fixture
def process(tmp_path: Path) -> Callable[[], Process]:
    return lambda: Process(tmp_path)


def test_no_camera_but_the_one_with_that_number_is_opened(process: Callable[[], Process]) -> None:
    ours = process()
    assert ours.opening.open((LEFT, RIGHT, NAMED), "043") is NAMED
    assert ours.opened == [NAMED]


def test_cameras_without_a_number_are_opened_until_one_is_the_right_one(process: Callable[[], Process]) -> None:
    ours = process()
    assert ours.opening.open((NAMED, LEFT, RIGHT), "42") is RIGHT
    assert (ours.opened, ours.closed) == ([LEFT, RIGHT], 1)


def test_what_another_process_has_learnt_is_not_opened_again_until_it_is_replugged(
    process: Callable[[], Process],
) -> None:
    first = process()
    first.opening.open((LEFT, RIGHT), "42")
    first.opening.release()
    second = process()
    assert second.opening.open((LEFT, RIGHT), "42") is RIGHT
    assert second.opened == [RIGHT]
    second.opening.release()
    replugged = DetectedCamera("EOS", "usb:001,009", "1-1")
    SERIALS[replugged] = "42"
    third = process()
    assert third.opening.open((replugged,), "42") is replugged


def test_a_camera_that_another_process_has_is_waited_for_last(process: Callable[[], Process]) -> None:
    other, ours = process(), process()
    other.opening.open((LEFT,), "")
    ours.while_waiting = other.opening.release
    assert ours.opening.open((LEFT, RIGHT), "41") is LEFT
    assert ours.opened == [RIGHT, LEFT]


def test_who_has_the_camera_is_named_when_the_wait_is_over(process: Callable[[], Process]) -> None:
    other, ours = process(), process()
    other.opening.open((LEFT,), "")
    with pytest.raises(CameraError, match=r"in USB port 1-1 is in use by .* \(process \d+\)") as refused:
        ours.opening.open((LEFT,), "41")
    assert refused.value.kind is FailureKind.BLOCKED
    assert ours.opened == []


def test_any_camera_is_one_that_nobody_has(process: Callable[[], Process]) -> None:
    other, ours = process(), process()
    other.opening.open((LEFT, RIGHT), "")
    assert ours.opening.open((LEFT, RIGHT), "") is RIGHT


def test_the_failure_of_the_right_camera_is_told_as_it_is(process: Callable[[], Process]) -> None:
    ours = process()
    ours.refused[NAMED] = CameraError("held", kind=FailureKind.BLOCKED, code=-53)
    with pytest.raises(CameraError) as refused:
        ours.opening.open((LEFT, NAMED), "43")
    assert refused.value is ours.refused[NAMED]
    # Its lock was released: the next process may try.
    assert process().opening.open((LEFT, NAMED), "43") is NAMED


def test_an_absent_camera_is_told_with_those_that_are_there(process: Callable[[], Process]) -> None:
    ours = process()
    with pytest.raises(CameraError, match="EOS in USB port 1-1 has serial number 41") as refused:
        ours.opening.open((LEFT, RIGHT), "44")
    assert refused.value.kind is FailureKind.CAMERA_ABSENT
    assert ours.closed == 2
