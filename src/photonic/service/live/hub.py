"""The newest frame, to any number of viewers, one slot a viewer.

Nobody queues: a viewer whose outlet still holds bytes when the next frame comes misses it, and costs nobody else
anything. Each way of sending has its bytes made once a frame; every viewer that takes it so sends the same object.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

from photonic.model.frame import Scale, is_whole_jpeg
from photonic.model.health import ViewerHealth
from photonic.model.hints import EVERYTHING
from photonic.model.jpeg_head import is_showable
from photonic.service.base.unexpected import Unexpected
from photonic.service.live.broadcast import Broadcast
from photonic.service.live.downscaler import Downscaler
from photonic.service.live.frames import LiveFrame
from photonic.service.live.statistics import HubStatistics
from photonic.service.live.subscriber import Subscriber
from photonic.service.live.waiter import FrameWaiter

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

    from photonic.model.hints import Hints
    from photonic.protocol.envelopes import Envelope
    from photonic.service.live.frames import Form
    from photonic.service.live.sender import FrameSender
    from photonic.service.live.subscriber import Words

JUDGE_EVERY_SECONDS = 1.0


class ViewerKind(StrEnum):
    """How a viewer takes its frames; ``PLAIN`` is the bare WebSocket of part A, which ``/liveview/stop`` closes."""

    PLAIN = "plain"
    LIVE = "live"
    MULTIPART = "multipart"
    PICTURE = "picture"


class Hub:
    """Newest frame, one slot a viewer.

    ``newest`` is ``None`` while no live view runs. ``membership`` rises with every viewer that joins or leaves;
    ``on_membership`` is called after each. ``missed`` and ``stuck`` count frames that viewers missed, and viewers that
    were let go because they took nothing; ``dropped``: frames that were shown to nobody. Call from the event loop's
    thread only.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        *,
        on_membership: Callable[[], None] | None = None,
        unexpected: Unexpected | None = None,
    ) -> None:
        self._clock = clock
        self._viewers: dict[FrameWaiter, None] = {}
        self._channels: dict[Subscriber, None] = {}
        self._broadcasts: dict[tuple[Form, Envelope], Broadcast] = {}
        self._on_membership = on_membership
        self._sequence = 0
        self._epoch = 0
        self._new_epoch = True
        self._reducer = Downscaler(self._deliver, unexpected or Unexpected())
        self._reduced: dict[Scale, LiveFrame] = {}
        self._missed_by_gone = 0
        self.stuck = 0
        self.dropped = 0
        self.newest: LiveFrame | None = None
        self.membership = 0
        self.statistics = HubStatistics(clock)

    @property
    def viewers(self) -> int:
        """How many have joined and not left."""
        return len(self._viewers) + len(self._channels)

    @property
    def channels(self) -> Iterable[Subscriber]:
        """The streams that are open now."""
        return tuple(self._channels)

    def health(self) -> tuple[ViewerHealth, ...]:
        """Every viewer that is here now, in the order in which they came; those that take one picture last."""
        streams = (channel.health for channel in self._channels)
        return (*streams, *(ViewerHealth(kind=viewer.kind) for viewer in self._viewers))

    @property
    def missed(self) -> int:
        """Frames that streams missed because they were still sending, since the start."""
        return self._missed_by_gone + sum(channel.missed for channel in self._channels)

    @property
    def wanted(self) -> bool:
        """Whether any viewer wants the camera's live view to run."""
        return bool(self._channels) or any(viewer.wants_preview for viewer in self._viewers)

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

    async def run(self) -> None:
        """Look after the streams, and make smaller pictures where they are wanted, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._reducer.run())
            while True:
                await asyncio.sleep(JUDGE_EVERY_SECONDS)
                self.judge()

    def publish(self, captured_us: int, jpeg: bytes | memoryview) -> bool:
        """Number a frame and give it to every viewer; whether it was.

        One that is no whole JPEG, or claims more pixels than a browser's tab should decode, is counted and dropped.
        """
        if not (is_whole_jpeg(jpeg) and is_showable(jpeg)):
            self.statistics.count_dropped()
            self.dropped += 1
            return False
        if self._new_epoch:
            self._epoch += 1
            self._new_epoch = False
        self._sequence += 1
        frame = self.newest = LiveFrame(self._epoch, self._sequence, captured_us, jpeg)
        self.statistics.count_frame()
        for broadcast in self._broadcasts.values():
            broadcast.send(frame)
        for channel in tuple(self._channels):
            channel.offer(frame)
        for viewer in self._viewers:
            viewer.wake()
        return True

    def restart(self) -> None:
        """The camera's live view has ended: the last frame is withdrawn, the next one opens a new epoch."""
        self.newest = None
        self._reduced.clear()
        self._new_epoch = True
        self.statistics.reset()

    @contextmanager
    def attach(
        self, kind: str, sender: FrameSender, form: Form, *, hints: Hints = EVERYTHING, words: Words | None = None
    ) -> Generator[Subscriber]:
        """A stream of frames to ``sender`` while the context lasts; its first frame is the next one to come."""
        broadcast = self._broadcasts.setdefault((form, sender.picture), Broadcast(form, sender.picture))
        channel = Subscriber(
            kind,
            sender,
            form,
            hints=hints,
            broadcast=broadcast,
            picture=self._picture,
            after_sequence=self._sequence,
            words=words,
        )
        self._channels[channel] = None
        self._membership_changed()
        try:
            yield channel
        finally:
            del self._channels[channel]
            self._missed_by_gone += channel.missed
            self._membership_changed()

    def join(self, kind: str, wants_preview: bool = True) -> FrameWaiter:
        """A place for a viewer that asks for frames itself, the first the next one to come; leaves with ``with``."""
        viewer = FrameWaiter(kind, wants_preview, self._sequence, newest=lambda: self.newest, leave=self._discard)
        self._viewers[viewer] = None
        self._membership_changed()
        return viewer

    def dismiss(self, reason: str, kind: str | None = None) -> None:
        """End the streams of one kind of viewer; ``None``: of all."""
        for viewer in (*self._channels, *self._viewers):
            if kind is None or viewer.kind == kind:
                viewer.dismiss(reason)

    def judge(self) -> None:
        """See to viewers that take nothing, or too little for full pictures."""
        now = self._clock()
        for channel in tuple(self._channels):
            if not channel.dismissed:
                channel.judge(now, self._sequence)
                self.stuck += channel.stuck

    def _discard(self, viewer: FrameWaiter) -> None:
        if viewer in self._viewers:
            del self._viewers[viewer]
            self._membership_changed()

    def _picture(self, scale: Scale) -> LiveFrame | None:
        """The newest frame of that size; ``None`` when it is not made yet: it comes by ``offer_reduced``."""
        newest = self.newest
        if newest is None or scale is Scale.FULL:
            return newest
        reduced = self._reduced.get(scale)
        if reduced is not None and reduced.sequence == newest.sequence:
            return reduced
        self._reducer.want(newest, scale)
        return None

    def _deliver(self, frame: LiveFrame) -> None:
        """A frame was made smaller."""
        if self.newest is None or frame.epoch != self._epoch:
            return
        self._reduced[frame.scale] = frame
        for channel in tuple(self._channels):
            channel.offer_reduced(frame)

    def _membership_changed(self) -> None:
        self.membership += 1
        if self._on_membership is not None:
            self._on_membership()
