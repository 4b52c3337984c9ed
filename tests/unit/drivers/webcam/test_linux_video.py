"""How linuxpy is called, and how the kernel's errors are reported; see ``kernel`` for what this shows without a
device."""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING

import pytest
from tests.support.pictures import GREEN, RED, jpeg
from tests.unit.drivers.webcam.kernel import META, Kernel
from tests.unit.drivers.webcam.recorded import MODES

from photonic.drivers.webcam.control import ControlKind
from photonic.drivers.webcam.device import DeviceSource, connect
from photonic.drivers.webcam.linux_video import LinuxVideo
from photonic.drivers.webcam.video_device import Encoding, Mode
from photonic.errors import BadInput, CameraError, FailureKind
from photonic.model.camera_address import SourceAddress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

# A character device that can be opened and polled everywhere; the kernel below answers for it.
PATH = "/dev/null"


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Kernel:
    made = Kernel(MODES)
    monkeypatch.setattr("fcntl.ioctl", made.ioctl)
    monkeypatch.setattr("linuxpy.video.device.mem_map", made.mapped)
    return made


@pytest.fixture
def device(kernel: Kernel) -> Iterator[LinuxVideo]:
    made = LinuxVideo(PATH)
    yield made
    made.close()


def failing(make: Callable[[], object]) -> CameraError:
    with pytest.raises(CameraError) as failed:
        make()
    return failed.value


def test_who_it_is_and_what_it_offers(device: LinuxVideo) -> None:
    identity = device.identity()
    assert (identity.model, identity.manufacturer, identity.version) == ("HD Pro Webcam C920", "uvcvideo", "6.1.0")
    assert identity.serial == "V4L2-usb-0000-00-14-0-1"
    assert set(device.modes()) == set(MODES)
    device.close()


def test_pictures_come_whole_and_damaged_ones_are_left_out(kernel: Kernel, device: LinuxVideo) -> None:
    made = device.start(Mode(Encoding.MJPEG, 1280, 720, 30.0))
    assert (made.encoding, made.width, made.height) == (Encoding.MJPEG, 1280, 720)
    assert kernel.fps == 30.0
    assert kernel.streaming
    # More pictures than buffers: each buffer is returned.
    pictures = [RED, GREEN] * 5
    kernel.pictures.extend(pictures)
    assert [device.grab(1.0) for _ in pictures] == pictures
    kernel.flags = 0x40
    kernel.pictures.append(RED)
    assert device.grab(1.0) is None
    device.stop()
    assert not kernel.streaming
    assert device.grab(1.0) is None
    assert device.start(Mode(Encoding.YUYV, 640, 480, 30.0)).line_bytes == 1280
    device.close()


def test_a_photo_changes_the_mode_and_back(kernel: Kernel) -> None:
    kernel.modes = MODES[3:]
    source = DeviceSource(SourceAddress.parse(f"v4l2:{PATH}#size=640x480"))
    source.open()
    source.start()
    kernel.pictures.extend([RED] + [jpeg("blue", (64, 32))] * 8 + [GREEN])
    assert source.picture(1.0) == RED
    assert source.still(5.0) == jpeg("blue", (64, 32))
    assert source.picture(1.0) == GREEN
    assert (kernel.format.width, kernel.streaming) == (640, True)
    source.close()
    assert not kernel.streaming


def test_controls_are_told_and_set(kernel: Kernel, device: LinuxVideo) -> None:
    controls = {control.name: control for control in device.controls()}
    assert set(controls) == {"auto_exposure", "brightness", "exposure_time_absolute", "focus_automatic_continuous"}
    assert (controls["brightness"].value, controls["brightness"].limits) == (128, (0, 255, 1))
    assert controls["auto_exposure"].menu == {1: "Manual Mode", 3: "Aperture Priority Mode"}
    assert controls["focus_automatic_continuous"].kind is ControlKind.TOGGLE
    assert "switch that off first" in (controls["exposure_time_absolute"].reason or "")
    device.set_control("brightness", 200)
    device.set_control("auto_exposure", 1)
    device.set_control("focus_automatic_continuous", 0)
    kernel.dials[4].flags = 0
    after = {control.name: control for control in device.controls()}
    assert [after[name].value for name in ("brightness", "auto_exposure", "focus_automatic_continuous")] == [200, 1, 0]
    assert after["exposure_time_absolute"].reason is None
    kernel.errors["S_EXT_CTRLS"] = errno.EIO
    with pytest.raises(BadInput, match="does not accept 10"):
        device.set_control("brightness", 10)
    kernel.errors["S_EXT_CTRLS"] = errno.ENODEV
    assert failing(lambda: device.set_control("brightness", 10)).kind is FailureKind.CAMERA_ABSENT
    with pytest.raises(BadInput, match="no gamma"):
        device.set_control("gamma", 10)


@pytest.mark.parametrize(
    ("call", "number", "kind", "said"),
    [
        ("S_FMT", errno.EBUSY, FailureKind.BLOCKED, "another program holds"),
        ("STREAMON", errno.ENOSPC, FailureKind.BLOCKED, "not enough USB bandwidth"),
        ("STREAMON", errno.ENODEV, FailureKind.CAMERA_ABSENT, "plug it in"),
        ("STREAMON", errno.EIO, FailureKind.CAMERA_FAULT, "failed"),
        ("REQBUFS", errno.ENOMEM, FailureKind.CAMERA_FAULT, "Cannot allocate memory"),
    ],
)
def test_a_start_that_fails_says_why(
    kernel: Kernel, device: LinuxVideo, call: str, number: int, kind: FailureKind, said: str
) -> None:
    kernel.errors[call] = number
    failure = failing(lambda: device.start(MODES[3]))
    assert failure.kind is kind
    assert said in failure.reason
    device.close()


def test_an_unplugged_device_is_absent_whatever_is_asked_of_it(kernel: Kernel, device: LinuxVideo) -> None:
    device.start(MODES[3])
    kernel.errors = dict.fromkeys(("DQBUF", "QUERYCAP", "STREAMOFF", "REQBUFS", "QUERY_EXT_CTRL"), errno.ENODEV)
    for ask in (lambda: device.grab(1.0), device.alive, device.controls):
        assert failing(ask).kind is FailureKind.CAMERA_ABSENT
    device.close()


def test_a_device_that_refuses_a_rate_is_taken_as_it_is(kernel: Kernel, device: LinuxVideo) -> None:
    kernel.errors["S_PARM"] = errno.ENOTTY
    assert device.start(MODES[3]).encoding is Encoding.MJPEG


def test_a_device_without_a_list_of_sizes_is_taken_as_it_stands(kernel: Kernel, device: LinuxVideo) -> None:
    kernel.errors["ENUM_FRAMESIZES"] = errno.EINVAL
    kernel.format = Mode(Encoding.YUYV, 320, 240)
    assert {(mode.width, mode.height, mode.fps) for mode in device.modes()} == {(320, 240, 0.0)}


def test_a_device_for_data_about_pictures_is_refused(kernel: Kernel) -> None:
    kernel.capable = META
    failure = failing(lambda: LinuxVideo(PATH))
    assert failure.kind is FailureKind.BLOCKED
    assert "delivers no pictures" in failure.reason


def test_what_is_no_video_device_is_refused(tmp_path: Path, kernel: Kernel) -> None:
    kernel.errors["QUERYCAP"] = errno.ENOTTY
    for path in (PATH, str(tmp_path)):
        failure = failing(lambda path=path: LinuxVideo(path))
        assert failure.kind is FailureKind.BLOCKED
        assert "is not a video device" in failure.reason


def test_a_missing_device_is_waited_for_and_one_without_permission_is_not(
    tmp_path: Path, kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert failing(lambda: LinuxVideo(str(tmp_path / "video0"))).kind is FailureKind.CAMERA_ABSENT

    def refuse(*_arguments: object, **_named: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    # Root may open everything.
    monkeypatch.setattr("linuxpy.video.device.Device.open", refuse)
    failure = failing(lambda: LinuxVideo(PATH))
    assert failure.kind is FailureKind.BLOCKED
    assert "usermod -aG video" in failure.reason


def test_without_the_library_the_command_that_installs_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "photonic.drivers.webcam.linux_video", raising=False)
    for name in ("linuxpy", "linuxpy.video", "linuxpy.video.device"):
        monkeypatch.setitem(sys.modules, name, None)
    failure = failing(lambda: connect(PATH))
    assert failure.kind is FailureKind.BLOCKED
    assert "pip install 'photonic-camera[v4l2]'" in failure.reason
