"""Whose camera it is: the lock of one supervisor, by the camera's address or, where that names none, its serial."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.worker.lock import CameraLock, lock_name

if TYPE_CHECKING:
    from pathlib import Path

AUTO = "auto"

NOBODYS = ("pattern:", "url:", "file:")
"""These are no devices: any number of services may show one."""


class Ownership:
    """The lock on the camera at ``address``, in ``directory``; taken step by step, let go once."""

    def __init__(self, address: str, directory: Path) -> None:
        self._address = address
        self._directory = directory
        self._lock: CameraLock | None = None

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What a camera process has to inherit, so that the lock lasts as long as it lives."""
        lock = self._lock
        return () if lock is None or lock.descriptor is None else (lock.descriptor,)

    def claim(self) -> None:
        """Take the lock of a camera that its address names. Raises ``CameraError`` when somebody else has it."""
        if self._address != AUTO and not self._address.startswith(NOBODYS):
            self._take(self._address)

    def claim_opened(self, serial: str) -> None:
        """Take the lock of the camera that turned out to be there. Raises ``CameraError``."""
        if self._address == AUTO:
            self._take(f"usb:{serial}")

    def release(self) -> None:
        """Let go."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _take(self, address: str) -> None:
        camera = lock_name(address)
        if self._lock is not None and self._lock.camera == camera:
            return
        lock = CameraLock(self._directory, camera)
        lock.take()
        self.release()
        self._lock = lock
