"""Pictures from a V4L2 device: live view in a fast mode, stills in the mode with the most pixels."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from photonic.drivers.webcam.encoding import LIVE_QUALITY, STILL_QUALITY, jpeg_of
from photonic.drivers.webcam.modes import live_mode, still_mode
from photonic.errors import CameraError, FailureKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from photonic.drivers.webcam.control import Control
    from photonic.drivers.webcam.source import Identity
    from photonic.drivers.webcam.video_device import Mode, VideoDevice
    from photonic.model.camera_address import SourceAddress

WARM_UP_PICTURES = 8
"""A webcam's exposure needs some pictures to settle after a start."""

WARM_UP_SECONDS = 2.0


def connect(path: str) -> VideoDevice:
    """Open the device at ``path``. Raises ``CameraError``: BLOCKED if the library for it is missing."""
    try:
        from photonic.drivers.webcam.linux_video import LinuxVideo  # noqa: PLC0415 - optional, and only for devices
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "linuxpy":
            raise
        raise CameraError(
            "V4L2 devices need the library linuxpy: pip install 'photonic-camera[v4l2]'", kind=FailureKind.BLOCKED
        ) from error
    return LinuxVideo(path)


class DeviceSource:
    """The pictures of one device. ``clock`` gives seconds, monotonic."""

    def __init__(
        self,
        address: SourceAddress,
        *,
        connect: Callable[[str], VideoDevice] = connect,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._address = address
        self._connect = connect
        self._clock = clock
        self._open_device: VideoDevice | None = None
        self._live: Mode | None = None
        self._still: Mode | None = None
        self._running: Mode | None = None
        self._warm = False

    def open(self) -> Identity:
        """Open the device and choose its modes. Raises ``CameraError``."""
        device = self._connect(self._address.place)
        self._open_device = device
        modes = device.modes()
        self._live = live_mode(modes, self._address.size, self._address.fps)
        self._still = still_mode(modes)
        return device.identity()

    def start(self) -> None:
        """Start live view; restart it if it is on. Raises ``CameraError``."""
        if self._live is not None:
            self._run(self._live)

    def stop(self) -> None:
        """Stop the device's stream."""
        if self._running is not None:
            self._running = None
            self._device.stop()

    def picture(self, limit_seconds: float) -> bytes | None:
        """The next picture of live view. Raises ``CameraError``."""
        if self._running is None:
            self.start()
        picture = self._grab(limit_seconds, LIVE_QUALITY)
        self._warm = self._warm or picture is not None
        return picture

    def still(self, limit_seconds: float) -> bytes:
        """A picture in the largest mode, or in live view's mode if that is as large. Raises ``CameraError``."""
        before, still = self._running, self._still
        if still is not None and (before is None or before.pixels < still.pixels):
            self._run(still)
        try:
            return self._settled_picture(self._clock() + limit_seconds)
        finally:
            if before is None:
                self.stop()
            elif self._running is not before:
                self.start()

    def check(self) -> None:
        """Raise ``CameraError`` if the device was unplugged."""
        self._device.alive()

    def controls(self) -> tuple[Control, ...]:
        """Brightness, exposure, focus and whatever else the device has."""
        return self._device.controls()

    def set_controls(self, values: Mapping[str, int]) -> None:
        """Set controls. Raises ``BadInput`` if the device does not accept one, ``CameraError``."""
        for name, value in values.items():
            self._device.set_control(name, value)
            # The pictures already queued were taken before the change.
            self._warm = False

    def close(self) -> None:
        """Close the device."""
        if (device := self._open_device) is not None:
            self._open_device = self._running = None
            device.close()

    def _run(self, mode: Mode) -> None:
        self.stop()
        self._running = self._device.start(mode)
        self._warm = False

    def _settled_picture(self, deadline: float) -> bytes:
        """A picture whose exposure begins after this call, once the device's exposure has settled."""
        passed = 0
        warm_at = min(deadline, self._clock() + WARM_UP_SECONDS)
        wanted = 2 if self._warm else WARM_UP_PICTURES
        while (left := deadline - self._clock()) > 0:
            picture = self._grab(left, STILL_QUALITY)
            if picture is None:
                continue
            passed += 1
            if passed >= wanted or self._clock() >= warm_at:
                return picture
        raise CameraError("the device sent no picture in time for the photo; unplug it and plug it in again")

    def _grab(self, limit_seconds: float, quality: int) -> bytes | None:
        data = self._device.grab(limit_seconds)
        return None if data is None or self._running is None else jpeg_of(data, self._running, quality)

    @property
    def _device(self) -> VideoDevice:
        if self._open_device is None:
            raise CameraError("the device is not open", kind=FailureKind.DISCONNECTED)
        return self._open_device
