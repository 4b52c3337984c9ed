"""Whose camera it is: the lock of one supervisor, by the camera's address or, where that names none, its serial."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.worker.supervision.claims import Claims
from photonic.worker.supervision.lock import CameraLock, lock_name

if TYPE_CHECKING:
    from pathlib import Path

AUTO = "auto"

NOBODYS = ("pattern:", "url:", "file:")
"""These are no devices: any number of services may show one."""


class Ownership:
    """The lock on the camera at ``address``, in ``directory``; taken step by step, let go once.

    ``claims``: of the cameras that the same service has.
    """

    def __init__(self, address: str, directory: Path, claims: Claims | None = None) -> None:
        self._address = address
        self._directory = directory
        self._claims = claims or Claims()
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
        """Take the camera that turned out to be there. Raises ``CameraError`` when somebody else has it."""
        if not self._address.startswith(NOBODYS):
            self._claims.take(serial, self._address)
        if self._address == AUTO:
            self._take(f"usb:{serial}")

    def release(self) -> None:
        """Let go."""
        self._claims.give_back(self._address)
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _take(self, address: str) -> None:
        camera = lock_name(address)
        if self._lock is not None and self._lock.camera == camera:
            return
        lock = CameraLock(self._directory, camera)
        lock.take()
        self._unlock()
        self._lock = lock
