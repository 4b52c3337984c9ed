"""A viewer that requests frames one at a time: a single picture, or the newest one again and again in a loop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

from photonic.errors import EndOfStream

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from photonic.service.live.frames import LiveFrame


class FrameWaiter:
    """One viewer's membership of the hub; as a context manager, it leaves the hub on exit.

    ``wants_preview``: whether the camera's live view should run for this viewer.

    Args:
        kind: How the viewer takes its frames, for the status.
        wants_preview: See above.
        after_sequence: The number of the newest frame when the viewer joined; it gets only later ones.
        newest: Returns the hub's newest frame, ``None`` while there is none.
        leave: Removes this viewer from the hub; may be called more than once.
    """

    def __init__(
        self,
        kind: str,
        wants_preview: bool,
        after_sequence: int,
        *,
        newest: Callable[[], LiveFrame | None],
        leave: Callable[[FrameWaiter], None],
    ) -> None:
        self._newest = newest
        self._leave = leave
        self._waiter: asyncio.Future[None] | None = None
        self._seen = after_sequence
        self._dismissed: str | None = None
        self.kind = kind
        self.wants_preview = wants_preview

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()

    @property
    def dismissed(self) -> bool:
        """Whether the service has ended this stream; the viewer's connection must then be closed."""
        return self._dismissed is not None

    async def next(self, timeout_seconds: float | None = None) -> LiveFrame:
        """The newest frame that this viewer has not received; waits for one if necessary. One call at a time.

        ``timeout_seconds``: ``None`` waits without limit. Raises ``TimeoutError`` if no frame arrived in time (the
        viewer stays joined), and ``EndOfStream`` if the service has ended the stream.
        """
        if (frame := self._unseen()) is None:
            async with asyncio.timeout(timeout_seconds):
                frame = await self._wait()
        self._seen = frame.sequence
        return frame

    def leave(self) -> None:
        """Leave the hub; further calls do nothing."""
        self._leave(self)

    def wake(self) -> None:
        """The hub has a new frame."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def dismiss(self, reason: str) -> None:
        """End the stream: ``next`` raises ``EndOfStream`` from now on."""
        self._dismissed = self._dismissed or reason
        self.wake()

    async def _wait(self) -> LiveFrame:
        while (frame := self._unseen()) is None:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return frame

    def _unseen(self) -> LiveFrame | None:
        if self._dismissed is not None:
            raise EndOfStream(self._dismissed)
        frame = self._newest()
        return frame if frame is not None and frame.sequence > self._seen else None
