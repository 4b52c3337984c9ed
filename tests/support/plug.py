"""The plug of a USB camera that a test pulls and puts in again; nothing of it is real."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photonic.errors import CameraError


class FakePlug:
    """A bus with at most one camera. ``serial``: what the bus shows; ``asked`` counts the looks at it."""

    def __init__(self, serial: str | None = "F-0001") -> None:
        self.serial = serial
        self.resets: list[str | None] = []
        self.refusal: CameraError | None = None
        self.asked = 0
        self._move = asyncio.Event()

    def present(self, serial: str | None) -> bool | None:
        self.asked += 1
        return self.serial is not None if serial is None else serial == self.serial

    async def changed(self) -> None:
        await self._move.wait()

    def reset(self, serial: str | None, port: str | None) -> None:
        self.resets.append(serial or port)
        if self.refusal is not None:
            raise self.refusal

    def unplug(self) -> None:
        self._change(None)

    def plug_in(self, serial: str = "F-0001") -> None:
        self._change(serial)

    def _change(self, serial: str | None) -> None:
        self.serial = serial
        move, self._move = self._move, asyncio.Event()
        move.set()
