"""Which address owns which camera within one service: a body that is reachable at two addresses is opened once."""

from __future__ import annotations

from photonic.errors import CameraError, FailureKind
from photonic.worker.serials import bare_serial


class Claims:
    """The serial numbers of the open cameras, each with the address that claimed it first."""

    def __init__(self) -> None:
        self._addresses: dict[str, str] = {}

    def claim(self, serial: str, address: str) -> None:
        """Claim the camera with this serial number for ``address``; a camera without one needs no claim.

        Raises ``CameraError`` (BLOCKED) if another address has claimed it.
        """
        bare = bare_serial(serial)
        if not bare:
            return
        first = self._addresses.setdefault(bare, address)
        if first != address:
            raise CameraError(
                f"the camera at {address} has the same serial number ({serial}) as the camera at {first}: "
                "list each camera once, and give each simulated camera its own --serial",
                kind=FailureKind.BLOCKED,
            )

    def release(self, address: str) -> None:
        """Release every claim of ``address``."""
        self._addresses = {serial: first for serial, first in self._addresses.items() if first != address}
