"""A listener that keeps what it hears of a camera, and lets a test wait for it."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, TypeVar

from tests.support.driver import text_of

from photonic.worker.link.messages import CameraOpened, PreviewChanged

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.errors import CameraError
    from photonic.worker.link.messages import Event

E = TypeVar("E")
WITHIN_SECONDS = 30.0


class RecordingListener:
    """Hears a supervisor. ``frames`` are the texts of the fake camera's pictures: ``frame <pid> <number>``."""

    def __init__(self) -> None:
        self.frames: list[str] = []
        self.ages: list[float] = []
        self.events: list[Event] = []
        self.downs: list[CameraError] = []
        self.rungs: list[int] = []
        self.waits: list[float] = []
        self.recoveries = 0
        self._news = asyncio.Event()

    def frame(self, captured_us: int, jpeg: bytes | memoryview) -> None:
        self.frames.append(text_of(jpeg))
        self.ages.append(time.monotonic() - captured_us / 1_000_000)
        self._news.set()

    def event(self, event: Event) -> None:
        self.events.append(event)
        self._news.set()

    def down(self, failure: CameraError, retry_in_seconds: float, rung: int) -> None:
        self.downs.append(failure)
        self.rungs.append(rung)
        self.waits.append(retry_in_seconds)
        self._news.set()

    def recovered(self) -> None:
        self.recoveries += 1
        self._news.set()

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def views(self) -> list[str]:
        return [event.state for event in self.of(PreviewChanged)]

    async def until(self, condition: Callable[[], object], within_seconds: float = WITHIN_SECONDS) -> None:
        """Wait until ``condition`` holds; fails with what was heard."""
        try:
            async with asyncio.timeout(within_seconds):
                while not condition():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            heard = f"{len(self.frames)} frames, last {self.frames[-1:]}; {self.events[-10:]}; {self.downs}"
            raise AssertionError(f"not within {within_seconds} s; heard: {heard}") from None

    async def opened(self, times: int = 1) -> None:
        await self.until(lambda: len(self.of(CameraOpened)) >= times)

    async def more_frames(self, count: int = 3) -> None:
        """Wait for so many frames more than there are now."""
        target = len(self.frames) + count
        await self.until(lambda: len(self.frames) >= target)
