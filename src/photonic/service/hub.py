"""The newest frame, to any number of viewers, one slot a viewer.

Nobody queues: a viewer that is still sending when the next frame comes misses it, and costs nobody else anything.
Each transport's bytes are made once a frame; every viewer of that transport sends the same object.
"""

from __future__ import annotations

import asyncio
import time
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from photonic.errors import EndOfStream
from photonic.model.frame import Frame, is_whole_jpeg
from photonic.protocol import live, multipart
from photonic.service.statistics import LiveStatistics

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType


class ViewerKind(StrEnum):
    """How a viewer takes its frames; ``PLAIN`` is the bare WebSocket of part A, which ``/liveview/stop`` closes."""

    PLAIN = "plain"
    LIVE = "live"
    MULTIPART = "multipart"
    PICTURE = "picture"


class Viewer:
    """One viewer's place at the hub; a context manager that leaves the hub at its end.

    ``wants_preview``: whether the camera's live view should run for this viewer. ``taken`` and ``missed`` count frames
    since the viewer joined.
    """

    def __init__(self, hub: Hub, kind: str, wants_preview: bool, after_sequence: int) -> None:
        self._hub = hub
        self._waiter: asyncio.Future[None] | None = None
        self._seen = after_sequence
        self._dismissed: str | None = None
        self._nudged = False
        self.kind = kind
        self.wants_preview = wants_preview
        self.taken = 0
        self.missed = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()

    @property
    def dismissed(self) -> bool:
        """Whether the service has ended this stream: the viewer's connection is to be closed."""
        return self._dismissed is not None

    async def next(self, timeout_seconds: float | None = None) -> Frame:
        """The newest frame that this viewer has not had; waits for one that is captured after the viewer joined.

        ``None`` waits without limit. Raises ``TimeoutError`` when no frame came in time or the viewer was nudged (it
        stays joined), and ``EndOfStream`` when the service has dismissed the viewer. One call at a time.
        """
        if (frame := self._unseen()) is None:
            async with asyncio.timeout(timeout_seconds):
                frame = await self._wait()
        self.missed += frame.sequence - self._seen - 1
        self.taken += 1
        self._seen = frame.sequence
        return frame

    def leave(self) -> None:
        """Give up the place; does nothing the second time."""
        self._hub.discard(self)

    def wake(self) -> None:
        """The hub has something new for this viewer."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def nudge(self) -> None:
        """Let ``next`` give up its wait, now or at the next call: its caller has something else to do."""
        self._nudged = True
        self.wake()

    def dismiss(self, reason: str) -> None:
        """End the stream: ``next`` raises ``EndOfStream`` from now on."""
        self._dismissed = self._dismissed or reason
        self.wake()

    async def _wait(self) -> Frame:
        while (frame := self._unseen()) is None:
            if self._nudged:
                self._nudged = False
                raise TimeoutError
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return frame

    def _unseen(self) -> Frame | None:
        if self._dismissed is not None:
            raise EndOfStream(self._dismissed)
        frame = self._hub.newest
        return frame if frame is not None and frame.sequence > self._seen else None


class Hub:
    """Newest frame, one slot a viewer.

    ``newest`` is ``None`` while no live view runs. ``membership`` rises with every viewer that joins or leaves;
    ``on_membership`` is called after each. Call from the event loop's thread only.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, *, on_membership: Callable[[], None] | None = None
    ) -> None:
        self._viewers: set[Viewer] = set()
        self._on_membership = on_membership
        self._sequence = 0
        self._epoch = 0
        self._new_epoch = True
        self._message: tuple[Frame, bytes] | None = None
        self._part: tuple[Frame, bytes] | None = None
        self.newest: Frame | None = None
        self.membership = 0
        self.statistics = LiveStatistics(clock)

    @property
    def viewers(self) -> int:
        """How many have joined and not left."""
        return len(self._viewers)

    @property
    def wanted(self) -> bool:
        """Whether any viewer wants the camera's live view to run."""
        return any(viewer.wants_preview for viewer in self._viewers)

    @property
    def fps(self) -> float:
        """Frames a second over the last second or so."""
        return self.statistics.fps

    @property
    def epoch(self) -> int:
        """The (re)start of the camera's live view that the newest frame belongs to; 0 before the first frame."""
        return self._epoch

    @property
    def sequence(self) -> int:
        """The number of the last frame; 0 before the first. Never repeats within a run of the service."""
        return self._sequence

    def publish(self, captured_us: int, jpeg: bytes) -> None:
        """Number a frame and hand it to every viewer that waits; what is no whole JPEG is counted and dropped."""
        if not is_whole_jpeg(jpeg):
            self.statistics.count_dropped()
            return
        if self._new_epoch:
            self._epoch += 1
            self._new_epoch = False
        self._sequence += 1
        self.newest = Frame(self._epoch, self._sequence, captured_us, jpeg)
        self.statistics.count_frame()
        for viewer in self._viewers:
            viewer.wake()

    def restart(self) -> None:
        """The camera's live view has ended: the last frame is withdrawn, the next one opens a new epoch."""
        self.newest = self._message = self._part = None
        self._new_epoch = True
        self.statistics.reset()

    def join(self, kind: str, wants_preview: bool = True) -> Viewer:
        """A place for one more viewer, whose first frame is the next one to come; leaves with ``with``."""
        viewer = Viewer(self, kind, wants_preview, self._sequence)
        self._viewers.add(viewer)
        self._membership_changed()
        return viewer

    def discard(self, viewer: Viewer) -> None:
        """Take a viewer off, if it is still there."""
        if viewer in self._viewers:
            self._viewers.discard(viewer)
            self._membership_changed()

    def dismiss(self, reason: str, kind: str | None = None) -> None:
        """End the streams of one kind of viewer; ``None``: of all."""
        for viewer in tuple(self._viewers):
            if kind is None or viewer.kind == kind:
                viewer.dismiss(reason)

    def live_message(self, frame: Frame) -> bytes:
        """The frame as a message of ``photonic.live.v1``; made once for the newest frame."""
        if self._message is not None and self._message[0] is frame:
            return self._message[1]
        message = live.encode(frame)
        if frame is self.newest:
            self._message = (frame, message)
        return message

    def part(self, frame: Frame) -> bytes:
        """The frame as one part of ``multipart/x-mixed-replace``; made once for the newest frame."""
        if self._part is not None and self._part[0] is frame:
            return self._part[1]
        part = multipart.encode_part(frame)
        if frame is self.newest:
            self._part = (frame, part)
        return part

    def _membership_changed(self) -> None:
        self.membership += 1
        if self._on_membership is not None:
            self._on_membership()
