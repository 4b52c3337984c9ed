"""Opens the camera on USB that an address means, and no other one unless only opening can tell which it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.drivers.gphoto2.usb_port_lock import UsbPortLock
from photonic.drivers.gphoto2.usb_search import search
from photonic.errors import CameraError, FailureKind
from photonic.worker.serials import same_serial
from photonic.worker.supervision import usb

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from photonic.drivers.gphoto2.usb_search import DetectedCamera
    from photonic.worker.roles import ParentLink

WAIT_SECONDS = 10.0
"""Opening a camera to recognise it takes another camera process a second or two."""


class UsbOpening:
    """The camera that this process has opened, and the lock of its port.

    Args:
        outbox: Learns how long the wait for another camera process may take.
        begin: Opens a camera.
        serial: Reads the serial number of the open camera; empty if it reports none.
        end: Closes it.
        lock: Makes the lock of a camera's port.
    """

    def __init__(
        self,
        outbox: ParentLink,
        begin: Callable[[DetectedCamera], None],
        serial: Callable[[], str],
        end: Callable[[], None],
        *,
        lock: Callable[[DetectedCamera], UsbPortLock] = UsbPortLock,
    ) -> None:
        self._outbox = outbox
        self._begin = begin
        self._serial = serial
        self._end = end
        self._lock = lock
        self._held: UsbPortLock | None = None

    def open(self, cameras: Sequence[DetectedCamera], place: str) -> DetectedCamera:
        """Open the camera at ``usb:PLACE``, with an empty ``place`` any; returns which one it is.

        Raises ``CameraError``.
        """
        candidates = search(cameras, place, usb.cameras_as_disks())
        wanted = None if candidates.certain or not place else place
        left, failures = list(candidates.cameras), list[CameraError]()
        found: list[str] = []
        for wait_seconds in (0.0, WAIT_SECONDS):
            for camera in tuple(left):
                held = self._acquire(camera, wait_seconds)
                if held is not None:
                    if wait_seconds:
                        failures.append(held)
                    continue
                left.remove(camera)
                try:
                    serial = self._try(camera, wanted)
                except CameraError as error:
                    self.release()
                    failures.append(error)
                    continue
                if serial is None:
                    return camera
                self.release()
                found.append(f"{camera} has serial number {serial or 'none'}")
        if failures and not found:
            raise failures[0]
        others = "; ".join([*found, *(failure.reason for failure in failures)])
        raise CameraError(
            f"no camera with serial number {place} on USB: {others}",
            kind=failures[0].kind if failures else FailureKind.CAMERA_ABSENT,
        )

    def release(self) -> None:
        """Let other camera processes open the camera."""
        if self._held is not None:
            self._held.release()
            self._held = None

    def _acquire(self, camera: DetectedCamera, wait_seconds: float) -> CameraError | None:
        lock = self._lock(camera)
        with self._outbox.calling("wait for USB port", wait_seconds + 1.0):
            error = lock.acquire(wait_seconds)
        if error is None:
            self._held = lock
        return error

    def _try(self, camera: DetectedCamera, wanted: str | None) -> str | None:
        """Open a camera; if it is not the wanted one, close it again and return its serial number."""
        lock = self._held
        if wanted is None or lock is None:
            self._begin(camera)
            return None
        if (known := lock.remembered()) is not None and not same_serial(known, wanted):
            return known
        self._begin(camera)
        serial = self._serial()
        lock.remember(serial)
        if same_serial(serial, wanted):
            return None
        self._end()
        return serial
