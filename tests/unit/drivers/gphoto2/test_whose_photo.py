"""Which capture a photo belongs to, on a scripted camera: determined by the file, never because one is still
missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.drivers.gphoto2.scripted_driver import DriverHarness

from photonic.drivers.gphoto2.camera import CameraEvent, Details, ObjectAdded, OtherEvent, Quiet, Setting, ShotDone
from photonic.drivers.gphoto2.card_audit import CLUSTER_BYTES
from photonic.errors import CameraError, CaptureError
from photonic.worker.link.card_messages import Unaccounted
from photonic.worker.link.messages import Captured, Staged

from .scripted import JPEG, ScriptedCamera

if TYPE_CHECKING:
    from pathlib import Path

CARD, SECOND = "/store_00010001/DCIM/100CANON", "/store_00020001/DCIM/100CANON"
RAW_AND_JPEG = Setting("imageformat", "RAW + Large Fine JPEG")
CAMERA_AHEAD = 7200
"""The camera's clock is this far ahead of the driver's, and does not have to be set."""


class Booth(DriverHarness):
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
def booth(tmp_path: Path) -> Booth:
    return Booth(tmp_path)


@pytest.mark.parametrize("press", [["B.CR3", "B.JPG"], ["B.JPG", "B.CR3"], ["B.JPG"], ["B.CR3"]])
@pytest.mark.parametrize("during", [True, False])
def test_a_press_of_the_button_before_a_late_twin_is_nobodys_capture(
    booth: Booth, press: list[str], *, during: bool
) -> None:
    booth.camera.settings["imageformat"] = RAW_AND_JPEG
    pressed = [booth.photo(name, ago=-3.0) for name in press]
    twin = booth.photo("A.JPG")
    booth.shoots(booth.photo("A.CR3"), *(pressed if during else []))
    booth.capture("guest")
    booth.camera.events.extend([*([] if during else pressed), twin])
    booth.settle()
    assert sorted(booth.staged(), key=str) == sorted(
        [("guest", "A.CR3"), ("guest", "A.JPG"), *((None, name) for name in press)], key=str
    )


def test_a_twin_has_to_be_of_the_same_moment(booth: Booth) -> None:
    booth.camera.settings["imageformat"] = RAW_AND_JPEG
    booth.shoots(booth.photo("IMG_0001.CR3"))
    booth.capture("guest")
    # The numbering has wrapped around, or another folder has begun.
    booth.camera.events.append(booth.photo("IMG_0001.JPG", ago=-400))
    booth.settle()
    assert booth.staged() == [("guest", "IMG_0001.CR3"), (None, "IMG_0001.JPG")]


def test_a_photo_of_before_that_is_told_of_after_the_release_is_not_the_captures(booth: Booth) -> None:
    booth.capture("first")
    booth.camera.events.append(booth.photo("B.JPG"))
    booth.settle()
    booth.shoots(booth.photo("C.JPG", ago=8.0), booth.photo("D.JPG"))
    booth.capture("guest")
    assert booth.staged()[1:] == [(None, "B.JPG"), (None, "C.JPG"), ("guest", "D.JPG")]


def test_a_clock_that_was_set_back_on_the_body_costs_no_photo(booth: Booth) -> None:
    booth.shoots(booth.photo("A.JPG"))
    booth.capture("first")
    booth.shoots(booth.photo("B.JPG", ago=3600.0))
    booth.capture("second")
    booth.shoots(booth.photo("C.JPG", ago=3600.0))
    booth.capture("third")
    assert booth.staged() == [("first", "A.JPG"), ("second", "B.JPG"), ("third", "C.JPG")]


def test_a_capture_that_only_a_photo_of_before_came_for_fails_and_gets_its_own_no_more(booth: Booth) -> None:
    booth.shoots(booth.photo("A.JPG"))
    booth.capture("first")
    booth.shoots(booth.photo("B.JPG", ago=20.0))
    with pytest.raises(CaptureError, match=r"only B\.JPG"):
        booth.capture("guest")
    booth.camera.events.append(booth.photo("X.JPG"))
    booth.settle()
    assert booth.staged() == [("first", "A.JPG"), (None, "B.JPG"), (None, "X.JPG")]


@pytest.mark.parametrize("back_seconds", [5.0, 60.0, 300.0])
def test_a_clock_that_was_set_back_a_little_fails_one_capture_and_no_more(booth: Booth, back_seconds: float) -> None:
    booth.shoots(booth.photo("A.JPG"))
    booth.capture("first")
    booth.shoots(booth.photo("B.JPG", ago=back_seconds))
    with pytest.raises(CaptureError, match="try again"):
        booth.capture("second")
    for name, capture_id in (("C.JPG", "third"), ("D.JPG", "fourth")):
        booth.shoots(booth.photo(name, ago=back_seconds))
        booth.capture(capture_id)
    assert booth.staged() == [("first", "A.JPG"), (None, "B.JPG"), ("third", "C.JPG"), ("fourth", "D.JPG")]


def test_a_body_that_shoots_by_itself_is_let_finish_before_the_release(booth: Booth) -> None:
    camera = booth.camera
    camera.events.append(OtherEvent("Camera Status 1"))
    reported = iter([Quiet(), Quiet(), booth.photo("B.JPG"), ShotDone()])

    def next_event(wait_seconds: float, transfer_seconds: float = 0.0) -> CameraEvent:
        if camera.events or camera.triggers:
            return ScriptedCamera.next_event(camera, wait_seconds, transfer_seconds)
        booth.time.pause(wait_seconds)
        return next(reported, Quiet())

    camera.next_event = next_event  # type: ignore[method-assign]
    booth.shoots(booth.photo("C.JPG"))
    booth.capture("guest")
    assert booth.staged() == [(None, "B.JPG"), ("guest", "C.JPG")]


def test_a_twin_that_could_not_be_fetched_is_the_captures_still(booth: Booth, monkeypatch: pytest.MonkeyPatch) -> None:
    booth.camera.settings["imageformat"] = RAW_AND_JPEG
    fetch = booth.camera.fetch

    def refused(*_: object) -> None:
        raise CameraError("refused", code=-1)

    twin = booth.photo("A.JPG")
    booth.shoots(booth.photo("A.CR3"))
    monkeypatch.setattr(booth.camera, "fetch", refused)
    with pytest.raises(CaptureError):
        booth.capture("guest")
    monkeypatch.setattr(booth.camera, "fetch", fetch)
    booth.camera.events.extend([booth.photo("B.JPG"), twin])
    booth.settle(20.0)
    assert sorted(booth.staged(), key=str) == [("guest", "A.CR3"), ("guest", "A.JPG"), (None, "B.JPG")]


def test_a_late_twin_that_never_comes_does_not_stop_the_cards_account(booth: Booth) -> None:
    booth.camera.settings["imageformat"] = RAW_AND_JPEG
    booth.camera.free_kilobytes = 1000 * 1024
    booth.settle(30.0)
    booth.shoots(booth.photo("A.CR3"))
    booth.capture("guest")
    booth.camera.free_kilobytes -= 8 * 1024
    for _ in range(8):
        booth.settle(20.0)
    assert booth.outbox.of(Unaccounted)


# The camera's RAM: the library names its photos itself.


def test_in_ram_only_another_kind_of_file_may_be_the_twin(booth: Booth) -> None:
    booth.camera.settings["imageformat"] = RAW_AND_JPEG
    first, stranger, twin = (
        ObjectAdded("/", f"capt000{number}.{kind}") for number, kind in enumerate(("cr3", "cr3", "jpg"))
    )
    booth.shoots(first, stranger, twin)
    booth.capture("guest")
    assert booth.staged() == [("guest", "capt0000.cr3"), (None, "capt0001.cr3"), ("guest", "capt0002.jpg")]


# Two cards.


class TwoCards(Booth):
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


def burst(booth: Booth, drive: str, *names: str) -> None:
    booth.camera.settings["drivemode"] = Setting("drivemode", drive)
    booth.shoots(*(booth.photo(name) for name in names), ShotDone(), booth.photo("PRESS.JPG"))
    booth.capture("guest")
    booth.settle()


@pytest.mark.parametrize("drive", ["Continuous", "Continuous high speed", "Burst", "Timer 10 sec"])
def test_all_stills_of_one_release_are_the_captures_and_the_next_press_is_not(booth: Booth, drive: str) -> None:
    burst(booth, drive, "A.JPG", "B.JPG", "C.JPG", "D.JPG")
    assert booth.staged() == [("guest", f"{letter}.JPG") for letter in "ABCD"] + [(None, "PRESS.JPG")]


def test_a_burst_of_raw_and_jpeg_is_taken_whole(booth: Booth) -> None:
    booth.camera.settings["imageformat"] = RAW_AND_JPEG
    burst(booth, "Continuous", "A.CR3", "A.JPG", "B.CR3", "B.JPG")
    assert [capture for capture, _name in booth.staged()] == ["guest"] * 4 + [None]
    assert booth.warning is None


@pytest.mark.parametrize("drive", ["Single", "Single Shot", "Single silent"])
def test_a_single_drive_takes_one_still(booth: Booth, drive: str) -> None:
    burst(booth, drive, "A.JPG", "B.JPG")
    assert booth.staged() == [("guest", "A.JPG"), (None, "B.JPG"), (None, "PRESS.JPG")]


def test_what_is_told_after_the_end_is_the_releases_until_another_shot_begins(booth: Booth) -> None:
    booth.camera.settings["drivemode"] = Setting("drivemode", "Continuous")
    begins, end = OtherEvent("Camera Status 1"), ShotDone()
    late = [booth.photo("C.JPG"), begins, booth.photo("PRESS.JPG"), ShotDone()]
    booth.shoots(begins, booth.photo("A.JPG"), booth.photo("B.JPG"), end, *late)
    booth.capture("guest")
    booth.settle()
    assert booth.staged() == [*(("guest", f"{letter}.JPG") for letter in "ABC"), (None, "PRESS.JPG")]


def test_a_camera_that_does_not_say_when_its_burst_is_over_is_not_waited_for_long(booth: Booth) -> None:
    booth.camera.settings["drivemode"] = Setting("drivemode", "Continuous")
    booth.shoots(booth.photo("A.JPG"), booth.photo("B.JPG"))
    began = booth.time.now
    booth.capture("guest")
    assert booth.time.now - began < 5.0
    assert [staged.capture_id for staged in booth.outbox.of(Staged)] == ["guest", "guest"]


def test_a_button_that_stays_down_keeps_no_capture_for_ever(booth: Booth) -> None:
    booth.camera.settings["drivemode"] = Setting("drivemode", "Continuous")
    numbers = iter(range(10**6))

    def next_event(wait_seconds: float, transfer_seconds: float = 0.0) -> CameraEvent:
        booth.time.pause(wait_seconds + 0.2)
        return booth.photo(f"IMG_{next(numbers):06d}.JPG") if booth.camera.triggers else Quiet()

    booth.camera.next_event = next_event  # type: ignore[method-assign]
    began = booth.time.now
    booth.capture("guest")
    assert booth.time.now - began < 180.0
