"""Stills that earlier releases owe, where the camera's clock does not tell: in the camera's RAM, and at the very first
captures with a camera."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.drivers.gphoto2.scripted_driver import DriverHarness

from photonic.drivers.gphoto2.camera import Details, ObjectAdded, Setting, ShotDone
from photonic.drivers.gphoto2.camera_clock import LONGEST_DELAY_SECONDS
from photonic.drivers.gphoto2.shot import SEVERAL_SECONDS
from photonic.errors import CaptureError
from photonic.worker.link.messages import Captured

from .scripted import JPEG

if TYPE_CHECKING:
    from pathlib import Path

    from photonic.drivers.gphoto2.camera import CameraEvent

CARD = "/store_00010001/DCIM/100CANON"


class ShotsHarness(DriverHarness):
    """A harness for shots that bring their photos late."""

    def __init__(self, staging: Path, target: str = "ram") -> None:
        super().__init__(staging)
        self.open(staging=str(staging), capture_target=target)
        self.numbers = iter(range(100))

    def photo(self, kind: str = "jpg") -> ObjectAdded:
        """The next photo from the camera's RAM, as the library names it."""
        return ObjectAdded("/", f"capt{next(self.numbers):04d}.{kind}")

    def take(self, capture_id: str, *script: CameraEvent) -> int:
        """Take a still with these reports after its release; returns how many stills earlier releases may owe."""
        self.camera.shots.append(list(script))
        self.capture(capture_id)
        return self.outbox.of(Captured)[-1].owed

    def take_none(self, capture_id: str) -> None:
        """Release for a photo that does not come in time."""
        self.camera.shots.append([])
        with pytest.raises(CaptureError):
            self.capture(capture_id)

    def named(self) -> list[str | None]:
        return [capture_id for capture_id, _name in self.staged()]


@pytest.fixture
def harness(tmp_path: Path) -> ShotsHarness:
    return ShotsHarness(tmp_path)


@pytest.mark.parametrize("late", [1, 2, 3])
def test_the_late_stills_of_earlier_captures_are_waited_for_together_with_the_own_one(
    harness: ShotsHarness, late: int
) -> None:
    for number in range(late):
        harness.take_none(f"late {number}")
    stills = [report for _ in range(late + 2) for report in (harness.photo(), ShotDone())]
    assert harness.take("guest", *stills) == late
    harness.settle()
    assert harness.named() == ["guest"] * (late + 1) + [None]
    assert harness.take("next", harness.photo()) == 0


def test_late_raw_and_jpeg_are_one_still(harness: ShotsHarness) -> None:
    harness.camera.settings["imageformat"] = Setting("imageformat", "RAW + Large Fine JPEG")
    harness.take_none("late")
    assert harness.take("guest", *(harness.photo(kind) for kind in ("cr3", "jpg", "cr3", "jpg"))) == 1
    assert harness.named() == ["guest"] * 4
    harness.take_none("late")
    harness.camera.events.append(harness.photo("cr3"))
    harness.settle()
    assert harness.take("guest", *(harness.photo(kind) for kind in ("jpg", "cr3", "jpg"))) == 1


def test_a_photo_that_never_comes_delays_one_capture_a_little(harness: ShotsHarness) -> None:
    harness.take_none("deaf")
    began = harness.time.now
    assert harness.take("guest", harness.photo(), ShotDone()) == 1
    assert SEVERAL_SECONDS < harness.time.now - began < SEVERAL_SECONDS + 1.0
    began = harness.time.now
    assert harness.take("next", harness.photo()) == 0
    assert harness.time.now - began < 1.0


def test_what_comes_between_two_captures_is_owed_no_more(harness: ShotsHarness) -> None:
    harness.take_none("late")
    harness.take_none("later")
    harness.camera.events.append(harness.photo())
    harness.settle()
    assert harness.take("guest", harness.photo()) == 1
    harness.take_none("late")
    harness.camera.events.append(harness.photo())
    assert harness.take("guest", harness.photo()) == 0


def test_nothing_is_owed_for_ever(harness: ShotsHarness) -> None:
    harness.take_none("late")
    harness.time.pause(LONGEST_DELAY_SECONDS)
    assert harness.take("guest", harness.photo()) == 0


def test_a_new_session_with_the_camera_owes_nothing(harness: ShotsHarness) -> None:
    harness.take_none("late")
    harness.open(staging=str(harness.staging), capture_target="ram")
    assert harness.take("guest", harness.photo()) == 0


@pytest.mark.parametrize("known", [True, False])
def test_on_a_card_the_cameras_clock_decides_once_it_is_known(tmp_path: Path, *, known: bool) -> None:
    harness = ShotsHarness(tmp_path, "card")

    def photo(name: str, ago: float = 0.0) -> ObjectAdded:
        harness.camera.card[f"{CARD}/{name}"] = Details(len(JPEG), int(harness.time.now - ago) + 7200)
        return ObjectAdded(CARD, name)

    if known:
        harness.take("first", photo("A.JPG"))
    harness.take_none("late")
    assert harness.take("guest", photo("B.JPG", 30.0), photo("C.JPG")) == (0 if known else 1)
    assert harness.staged()[-2:] == [(None if known else "guest", "B.JPG"), ("guest", "C.JPG")]
