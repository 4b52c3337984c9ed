"""A V4L2 device through linuxpy; the only module that imports it. The kernel's errors become ``CameraError`` here.

Errors: the Linux kernel's media userspace documentation, "V4L2 functions" and "Generic Error Codes".
"""

from __future__ import annotations

import errno
import re
import select
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from linuxpy.video.device import (
    BooleanControl,
    BufferFlag,
    BufferType,
    Capability,
    Device,
    IntegerControl,
    MenuControl,
    PixelFormat,
    V4L2Error,
    VideoCapture,
    read_capabilities,
)

from photonic.drivers.webcam.control import Control, ControlKind
from photonic.drivers.webcam.source import Identity
from photonic.drivers.webcam.video_device import Encoding, Mode
from photonic.errors import BadInput, CameraError, FailureKind
from photonic.worker.supervision.holders import claimed, holders

if TYPE_CHECKING:
    from collections.abc import Generator

BUFFERS = 4
SYSFS = Path("/sys/class/video4linux")
GONE = frozenset({errno.ENODEV, errno.ENXIO, errno.ENOENT})
_ENCODINGS = {PixelFormat.MJPEG: Encoding.MJPEG, PixelFormat.JPEG: Encoding.JPEG, PixelFormat.YUYV: Encoding.YUYV}
_UNSAFE = re.compile(r"[^A-Za-z0-9]+")
_REFUSED = frozenset({errno.EINVAL, errno.ERANGE, errno.EACCES, errno.EBUSY, errno.EIO, errno.EILSEQ})
"""Errors of a single control, not of the device; uvcvideo returns EIO for a value that stalls it."""


class LinuxVideo:
    """The device at ``path``, open. Each method raises ``CameraError``."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._device = Device(path)
        self._capture: VideoCapture | None = None
        with self._translated():
            if not stat.S_ISCHR(Path(path).stat().st_mode):
                raise self._no_device()
            self._device.open()
        try:
            self._check_capable()
        except BaseException:
            self._device.close()
            raise

    def identity(self) -> Identity:
        """The device's name, and its USB serial number or else the port that it is plugged into."""
        with self._translated():
            info = self._device.info
            serial = _usb_serial(Path(self._path).resolve().name) or _UNSAFE.sub("-", info.bus_info).strip("-")
            return Identity(serial=f"V4L2-{serial}", model=info.card, manufacturer=info.driver, version=info.version)

    def modes(self) -> tuple[Mode, ...]:
        """The modes that the device offers in supported encodings."""
        with self._translated():
            info = self._device.info
            offered = {one.pixel_format for one in info.buffer_formats(BufferType.VIDEO_CAPTURE)} & _ENCODINGS.keys()
            modes = [
                Mode(_ENCODINGS[kind.pixel_format], kind.width, kind.height, float(kind.max_fps))
                for kind in info.frame_types
                if kind.pixel_format in offered
            ]
            listed = {mode.encoding for mode in modes}
            # A device with sizes in steps lists none, so its current size is used.
            now = VideoCapture(self._device).get_format()
        sizeless = [_ENCODINGS[kind] for kind in offered if _ENCODINGS[kind] not in listed]
        return (*modes, *(Mode(encoding, now.width, now.height) for encoding in sizeless))

    def start(self, mode: Mode) -> Mode:
        """Start pictures; return the mode that the device actually uses."""
        self.stop()
        capture = VideoCapture(self._device, size=BUFFERS)
        with self._translated():
            capture.set_format(mode.width, mode.height, mode.encoding.value)
            if mode.fps:
                # A device without adjustable rates refuses; its fixed rate is used.
                with suppress(OSError):
                    capture.set_fps(mode.fps)
            made = capture.get_format()
            encoding = _ENCODINGS.get(made.pixel_format)
            if encoding is None:
                raise CameraError(
                    f"{self._path} sends {made.pixel_format.name} instead of {mode.encoding}; choose another size",
                    kind=FailureKind.BLOCKED,
                )
            self._capture = capture
            capture.open()
        return Mode(encoding, made.width, made.height, mode.fps, made.bytes_per_line)

    def stop(self) -> None:
        """Stop pictures."""
        if (capture := self._capture) is not None:
            self._capture = None
            with self._translated():
                capture.close()

    def grab(self, limit_seconds: float) -> bytes | None:
        """The next picture as the device sent it; ``None`` if none arrived in time, or if it was damaged."""
        if self._capture is None:
            return None
        poll = select.poll()
        poll.register(self._device.fileno(), select.POLLIN)
        with self._translated():
            # An unplugged device polls as ready; reading it then returns the error.
            if not poll.poll(limit_seconds * 1000):
                return None
            frame = self._capture.buffer.raw_read()
        return None if BufferFlag.ERROR in frame.flags else bytes(frame.data)

    def alive(self) -> None:
        """Raise ``CameraError`` if it was unplugged."""
        with self._translated():
            read_capabilities(self._device)

    def controls(self) -> tuple[Control, ...]:
        """The controls and their values; types other than numbers, switches and menus are left out."""
        with self._translated():
            try:
                self._device.controls.refresh()
            except (RuntimeWarning, ValueError):
                # The library rejects limits that the type cannot have: such a device is used without controls.
                return ()
            found = [_control(one) for one in self._device.controls.values()]
        return tuple(sorted((one for one in found if one is not None), key=lambda control: control.name))

    def set_control(self, name: str, value: int) -> None:
        """Set a control. Raises ``BadInput`` if the device does not accept the value."""
        kinds = (IntegerControl, BooleanControl, MenuControl)
        control = next((c for c in self._device.controls.values() if isinstance(c, kinds) and _name(c) == name), None)
        if control is None:
            raise BadInput(f"this camera has no {name}", field=name)
        try:
            control.value = value
        except OSError as error:
            if error.errno in _REFUSED:
                raise BadInput(f"{name}: the camera does not accept {value} ({error.strerror})", field=name) from error
            raise self._failure(error) from error
        except AttributeError as error:
            raise BadInput(f"{name}: the camera does not allow changing it now", field=name) from error

    def close(self) -> None:
        """Close the device, even if it was unplugged."""
        with suppress(CameraError):
            self.stop()
        with suppress(OSError):
            self._device.close()

    def _check_capable(self) -> None:
        with self._translated():
            capable = self._device.info.device_capabilities
        if not (Capability.VIDEO_CAPTURE in capable and Capability.STREAMING in capable):
            raise CameraError(
                f"{self._path} delivers no pictures (webcams have a second device for metadata); "
                "choose the other one: v4l2-ctl --list-devices",
                kind=FailureKind.BLOCKED,
            )

    @contextmanager
    def _translated(self) -> Generator[None]:
        try:
            yield
        except OSError as error:
            raise self._failure(error) from error
        except V4L2Error as error:
            raise CameraError(f"{self._path} cannot be used: {error}") from error

    def _failure(self, error: OSError) -> CameraError:
        match error.errno:
            case code if code in GONE:
                return CameraError(
                    f"no camera at {self._path}; plug it in, or choose another (v4l2-ctl --list-devices)",
                    kind=FailureKind.CAMERA_ABSENT,
                )
            case errno.EACCES | errno.EPERM:
                return CameraError(
                    f"no permission for {self._path}; add this user to its group and log in again: "
                    "sudo usermod -aG video $USER",
                    kind=FailureKind.BLOCKED,
                )
            case errno.EBUSY:
                return CameraError(claimed_video(self._path), kind=FailureKind.BLOCKED)
            case errno.ENOSPC:
                return CameraError(
                    f"not enough USB bandwidth for {self._path}; use another USB port, or choose a smaller size",
                    kind=FailureKind.BLOCKED,
                )
            case errno.ENOTTY:
                return self._no_device()
            case _:
                return CameraError(
                    f"{self._path} failed ({error.strerror or error}); if that happens again, unplug it and plug it in"
                )

    def _no_device(self) -> CameraError:
        return CameraError(
            f"{self._path} is not a video device; list them with: v4l2-ctl --list-devices", kind=FailureKind.BLOCKED
        )


def claimed_video(path: str) -> str:
    """A message that names the program that holds the device, and how to stop it."""
    held_by = holders([Path(path).resolve()])
    return claimed(held_by) if held_by else f"another program holds {path}; close it"


def _usb_serial(node: str) -> str | None:
    """The serial number in the USB descriptor of the device that ``videoN`` is an interface of."""
    with suppress(OSError):
        serial = ((SYSFS / node / "device").resolve().parent / "serial").read_text(errors="replace").strip()
        return _UNSAFE.sub("-", serial).strip("-") or None
    return None


def _name(control: IntegerControl | BooleanControl | MenuControl) -> str:
    """The name as v4l2-ctl shows it."""
    return _UNSAFE.sub("_", control.name.casefold()).strip("_")


def _control(control: object) -> Control | None:
    if not isinstance(control, IntegerControl | BooleanControl | MenuControl) or control.is_flagged_write_only:
        return None
    value = control.value
    if value is None:
        return None
    reason = None
    if control.is_flagged_inactive:
        reason = "another setting controls it (usually an automatic one); switch that off first"
    elif not control.is_writeable:
        reason = "the camera does not allow changing it, at least not now"
    name = _name(control)
    if isinstance(control, MenuControl):
        menu = {number: str(entry) for number, entry in control.data.items()}
        return Control(name, control.name, ControlKind.CHOICE, int(value), menu=menu, reason=reason)
    kind = ControlKind.TOGGLE if isinstance(control, BooleanControl) else ControlKind.RANGE
    limits = (control.minimum, control.maximum, max(1, control.step))
    return Control(name, control.name, kind, int(value), limits=limits, reason=reason)
