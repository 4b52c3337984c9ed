"""Notices that a camera is unplugged while nothing is asked of it; a running command finds out by itself."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING

from photonic.errors import CameraError, FailureKind
from photonic.worker.supervision.bus import UsbBus, watched_usb
from photonic.worker.supervision.usb import GONE

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from photonic.worker.supervision.bus import Bus
    from photonic.worker.supervision.process import CameraProcess
    from photonic.worker.supervision.recovery import Recovery


class PlugWatch:
    """Ends the camera process of a camera that the bus no longer shows.

    Args:
        bus: Where the camera is plugged in.
        recovery: Knows whether the bus has shown the camera before.
        process: The newest camera process; ``None``: none has been started.
    """

    def __init__(self, bus: Bus, recovery: Recovery, process: Callable[[], CameraProcess | None]) -> None:
        self._bus = bus
        self._recovery = recovery
        self._process = process
        self._bus_changed = False

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Watch the bus while the context lasts."""
        with watched_usb(self._bus) if isinstance(self._bus, UsbBus) else nullcontext():
            watching = asyncio.get_running_loop().create_task(self._watch())
            try:
                yield
            finally:
                watching.cancel()
                await asyncio.wait([watching])

    def check(self) -> None:
        """End the process if the camera was unplugged; a busy process is asked again at the next call."""
        process = self._process()
        if not self._bus_changed or process is None or not process.usable or process.busy:
            return
        self._bus_changed = False
        if self._recovery.unplugged:
            process.dismiss(CameraError(GONE, kind=FailureKind.CAMERA_ABSENT))

    async def _watch(self) -> None:
        while True:
            await self._bus.changed()
            self._bus_changed = True
            self.check()
