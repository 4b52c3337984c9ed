"""The viewers: each a ``LiveView`` behind a proxy of its own, whose frames are read."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from photonic import LiveView
from photonic.errors import ProtocolError
from photonic.simulator import pixels
from soak.history import Closed, Opened, Seen, Told

if TYPE_CHECKING:
    from tests.support.proxy import FaultProxy

    from photonic import StateChange
    from photonic.model.frame import Frame
    from soak.history import History

READ_SECONDS = 0.25
"""How often a picture is read: reading costs some milliseconds, and two cores do everything here."""


class Viewer:
    """One who looks until cancelled; ``reopen`` closes the view and opens another one after a pause.

    ``seen_at``: when a picture that was new came last.
    """

    def __init__(self, number: int, proxy: FaultProxy, history: History) -> None:
        self.number = number
        self.proxy = proxy
        self._history = history
        self._pause: float | None = None
        self._leave = asyncio.Event()
        self._read_at = 0.0
        self._newest_us = 0
        self.seen_at = 0.0
        self.state = "stopped"

    @property
    def fresh(self) -> bool:
        """Whether a new picture came within the last second."""
        return time.monotonic() - self.seen_at < 1.0

    def reopen(self, pause_seconds: float) -> None:
        """Leave, and come back after a pause."""
        self._pause = pause_seconds
        self._leave.set()

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            self._leave.clear()
            self._history.add(Opened(at=time.monotonic(), viewer=self.number))
            try:
                await self._watch()
            finally:
                self._history.add(Closed(at=time.monotonic(), viewer=self.number))
            await asyncio.sleep(self._pause or 0.0)

    async def _watch(self) -> None:
        async with LiveView(f"http://127.0.0.1:{self.proxy.port}", scale="full", on_change=self._told) as view:
            leaving = asyncio.create_task(self._stop_on_request(view))
            try:
                async for frame in view:
                    self._take(frame)
            finally:
                leaving.cancel()
                await asyncio.wait([leaving])

    async def _stop_on_request(self, view: LiveView) -> None:
        await self._leave.wait()
        await view.stop()

    def _take(self, frame: Frame) -> None:
        now = time.monotonic()
        if now - self._read_at < READ_SECONDS:
            return
        self._read_at = now
        try:
            camera_us = pixels.read(frame.jpeg).camera_us
        except ProtocolError:
            camera_us = None
        if camera_us is not None and camera_us > self._newest_us:
            self._newest_us = camera_us
            self.seen_at = now
        self._history.add(Seen(at=now, viewer=self.number, sequence=frame.sequence, camera_us=camera_us))

    def _told(self, change: StateChange) -> None:
        self.state = change.state.value
        self._history.add(Told(at=time.monotonic(), viewer=self.number, state=self.state, reason=change.reason))
