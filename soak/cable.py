"""A person at the USB cable: other ports, hubs, storms of plugging, and faults that show only at a reset or an open."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from itertools import cycle
from typing import TYPE_CHECKING

from photonic.simulator.faults import FaultName
from soak.cameras import USB_PORTS
from soak.plan import USB_DISTURBANCES, Disturbance

if TYPE_CHECKING:
    from soak.rig import Rig

OUT_SECONDS = 0.3
STORM_EVERY_SECONDS = 0.8


class Cable:
    """The cable of the camera of a rig. Each disturbance leaves the camera plugged in and without a fault."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._ports = cycle((*USB_PORTS[1:], USB_PORTS[0]))

    async def disturb(self, what: Disturbance, seconds: float) -> None:
        """Carry out a disturbance of ``USB_DISTURBANCES``."""
        match what:
            case Disturbance.MOVED_TO_ANOTHER_PORT:
                await self._move(seconds)
            case Disturbance.HUB_UNPLUGGED:
                await self._pull_hub(seconds)
            case Disturbance.PLUG_STORM:
                await self._storm(seconds)
            case Disturbance.WEDGED_AND_RENUMBERED:
                await self._during(seconds, FaultName.RESET_RENUMBERS, FaultName.WEDGED)
            case Disturbance.WEDGED_AND_LOST:
                await self._during(seconds, FaultName.RESET_LOSES, FaultName.WEDGED)
            case Disturbance.OPENED_WHILE_CLAIMED:
                await self._open_during(seconds, FaultName.CLAIMED)
            case Disturbance.OPENED_WITH_KERNEL_DRIVER:
                await self._open_during(seconds, FaultName.KERNEL_DRIVER)
            case _:
                raise ValueError(f"{what} is not one of {', '.join(USB_DISTURBANCES)}")

    async def _move(self, seconds: float) -> None:
        control = self._rig.control
        await asyncio.to_thread(control.unplug)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(control.replug, next(self._ports))

    async def _pull_hub(self, seconds: float) -> None:
        hub = self._rig.control.hub
        await asyncio.to_thread(hub, plugged=False)
        try:
            await asyncio.sleep(seconds)
        finally:
            await asyncio.to_thread(hub, plugged=True)

    async def _storm(self, seconds: float) -> None:
        """Pull the cable again and again, each time only briefly."""
        control = self._rig.control
        await asyncio.to_thread(control.fault, FaultName.UNPLUG, seconds=OUT_SECONDS, every=STORM_EVERY_SECONDS)
        try:
            await asyncio.sleep(seconds)
        finally:
            await asyncio.to_thread(control.clear, FaultName.UNPLUG)

    async def _during(self, seconds: float, *faults: FaultName) -> None:
        """Have these faults for some seconds, and the cable plugged in afterwards."""
        control = self._rig.control
        try:
            for name in faults:
                await asyncio.to_thread(control.fault, name)
            await asyncio.sleep(seconds)
        finally:
            # A reset that loses the camera leaves its cable pulled.
            for name in (*faults, FaultName.UNPLUG):
                await asyncio.to_thread(control.clear, name)

    async def _open_during(self, seconds: float, name: FaultName) -> None:
        """Let the camera be opened again, by another process, while it has a fault."""
        control = self._rig.control
        await asyncio.to_thread(control.fault, name)
        try:
            pid = self._rig.process_pid()
            if pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            await asyncio.sleep(seconds)
        finally:
            await asyncio.to_thread(control.clear, name)
