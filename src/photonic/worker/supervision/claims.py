"""Which camera is whose within one service: one body at two addresses is one camera, and has one station."""

from __future__ import annotations

from photonic.errors import CameraError, FailureKind
from photonic.worker.serials import bare_serial


class Claims:
    """The serial numbers of the cameras that are open, each with the address that it was found at first."""

    def __init__(self) -> None:
        self._addresses: dict[str, str] = {}

    def take(self, serial: str, address: str) -> None:
        """The camera at ``address`` is this one. Raises ``CameraError`` (BLOCKED) when another address has it.

        A camera without a serial number is nobody's in particular.
        """
        bare = bare_serial(serial)
        if not bare:
            return
        first = self._addresses.setdefault(bare, address)
        if first != address:
            raise CameraError(
                f"the camera at {address} has the serial number {serial} of the one at {first}, which this service has "
                "already: name each camera once, and give each simulated one its own --serial",
                kind=FailureKind.BLOCKED,
            )

    def give_back(self, address: str) -> None:
        """The camera at ``address`` is let go."""
        self._addresses = {serial: first for serial, first in self._addresses.items() if first != address}
