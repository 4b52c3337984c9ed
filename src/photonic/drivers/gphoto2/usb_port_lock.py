"""One camera process at a time opens the camera in a USB port, and what it learns is remembered for the others.

Cameras whose serial number the kernel does not show have to be opened to be recognised. Without this, two camera
processes that start together would open each other's camera, and each would find it claimed.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from photonic.errors import CameraError
from photonic.worker.supervision.lock import CameraLock, lock_file, runtime_directory

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from photonic.drivers.gphoto2.usb_search import DetectedCamera

POLL_SECONDS = 0.05


class UsbPortLock:
    """The lock of the port that a camera is plugged into; the kernel releases it with the process.

    Args:
        camera: The camera.
        directory: The folder of the locks; ``None``: the user's.
        pause: Waits for seconds.
        clock: Returns monotonic seconds.
    """

    def __init__(
        self,
        camera: DetectedCamera,
        directory: Path | None = None,
        *,
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        name = f"in USB port {camera.port or camera.path}"
        directory = directory or runtime_directory()
        self._lock = CameraLock(directory, name)
        self._memory = lock_file(directory, name).with_suffix(".serial")
        self._path = camera.path
        self._pause = pause
        self._clock = clock

    def acquire(self, wait_seconds: float) -> CameraError | None:
        """Acquire the lock within some seconds; returns why that was not possible, naming the process that has it."""
        until = self._clock() + wait_seconds
        while True:
            try:
                self._lock.acquire()
            except CameraError as error:
                if self._clock() >= until:
                    return error
                self._pause(POLL_SECONDS)
            else:
                return None

    def release(self) -> None:
        """Release the lock."""
        self._lock.release()

    def remember(self, serial: str) -> None:
        """Remember the serial number that the camera has reported; valid until it is unplugged."""
        with suppress(OSError):  # without it, the camera is opened again
            self._memory.write_text(json.dumps([self._path, serial]), encoding="utf-8")

    def remembered(self) -> str | None:
        """The serial number that the camera has reported since it was plugged in; ``None``: unknown."""
        try:
            path, serial = json.loads(self._memory.read_text(encoding="utf-8"))
        except (OSError, ValueError, TypeError):
            return None
        return serial if path == self._path and isinstance(serial, str) else None
