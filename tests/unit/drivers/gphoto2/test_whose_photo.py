"""Which capture a photo belongs to, on a scripted camera: determined by the file, never because one is still
missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.drivers.gphoto2.scripted_driver import DriverHarness

from photonic.drivers.gphoto2.camera import CameraEvent, Details, ObjectAdded, OtherEvent, Quiet, Setting, ShotDone
from photonic.drivers.gphoto2.card_audit import CLUSTER_BYTES
from photonic.errors import CameraError, CaptureError
from photonic.model.capture_options import ArrivedPhoto
from photonic.worker.link.card_messages import Unaccounted
from photonic.worker.link.messages import Captured, Staged

from .scripted import JPEG, ScriptedCamera

if TYPE_CHECKING:
    from pathlib import Path

CARD, SECOND = "/store_00010001/DCIM/100CANON", "/store_00020001/DCIM/100CANON"
RAW_AND_JPEG = Setting("imageformat", "RAW + Large Fine JPEG")
CAMERA_AHEAD = 7200
"""The camera's clock is this far ahead of the driver's, and does not have to be set."""


class TimedDriverHarness(DriverHarness):
    """A harness whose photos have times on the camera."""

    def __init__(self, staging: Path) -> None:
        super().__init__(staging)
        self.open(staging=str(staging))

    def photo(self, name: str, *, folder: str = CARD, ago: float = 0.0, size: int = len(JPEG)) -> ObjectAdded:
        """A photo that was taken a number of seconds ago."""
        self.camera.card[f"{folder}/{name}"] = Details(size, int(self.time.now - ago) + CAMERA_AHEAD)
        return ObjectAdded(folder, name)

    def shoots(self, *script: CameraEvent | CameraError) -> None:
        self.camera.shots.append(list(script))

    @property
    def warning(self) -> str | None:
        return self.outbox.of(Captured)[-1].warning


@pytest.fixture
def harness(tmp_path: Path) -> TimedDriverHarness:
    return TimedDriverHarness(tmp_path)


@pytest.mark.parametrize("press", [["B.CR3", "B.JPG"], ["B.JPG", "B.CR3"], ["B.JPG"], ["B.CR3"]])
@pytest.mark.parametrize("during", [True, False])
def test_a_press_of_the_button_before_a_late_twin_is_nobodys_capture(
    harness: TimedDriverHarness, press: list[str], *, during: bool
) -> None:
    harness.camera.settings["imageformat"] = RAW_AND_JPEG
    pressed = [harness.photo(name, ago=-3.0) for name in press]
    twin = harness.photo("A.JPG")
    harness.shoots(harness.photo("A.CR3"), *(pressed if during else []))
    harness.capture("guest")
    harness.camera.events.extend([*([] if during else pressed), twin])
    harness.settle()
    assert sorted(harness.staged(), key=str) == sorted(
        [("guest", "A.CR3"), ("guest", "A.JPG"), *((None, name) for name in press)], key=str
    )


def test_a_twin_has_to_be_of_the_same_moment(harness: TimedDriverHarness) -> None:
    harness.camera.settings["imageformat"] = RAW_AND_JPEG
    harness.shoots(harness.photo("IMG_0001.CR3"))
    harness.capture("guest")
    # The numbering has wrapped around, or another folder has begun.
    harness.camera.events.append(harness.photo("IMG_0001.JPG", ago=-400))
    harness.settle()
    assert harness.staged() == [("guest", "IMG_0001.CR3"), (None, "IMG_0001.JPG")]


def test_a_photo_of_before_that_is_told_of_after_the_release_is_not_the_captures(harness: TimedDriverHarness) -> None:
    harness.capture("first")
    harness.camera.events.append(harness.photo("B.JPG"))
    harness.settle()
    harness.shoots(harness.photo("C.JPG", ago=8.0), harness.photo("D.JPG"))
    harness.capture("guest")
    assert harness.staged()[1:] == [(None, "B.JPG"), (None, "C.JPG"), ("guest", "D.JPG")]


@pytest.mark.parametrize("set_back", [False, True])
def test_a_new_process_is_told_of_the_cameras_clock(harness: TimedDriverHarness, *, set_back: bool) -> None:
    """A photo of an earlier capture is reported only now, as the first one that this process sees."""
    earlier = ArrivedPhoto(int(harness.time.now) - 100 + CAMERA_AHEAD + (60 if set_back else 0), 100.0)
    harness.shoots(harness.photo("A.JPG", ago=30.0), harness.photo("B.JPG"))
    if set_back:  # one capture fails; the next one is not told again
        with pytest.raises(CaptureError, match="taken earlier"):
            harness.capture("first", earlier)
        harness.shoots(harness.photo("C.JPG"))
    harness.capture("guest", earlier)
    assert harness.staged() == [
        (None, "A.JPG"),
        *([(None, "B.JPG"), ("guest", "C.JPG")] if set_back else [("guest", "B.JPG")]),
    ]


def test_a_clock_that_was_set_back_on_the_body_costs_no_photo(harness: TimedDriverHarness) -> None:
    harness.shoots(harness.photo("A.JPG"))
    harness.capture("first")
    harness.shoots(harness.photo("B.JPG", ago=3600.0))
    harness.capture("second")
    harness.shoots(harness.photo("C.JPG", ago=3600.0))
    harness.capture("third")
    assert harness.staged() == [("first", "A.JPG"), ("second", "B.JPG"), ("third", "C.JPG")]


def test_a_capture_that_only_a_photo_of_before_came_for_fails_and_gets_its_own_no_more(
    harness: TimedDriverHarness,
) -> None:
    harness.shoots(harness.photo("A.JPG"))
    harness.capture("first")
    harness.shoots(harness.photo("B.JPG", ago=20.0))
    with pytest.raises(CaptureError, match=r"only B\.JPG"):
        harness.capture("guest")
    harness.camera.events.append(harness.photo("X.JPG"))
    harness.settle()
    assert harness.staged() == [("first", "A.JPG"), (None, "B.JPG"), (None, "X.JPG")]


@pytest.mark.parametrize("back_seconds", [5.0, 60.0, 300.0])
def test_a_clock_that_was_set_back_a_little_fails_one_capture_and_no_more(
    harness: TimedDriverHarness, back_seconds: float
) -> None:
    harness.shoots(harness.photo("A.JPG"))
    harness.capture("first")
    harness.shoots(harness.photo("B.JPG", ago=back_seconds))
    with pytest.raises(CaptureError, match="try again"):
        harness.capture("second")
    for name, capture_id in (("C.JPG", "third"), ("D.JPG", "fourth")):
        harness.shoots(harness.photo(name, ago=back_seconds))
        harness.capture(capture_id)
    assert harness.staged() == [("first", "A.JPG"), (None, "B.JPG"), ("third", "C.JPG"), ("fourth", "D.JPG")]


def test_a_body_that_shoots_by_itself_is_let_finish_before_the_release(harness: TimedDriverHarness) -> None:
    camera = harness.camera
    camera.events.append(OtherEvent("Camera Status 1"))
    reported = iter([Quiet(), Quiet(), harness.photo("B.JPG"), ShotDone()])

    def next_event(wait_seconds: float, transfer_seconds: float = 0.0) -> CameraEvent:
        if camera.events or camera.triggers:
            return ScriptedCamera.next_event(camera, wait_seconds, transfer_seconds)
        harness.time.pause(wait_seconds)
        return next(reported, Quiet())

    camera.next_event = next_event  # type: ignore[method-assign]
    harness.shoots(harness.photo("C.JPG"))
    harness.capture("guest")
    assert harness.staged() == [(None, "B.JPG"), ("guest", "C.JPG")]


def test_a_twin_that_could_not_be_fetched_is_the_captures_still(
    harness: TimedDriverHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.camera.settings["imageformat"] = RAW_AND_JPEG
    fetch = harness.camera.fetch

    def refused(*_: object) -> None:
        raise CameraError("refused", code=-1)

    twin = harness.photo("A.JPG")
    harness.shoots(harness.photo("A.CR3"))
    monkeypatch.setattr(harness.camera, "fetch", refused)
    with pytest.raises(CaptureError):
        harness.capture("guest")
    monkeypatch.setattr(harness.camera, "fetch", fetch)
    harness.camera.events.extend([harness.photo("B.JPG"), twin])
    harness.settle(20.0)
    assert sorted(harness.staged(), key=str) == [("guest", "A.CR3"), ("guest", "A.JPG"), (None, "B.JPG")]


def test_a_late_twin_that_never_comes_does_not_stop_the_cards_account(harness: TimedDriverHarness) -> None:
    harness.camera.settings["imageformat"] = RAW_AND_JPEG
    harness.camera.free_kilobytes = 1000 * 1024
    harness.settle(30.0)
    harness.shoots(harness.photo("A.CR3"))
    harness.capture("guest")
    harness.camera.free_kilobytes -= 8 * 1024
    for _ in range(8):
        harness.settle(20.0)
    assert harness.outbox.of(Unaccounted)


# The camera's RAM: the library names its photos itself.


def test_in_ram_only_another_kind_of_file_may_be_the_twin(harness: TimedDriverHarness) -> None:
    harness.camera.settings["imageformat"] = RAW_AND_JPEG
    first, stranger, twin = (
        ObjectAdded("/", f"capt000{number}.{kind}") for number, kind in enumerate(("cr3", "cr3", "jpg"))
    )
    harness.shoots(first, stranger, twin)
    harness.capture("guest")
    assert harness.staged() == [("guest", "capt0000.cr3"), (None, "capt0001.cr3"), ("guest", "capt0002.jpg")]


# Two cards.


class TwoCards(TimedDriverHarness):
    def __init__(self, staging: Path) -> None:
        super().__init__(staging)
        self.free = {"/store_00010001": 10**9, "/store_00020001": 10**9}
        self.camera.storages = self._storages  # type: ignore[method-assign]
        self.settle(30.0)

    def _storages(self) -> tuple[object, ...]:
        from photonic.drivers.gphoto2.camera import Storage  # noqa: PLC0415

        return tuple(Storage(folder, "CARD", 10**6, free // 1024) for folder, free in self.free.items())

    def written(self, size: int, *storages: str) -> None:
        for storage in storages:
            self.free[storage] -= -(-size // CLUSTER_BYTES) * CLUSTER_BYTES

    def looks(self) -> list[Unaccounted]:
        for _ in range(4):
            self.settle(25.0)
        return self.outbox.of(Unaccounted)


@pytest.fixture
def two(tmp_path: Path) -> TwoCards:
    return TwoCards(tmp_path)


@pytest.mark.parametrize("reported", [True, False])
def test_a_copy_on_the_second_card_is_one_photo_and_accounted_for(two: TwoCards, *, reported: bool) -> None:
    size = 5_000_000
    two.camera.contents["A.JPG"] = bytes(size)
    for name in ("A.JPG",):
        copy = [two.photo(name, folder=SECOND, size=size)] if reported else []
        two.shoots(two.photo(name, size=size), *copy, ShotDone())
    two.written(size, "/store_00010001", "/store_00020001")
    two.capture("guest")
    assert two.looks() == []
    assert two.staged() == [("guest", "A.JPG")]


def test_photos_of_one_name_that_differ_come_in_from_both_cards(two: TwoCards) -> None:
    two.shoots(two.photo("A.JPG"))
    two.capture("guest")
    two.camera.contents["A.JPG"] = JPEG + b"longer"
    two.camera.events.append(two.photo("A.JPG", folder=SECOND, size=len(JPEG) + 6))
    two.settle()
    assert two.staged() == [("guest", "A.JPG"), (None, "A.JPG")]


def test_raw_on_one_card_and_jpeg_on_the_other_are_one_still(two: TwoCards) -> None:
    two.camera.settings["imageformat"] = RAW_AND_JPEG
    two.shoots(two.photo("A.CR3"), two.photo("A.JPG", folder="/store_00020001/DCIM/103CANON"))
    two.capture("guest")
    assert two.staged() == [("guest", "A.CR3"), ("guest", "A.JPG")]
    assert two.warning is None


def test_what_only_the_second_card_has_without_a_word_is_found(two: TwoCards) -> None:
    size = 5_000_000
    two.camera.contents["A.JPG"] = bytes(size)
    two.shoots(two.photo("A.JPG", size=size), ShotDone())
    two.written(size, "/store_00010001")
    two.written(2 * size, "/store_00020001")
    two.capture("guest")
    assert two.looks() != []


# Several stills with one release.


def burst(harness: TimedDriverHarness, drive: str, *names: str) -> None:
    harness.camera.settings["drivemode"] = Setting("drivemode", drive)
    harness.shoots(*(harness.photo(name) for name in names), ShotDone(), harness.photo("PRESS.JPG"))
    harness.capture("guest")
    harness.settle()


@pytest.mark.parametrize("drive", ["Continuous", "Continuous high speed", "Burst", "Timer 10 sec"])
def test_all_stills_of_one_release_are_the_captures_and_the_next_press_is_not(
    harness: TimedDriverHarness, drive: str
) -> None:
    burst(harness, drive, "A.JPG", "B.JPG", "C.JPG", "D.JPG")
    assert harness.staged() == [("guest", f"{letter}.JPG") for letter in "ABCD"] + [(None, "PRESS.JPG")]


def test_a_burst_of_raw_and_jpeg_is_taken_whole(harness: TimedDriverHarness) -> None:
    harness.camera.settings["imageformat"] = RAW_AND_JPEG
    burst(harness, "Continuous", "A.CR3", "A.JPG", "B.CR3", "B.JPG")
    assert [capture for capture, _name in harness.staged()] == ["guest"] * 4 + [None]
    assert harness.warning is None


@pytest.mark.parametrize("drive", ["Single", "Single Shot", "Single silent"])
def test_a_single_drive_takes_one_still(harness: TimedDriverHarness, drive: str) -> None:
    burst(harness, drive, "A.JPG", "B.JPG")
    assert harness.staged() == [("guest", "A.JPG"), (None, "B.JPG"), (None, "PRESS.JPG")]


def test_what_is_told_after_the_end_is_the_releases_until_another_shot_begins(harness: TimedDriverHarness) -> None:
    harness.camera.settings["drivemode"] = Setting("drivemode", "Continuous")
    begins, end = OtherEvent("Camera Status 1"), ShotDone()
    late = [harness.photo("C.JPG"), begins, harness.photo("PRESS.JPG"), ShotDone()]
    harness.shoots(begins, harness.photo("A.JPG"), harness.photo("B.JPG"), end, *late)
    harness.capture("guest")
    harness.settle()
    assert harness.staged() == [*(("guest", f"{letter}.JPG") for letter in "ABC"), (None, "PRESS.JPG")]


def test_a_press_while_a_file_of_the_burst_is_still_missing_is_the_bodys(harness: TimedDriverHarness) -> None:
    """A guest was given all photos of a button that was pressed before the last file of its burst was there."""
    harness.camera.settings["drivemode"] = Setting("drivemode", "Continuous")
    harness.camera.settings["imageformat"] = RAW_AND_JPEG
    begins, end = OtherEvent("Camera Status 1"), ShotDone()
    burst = [begins, *map(harness.photo, ("A.CR3", "B.CR3", "B.JPG")), end]
    press = [begins, *map(harness.photo, ("C.CR3", "C.JPG")), end, *map(harness.photo, ("D.CR3", "D.JPG"))]
    harness.shoots(*burst, *press, harness.photo("A.JPG"))
    harness.capture("guest")
    harness.settle()
    whose = dict.fromkeys(("A.CR3", "B.CR3", "B.JPG", "A.JPG"), "guest")
    assert {name: capture for capture, name in harness.staged() if capture is not None} == whose
    assert len(harness.staged()) == 8


def test_a_camera_that_does_not_say_when_its_burst_is_over_is_not_waited_for_long(harness: TimedDriverHarness) -> None:
    harness.camera.settings["drivemode"] = Setting("drivemode", "Continuous")
    harness.shoots(harness.photo("A.JPG"), harness.photo("B.JPG"))
    began = harness.time.now
    harness.capture("guest")
    assert harness.time.now - began < 5.0
    assert [staged.capture_id for staged in harness.outbox.of(Staged)] == ["guest", "guest"]


def test_a_button_that_stays_down_keeps_no_capture_for_ever(harness: TimedDriverHarness) -> None:
    harness.camera.settings["drivemode"] = Setting("drivemode", "Continuous")
    numbers = iter(range(10**6))

    def next_event(wait_seconds: float, transfer_seconds: float = 0.0) -> CameraEvent:
        harness.time.pause(wait_seconds + 0.2)
        return harness.photo(f"IMG_{next(numbers):06d}.JPG") if harness.camera.triggers else Quiet()

    harness.camera.next_event = next_event  # type: ignore[method-assign]
    began = harness.time.now
    harness.capture("guest")
    assert harness.time.now - began < 180.0
