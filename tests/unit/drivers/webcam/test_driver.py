"""The driver on a fake webcam: its identity, photos and settings, and the refusals of what it cannot do."""

from __future__ import annotations

import errno
import hashlib
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest
from tests.support.pictures import GREEN, RED, yuyv
from tests.unit.drivers.webcam.clock import Time
from tests.unit.drivers.webcam.recorded import MODES, RecordedDevice

from photonic.drivers.webcam.device import WARM_UP_PICTURES, DeviceSource
from photonic.drivers.webcam.driver import WebcamDriver
from photonic.drivers.webcam.video_device import Encoding, Mode
from photonic.errors import BadInput, CameraError, CaptureError, FailureKind
from photonic.model.capture_options import CaptureOptions
from photonic.model.exposure_end import ExposureEnd
from photonic.model.focus import FocusAction
from photonic.model.frame import is_whole_jpeg
from photonic.worker.link.card_messages import CardObject
from photonic.worker.link.messages import Capture, Captured, CaptureProgressed, Configure, Facts, Profiles, Staged

if TYPE_CHECKING:
    from collections.abc import Generator

    from photonic.worker.link.messages import CameraOpened, Event

M = TypeVar("M")


class Said:
    """An outbox that records messages."""

    def __init__(self) -> None:
        self.sent: list[Event] = []

    def send(self, message: Event) -> None:
        self.sent.append(message)

    def frame(self, captured_us: int, jpeg: bytes) -> None:
        raise AssertionError("the driver sends no frames, the child loop does")

    @contextmanager
    def calling(self, call: str, limit_seconds: float) -> Generator[None]:
        yield

    def of(self, kind: type[M]) -> list[M]:
        return [message for message in self.sent if isinstance(message, kind)]


class WebcamHarness:
    """A driver with a recorded webcam behind it."""

    def __init__(self, staging: Path, device: RecordedDevice | None = None) -> None:
        self.device = device or RecordedDevice()
        self.said, self.time, self.staging = Said(), Time(), staging
        self.driver = WebcamDriver(
            self.said,
            make=lambda address: DeviceSource(address, connect=lambda path: self.device, clock=self.time.clock),
            clock=self.time.clock,
            wall=lambda: 1_700_000_000.9,
        )

    def open(self, address: str = "v4l2:/dev/video0", serial: str | None = None) -> CameraOpened:
        return self.driver.open(Configure(request=1, address=address, expected_serial=serial))

    def capture(
        self, capture_id: str = "c1", settings: dict[str, str] | None = None, *, cancelled: bool = False
    ) -> bytes:
        command = Capture(
            request=2, capture_id=capture_id, staging=str(self.staging), options=CaptureOptions(settings=settings or {})
        )
        self.driver.capture(command, lambda: cancelled)
        return Path(self.said.of(Staged)[-1].path).read_bytes()


@pytest.fixture
def harness(tmp_path: Path) -> WebcamHarness:
    return WebcamHarness(tmp_path)


def test_what_it_is(harness: WebcamHarness) -> None:
    opened = harness.open()
    assert (opened.serial, opened.model) == ("V4L2-8D0D7E4F", "HD Pro Webcam C920")
    assert (opened.live_view, opened.has_card, opened.capture_target) == (True, False, "host")
    harness.driver.settle()
    harness.driver.settle()
    assert harness.said.of(Facts) == [Facts(storage_available=False)]


def test_live_view_runs_in_the_mode_asked_for_and_rests(harness: WebcamHarness) -> None:
    harness.open("v4l2:/dev/video0#size=640x480")
    harness.driver.start_preview()
    assert harness.driver.preview() == GREEN
    harness.driver.stop_preview()
    assert not harness.device.running
    assert harness.device.started == [Mode(Encoding.MJPEG, 640, 480, 30.0)]


def test_a_photo_has_the_most_pixels_and_live_view_goes_on(harness: WebcamHarness) -> None:
    harness.open()
    harness.driver.start_preview()
    harness.driver.preview()
    whole = yuyv(2304, 1536)
    harness.device.give = lambda: whole if harness.device.started[-1].width == 2304 else GREEN
    photo = harness.capture()
    assert is_whole_jpeg(photo)
    assert [mode.width for mode in harness.device.started] == [1280, 2304, 1280]
    assert harness.driver.preview() == GREEN
    (staged,) = harness.said.of(Staged)
    assert (staged.size_bytes, staged.taken_at, staged.in_ram) == (len(photo), 1_700_000_000, True)
    assert staged.sha256 == hashlib.sha256(photo).hexdigest()
    assert Path(staged.path).name.startswith(f"{staged.sha256}.")
    told = [(message.phase, message.exposed_from) for message in harness.said.of(CaptureProgressed)]
    assert told == [("preparing", None), ("exposing", None), ("downloading", ExposureEnd.PICTURE)]
    assert len(harness.said.of(Captured)) == 1


def test_a_photo_without_live_view_waits_for_the_exposure_to_settle(harness: WebcamHarness, tmp_path: Path) -> None:
    harness = WebcamHarness(tmp_path, RecordedDevice((MODES[4],)))
    harness.open()
    assert harness.capture() == GREEN
    assert harness.device.grabbed == WARM_UP_PICTURES
    assert not harness.device.running


def test_of_a_running_view_as_large_the_next_picture_is_the_photo(tmp_path: Path) -> None:
    harness = WebcamHarness(tmp_path, RecordedDevice((MODES[4],)))
    harness.open()
    harness.driver.start_preview()
    harness.driver.preview()
    pictures = iter([RED, GREEN])
    harness.device.give = lambda: next(pictures)
    assert harness.capture() == GREEN
    assert len(harness.device.started) == 1


def test_two_photos_of_the_same_picture_are_two(harness: WebcamHarness) -> None:
    harness.open("v4l2:/dev/video0#size=640x480")
    harness.device.give = lambda: yuyv(2304, 1536)
    harness.capture("a")
    harness.capture("b")
    first, second = harness.said.of(Staged)
    assert first.path != second.path
    assert first.name != second.name


def test_a_cancelled_photo_is_not_taken(harness: WebcamHarness) -> None:
    harness.open()
    with pytest.raises(CaptureError) as failed:
        harness.capture(cancelled=True)
    assert failed.value.kind is FailureKind.CANCELLED
    assert harness.device.started == []


def test_a_device_without_pictures_is_given_up_in_time(harness: WebcamHarness) -> None:
    harness.open()

    def nothing() -> None:
        harness.time.now += 0.5

    harness.device.give = nothing
    with pytest.raises(CameraError, match="no picture in time"):
        harness.capture()
    assert harness.time.now < 130


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, FailureKind.HOST_STORAGE_FULL),
        (errno.EROFS, FailureKind.HOST_STORAGE_UNUSABLE),
    ],
)
def test_a_disk_that_takes_no_photo_leaves_no_file(
    harness: WebcamHarness, monkeypatch: pytest.MonkeyPatch, number: int, kind: FailureKind
) -> None:
    harness.open()
    harness.device.give = lambda: yuyv(2304, 1536)

    def refuse(descriptor: int, mode: str) -> None:
        os.close(descriptor)
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("photonic.drivers.webcam.staging.open", refuse, raising=False)
    with pytest.raises(CaptureError) as failed:
        harness.capture()
    assert failed.value.kind is kind
    assert list(harness.staging.iterdir()) == []


def test_settings_are_changed_all_or_none(harness: WebcamHarness) -> None:
    harness.open()
    harness.driver.change({"Brightness": "200", "/v4l2/focus_absolute": "50"})
    assert (harness.device.value("brightness"), harness.device.value("focus_absolute")) == (200, 50)
    for wrong in ({"brightness": "10", "focus_absolute": "3"}, {"brightness": "10", "iso": "100"}):
        with pytest.raises(BadInput):
            harness.driver.change(wrong)
        assert harness.device.value("brightness") == 200
    harness.device.refuses = frozenset({"focus_absolute"})
    with pytest.raises(BadInput, match="does not take 100; nothing was changed"):
        harness.driver.change({"brightness": "10", "focus_absolute": "100"})
    assert harness.device.value("brightness") == 200
    with pytest.raises(BadInput, match="nearest: brightness"):
        harness.driver.change({"brightnes": "10"})
    with pytest.raises(BadInput, match="given twice"):
        harness.driver.change({"brightness": "10", "Brightness": "11"})
    assert {entry.name for entry in harness.driver.settings().settings} >= {"brightness", "auto_exposure"}


def test_a_captures_settings_hold_in_it_and_are_taken_back(harness: WebcamHarness) -> None:
    harness.open()
    harness.driver.apply(Profiles(live={"brightness": "100"}, capture={"brightness": "30"}))
    assert harness.device.value("brightness") == 100
    seen: list[tuple[int, int]] = []

    def give() -> bytes:
        seen.append((harness.device.value("brightness"), harness.device.value("focus_absolute")))
        return yuyv(2304, 1536)

    harness.device.give = give
    harness.capture(settings={"focus_absolute": "100"})
    assert set(seen) == {(30, 100)}
    assert (harness.device.value("brightness"), harness.device.value("focus_absolute")) == (100, 0)
    harness.device.failure = CameraError("unplugged", kind=FailureKind.CAMERA_ABSENT)
    with pytest.raises(CameraError, match="unplugged"):
        harness.capture()
    assert harness.device.value("brightness") == 100


def test_profiles_that_cannot_be_held_change_nothing(harness: WebcamHarness) -> None:
    harness.open()
    for wrong in (
        Profiles(live={"brightness": "10"}, capture={"iso": "100"}),
        Profiles(live={"brightness": "10"}, exposure_mode="M"),
    ):
        with pytest.raises(BadInput):
            harness.driver.apply(wrong)
        assert harness.device.value("brightness") == 128


def test_what_it_cannot_do_it_says(harness: WebcamHarness) -> None:
    harness.open()
    with pytest.raises(BadInput, match="cannot be focused on command"):
        harness.driver.focus(FocusAction.AUTO, 1, 1)
    with pytest.raises(BadInput, match="no card"):
        harness.driver.delete(CardObject(folder="/", name="a.jpg"))
    assert harness.driver.list_card().card is None
    harness.driver.fetch((), str(harness.staging))


def test_an_unplugged_device_is_noticed_while_nobody_watches_and_can_be_opened_anew(harness: WebcamHarness) -> None:
    harness.open()
    failure = CameraError("there is no camera", kind=FailureKind.CAMERA_ABSENT)
    harness.device.failure = failure
    harness.driver.settle()
    harness.time.now += 6.0
    with pytest.raises(CameraError):
        harness.driver.settle()
    assert harness.driver.reopenable(failure)
    harness.driver.close()
    harness.driver.close()
    assert harness.device.closed == 1
    with pytest.raises(CameraError, match="not open"):
        harness.driver.start_preview()


def test_another_device_at_the_same_place_is_refused(harness: WebcamHarness) -> None:
    harness.open(serial="V4L2-8D0D7E4F")
    with pytest.raises(CameraError, match="found a different camera") as failed:
        harness.open(serial="V4L2-OTHER")
    assert failed.value.kind is FailureKind.CAMERA_ABSENT


def test_a_bad_address_is_bad_input(harness: WebcamHarness) -> None:
    with pytest.raises(BadInput):
        harness.open("v4l2:")
