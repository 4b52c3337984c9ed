"""The driver on a fake webcam: its identity, photos and settings, and the refusals of what it cannot do."""

from __future__ import annotations

import errno
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


class Booth:
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
def booth(tmp_path: Path) -> Booth:
    return Booth(tmp_path)


def test_what_it_is(booth: Booth) -> None:
    opened = booth.open()
    assert (opened.serial, opened.model) == ("V4L2-8D0D7E4F", "HD Pro Webcam C920")
    assert (opened.live_view, opened.has_card, opened.capture_target) == (True, False, "host")
    booth.driver.settle()
    booth.driver.settle()
    assert booth.said.of(Facts) == [Facts(storage_available=False)]


def test_live_view_runs_in_the_mode_asked_for_and_rests(booth: Booth) -> None:
    booth.open("v4l2:/dev/video0#size=640x480")
    booth.driver.start_preview()
    assert booth.driver.preview() == GREEN
    booth.driver.stop_preview()
    assert not booth.device.running
    assert booth.device.started == [Mode(Encoding.MJPEG, 640, 480, 30.0)]


def test_a_photo_has_the_most_pixels_and_live_view_goes_on(booth: Booth) -> None:
    booth.open()
    booth.driver.start_preview()
    booth.driver.preview()
    whole = yuyv(2304, 1536)
    booth.device.give = lambda: whole if booth.device.started[-1].width == 2304 else GREEN
    photo = booth.capture()
    assert is_whole_jpeg(photo)
    assert [mode.width for mode in booth.device.started] == [1280, 2304, 1280]
    assert booth.driver.preview() == GREEN
    (staged,) = booth.said.of(Staged)
    assert (staged.size_bytes, staged.taken_at, staged.in_ram) == (len(photo), 1_700_000_000, True)
    assert [message.phase for message in booth.said.of(CaptureProgressed)] == ["preparing", "exposing"]
    assert len(booth.said.of(Captured)) == 1


def test_a_photo_without_live_view_waits_for_the_exposure_to_settle(booth: Booth, tmp_path: Path) -> None:
    booth = Booth(tmp_path, RecordedDevice((MODES[4],)))
    booth.open()
    assert booth.capture() == GREEN
    assert booth.device.grabbed == WARM_UP_PICTURES
    assert not booth.device.running


def test_of_a_running_view_as_large_the_next_picture_is_the_photo(tmp_path: Path) -> None:
    booth = Booth(tmp_path, RecordedDevice((MODES[4],)))
    booth.open()
    booth.driver.start_preview()
    booth.driver.preview()
    pictures = iter([RED, GREEN])
    booth.device.give = lambda: next(pictures)
    assert booth.capture() == GREEN
    assert len(booth.device.started) == 1


def test_two_photos_of_the_same_picture_are_two(booth: Booth) -> None:
    booth.open("v4l2:/dev/video0#size=640x480")
    booth.device.give = lambda: yuyv(2304, 1536)
    booth.capture("a")
    booth.capture("b")
    first, second = booth.said.of(Staged)
    assert first.path != second.path
    assert first.name != second.name


def test_a_cancelled_photo_is_not_taken(booth: Booth) -> None:
    booth.open()
    with pytest.raises(CaptureError) as failed:
        booth.capture(cancelled=True)
    assert failed.value.kind is FailureKind.CANCELLED
    assert booth.device.started == []


def test_a_device_without_pictures_is_given_up_in_time(booth: Booth) -> None:
    booth.open()

    def nothing() -> None:
        booth.time.now += 0.5

    booth.device.give = nothing
    with pytest.raises(CameraError, match="no picture in time"):
        booth.capture()
    assert booth.time.now < 130


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, FailureKind.HOST_STORAGE_FULL),
        (errno.EROFS, FailureKind.HOST_STORAGE_UNUSABLE),
    ],
)
def test_a_disk_that_takes_no_photo_leaves_no_file(
    booth: Booth, monkeypatch: pytest.MonkeyPatch, number: int, kind: FailureKind
) -> None:
    booth.open()
    booth.device.give = lambda: yuyv(2304, 1536)

    def refuse(descriptor: int, mode: str) -> None:
        os.close(descriptor)
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("photonic.drivers.webcam.staging.open", refuse, raising=False)
    with pytest.raises(CaptureError) as failed:
        booth.capture()
    assert failed.value.kind is kind
    assert list(booth.staging.iterdir()) == []


def test_settings_are_changed_all_or_none(booth: Booth) -> None:
    booth.open()
    booth.driver.change({"Brightness": "200", "/v4l2/focus_absolute": "50"})
    assert (booth.device.value("brightness"), booth.device.value("focus_absolute")) == (200, 50)
    for wrong in ({"brightness": "10", "focus_absolute": "3"}, {"brightness": "10", "iso": "100"}):
        with pytest.raises(BadInput):
            booth.driver.change(wrong)
        assert booth.device.value("brightness") == 200
    booth.device.refuses = frozenset({"focus_absolute"})
    with pytest.raises(BadInput, match="does not take 100; nothing was changed"):
        booth.driver.change({"brightness": "10", "focus_absolute": "100"})
    assert booth.device.value("brightness") == 200
    with pytest.raises(BadInput, match="nearest: brightness"):
        booth.driver.change({"brightnes": "10"})
    with pytest.raises(BadInput, match="given twice"):
        booth.driver.change({"brightness": "10", "Brightness": "11"})
    assert {entry.name for entry in booth.driver.settings().settings} >= {"brightness", "auto_exposure"}


def test_a_captures_settings_hold_in_it_and_are_taken_back(booth: Booth) -> None:
    booth.open()
    booth.driver.apply(Profiles(live={"brightness": "100"}, capture={"brightness": "30"}))
    assert booth.device.value("brightness") == 100
    seen: list[tuple[int, int]] = []

    def give() -> bytes:
        seen.append((booth.device.value("brightness"), booth.device.value("focus_absolute")))
        return yuyv(2304, 1536)

    booth.device.give = give
    booth.capture(settings={"focus_absolute": "100"})
    assert set(seen) == {(30, 100)}
    assert (booth.device.value("brightness"), booth.device.value("focus_absolute")) == (100, 0)
    booth.device.failure = CameraError("unplugged", kind=FailureKind.CAMERA_ABSENT)
    with pytest.raises(CameraError, match="unplugged"):
        booth.capture()
    assert booth.device.value("brightness") == 100


def test_profiles_that_cannot_be_held_change_nothing(booth: Booth) -> None:
    booth.open()
    for wrong in (
        Profiles(live={"brightness": "10"}, capture={"iso": "100"}),
        Profiles(live={"brightness": "10"}, exposure_mode="M"),
    ):
        with pytest.raises(BadInput):
            booth.driver.apply(wrong)
        assert booth.device.value("brightness") == 128


def test_what_it_cannot_do_it_says(booth: Booth) -> None:
    booth.open()
    with pytest.raises(BadInput, match="cannot be focused on command"):
        booth.driver.focus(FocusAction.AUTO, 1, 1)
    with pytest.raises(BadInput, match="no card"):
        booth.driver.delete(CardObject(folder="/", name="a.jpg"))
    assert booth.driver.list_card().card is None
    booth.driver.fetch((), str(booth.staging))


def test_an_unplugged_device_is_noticed_while_nobody_watches_and_can_be_opened_anew(booth: Booth) -> None:
    booth.open()
    failure = CameraError("there is no camera", kind=FailureKind.CAMERA_ABSENT)
    booth.device.failure = failure
    booth.driver.settle()
    booth.time.now += 6.0
    with pytest.raises(CameraError):
        booth.driver.settle()
    assert booth.driver.reopenable(failure)
    booth.driver.close()
    booth.driver.close()
    assert booth.device.closed == 1
    with pytest.raises(CameraError, match="not open"):
        booth.driver.start_preview()


def test_another_device_at_the_same_place_is_refused(booth: Booth) -> None:
    booth.open(serial="V4L2-8D0D7E4F")
    with pytest.raises(CameraError, match="found a different camera") as failed:
        booth.open(serial="V4L2-OTHER")
    assert failed.value.kind is FailureKind.CAMERA_ABSENT


def test_a_bad_address_is_bad_input(booth: Booth) -> None:
    with pytest.raises(BadInput):
        booth.open("v4l2:")
