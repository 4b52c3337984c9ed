"""The USB bus of the simulated machine: what is plugged in, and the port that the service may reset."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from photonic.errors import CameraError, FailureKind
from photonic.worker.serials import same_serial

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.simulation.body import CameraBody


class SimulatedBus:
    """Implements ``worker.supervision.bus.Bus`` for one supervisor."""

    def __init__(self, bodies: Sequence[CameraBody]) -> None:
        self._bodies = bodies
        self._change = asyncio.Event()

    def present(self, serial: str | None) -> bool | None:
        """Whether the camera with this serial number (``None``: any) is plugged in."""
        return self._find(serial) is not None

    async def changed(self) -> None:
        """Wait until a camera is plugged in or unplugged."""
        await self._change.wait()

    def reset(self, serial: str | None, port: str | None) -> None:
        """Reset the camera's port: its connection ends, and it accepts another one."""
        body = self._find(serial)
        if body is None:
            raise CameraError("the camera is no longer on USB", kind=FailureKind.CAMERA_ABSENT)
        body.unplug()
        body.plug_in()

    def notify(self) -> None:
        """A camera was plugged in or unplugged."""
        happened, self._change = self._change, asyncio.Event()
        happened.set()

    def _find(self, serial: str | None) -> CameraBody | None:
        here = (body for body in self._bodies if body.reachable)
        return next((body for body in here if serial is None or same_serial(body.serial, serial)), None)
