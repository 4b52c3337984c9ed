"""A person at the camera while users take photos through the service: turns the dial, presses and holds the button."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from photonic import CameraClient
from photonic.errors import BadInput, ServiceError
from photonic.model.api import CaptureStatusAnswer
from photonic.ptp.codes import CanonProperty
from photonic.simulator.faults import FaultName
from photonic.simulator.properties import CONTINUOUS

if TYPE_CHECKING:
    from soak.history import History
    from soak.rig import Rig
    from soak.users import Goal

SINGLE = 0
POLL_SECONDS = 0.1
HELD_SECONDS = 8.0
OPEN_WITHIN_SECONDS = 20.0
PRESSED_AT = 0.4
"""When to press the button, as a fraction of the delay of the twin."""

AFTER_TWIN_SECONDS = 0.5


class Photographer:
    """Each of these returns when the camera is as it was before; ``enough`` ends them early."""

    def __init__(self, rig: Rig, history: History, goal: Goal) -> None:
        self._rig = rig
        self._history = history
        self._goal = goal

    async def shoot_continuously(self, seconds: float) -> None:
        """Turn the drive dial to continuous: one release takes several photos."""
        dial = self._rig.control.dial
        await asyncio.to_thread(dial, CanonProperty.DRIVE, CONTINUOUS)
        try:
            await asyncio.sleep(seconds)
        finally:
            await asyncio.to_thread(dial, CanonProperty.DRIVE, SINGLE)

    async def press_between(self, seconds: float, late_seconds: float, enough: asyncio.Event) -> None:
        """Press the button on the body while the second file of a capture is still missing."""
        control, deadline = self._rig.control, time.monotonic() + seconds
        try:
            while time.monotonic() < deadline and not enough.is_set():
                await asyncio.to_thread(
                    control.fault, FaultName.LATE_TWIN, start="capture", amount=late_seconds, times=1
                )
                while await asyncio.to_thread(self._lasts, FaultName.LATE_TWIN):
                    if enough.is_set() or time.monotonic() > deadline:
                        return
                    await asyncio.sleep(POLL_SECONDS)
                await asyncio.sleep(late_seconds * PRESSED_AT)
                await asyncio.to_thread(self._press)
                await asyncio.sleep(late_seconds * (1.0 - PRESSED_AT) + AFTER_TWIN_SECONDS)
        finally:
            await asyncio.to_thread(control.clear, FaultName.LATE_TWIN)

    async def hold_and_kill(self, seconds: float, enough: asyncio.Event) -> None:
        """kill -9 for the camera process while it holds the shutter open, on a body that keeps its button down then."""
        control = self._rig.control
        await asyncio.to_thread(control.fault, FaultName.BUTTON_HELD)
        self._goal.bulb_seconds = HELD_SECONDS
        try:
            is_open = await self._shutter_opens(enough)
            self._goal.bulb_seconds = None
            pid = self._rig.process_pid()
            if is_open and pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            else:
                self._history.note("no capture held the shutter open")
            await asyncio.sleep(seconds)
        finally:
            self._goal.bulb_seconds = None
            await asyncio.to_thread(control.clear, FaultName.BUTTON_HELD)

    async def _shutter_opens(self, enough: asyncio.Event) -> bool:
        """Whether the service says within a while for how long the shutter is still held open."""
        deadline = time.monotonic() + OPEN_WITHIN_SECONDS
        async with CameraClient(self._rig.url) as client:
            while time.monotonic() < deadline and not enough.is_set():
                try:
                    status = await client.capture_status()
                except ServiceError:
                    status = None
                if isinstance(status, CaptureStatusAnswer) and any(
                    one.exposure_remaining_seconds is not None for one in status.captures
                ):
                    return True
                await asyncio.sleep(POLL_SECONDS)
        return False

    def _lasts(self, name: FaultName) -> bool:
        state = self._rig.control.state()
        return any(fault["name"] == name for fault in (*state["on"], *state["waiting"]))

    def _press(self) -> None:
        try:
            self._rig.control.press()
        except BadInput as error:
            # Busy with a shot, or off.
            self._history.note(f"the camera would not: {error}")
