"""The camera lock of one supervisor: by the camera's address or, if that is ``auto``, by its serial number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.worker.serials import plausible_serial
from photonic.worker.supervision.claims import Claims
from photonic.worker.supervision.lock import CameraLock, lock_name

if TYPE_CHECKING:
    from pathlib import Path

AUTO = "auto"

SHAREABLE = ("pattern:", "url:", "file:")
"""These sources are not devices: any number of services may use one at the same time."""


class Ownership:
    """Owns the camera at ``address``: first by its address, then, once it is open, by its serial number.

    Args:
        address: The camera's address; ``auto`` is locked only once the camera is open.
        directory: Where the lock files are stored.
        claims: The claims of all cameras of this service; ``None``: there is no other camera.
    """

    def __init__(self, address: str, directory: Path, claims: Claims | None = None) -> None:
        self._address = address
        self._directory = directory
        self._claims = claims or Claims()
        self._lock: CameraLock | None = None

    @property
    def descriptors(self) -> tuple[int, ...]:
        """The descriptors that a camera process has to inherit, so that the lock lasts as long as the process."""
        lock = self._lock
        return () if lock is None or lock.descriptor is None else (lock.descriptor,)

    def claim(self) -> None:
        """Lock the camera if its address identifies it. Raises ``CameraError`` if another process holds it."""
        if self._address != AUTO and not self._address.startswith(SHAREABLE):
            self._lock_camera(self._address)

    def claim_opened(self, serial: str) -> None:
        """Claim the camera that was opened. Raises ``CameraError`` if another address or process owns it."""
        if not self._address.startswith(SHAREABLE):
            self._claims.claim(serial, self._address)
        if self._address == AUTO:
            self._lock_camera(f"usb:{serial}")

    def reported_serial(self, serial: str) -> str | None:
        """The serial number that the opened camera reported; ``None``: none, or one that no maker would print.

        A camera that reports none is identified by its address, and may report one the next time.
        """
        named = serial and lock_name(serial) != lock_name(self._address)
        return serial if named and plausible_serial(serial) else None

    def release(self) -> None:
        """Release the lock and the claim."""
        self._claims.release(self._address)
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _lock_camera(self, address: str) -> None:
        camera = lock_name(address)
        if self._lock is not None and self._lock.camera == camera:
            return
        lock = CameraLock(self._directory, camera)
        lock.acquire()
        self._unlock()
        self._lock = lock
