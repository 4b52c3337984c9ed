"""Sends the newest frame to any number of viewers.

Theory of operation
===================
One camera's frames arrive through ``publish`` and go out to two kinds of viewers:

- a *subscriber* has a stream: each frame is written to its sender in the same turn of the event loop in which it is
  published;
- a *frame waiter* asks for frames one at a time, and is only woken here.

What holds at all times:

- Nothing is queued. A subscriber whose sender still holds bytes when the next frame arrives misses that frame. A slow
  viewer therefore gets fewer frames, never older ones, and delays neither the camera nor another viewer.
- A frame's bytes are built once for each form and envelope; all viewers with that form and envelope send the same
  object. Subscribers that take every frame and keep up are members of a ``Broadcast``, which only writes to them; the
  others are offered each frame individually.
- Smaller frames are made in one thread, only while a viewer wants that size, and only from the newest frame; they
  arrive later, through ``_deliver``, and are dropped if live view has restarted meanwhile.
- Sequence numbers never repeat within a run of the service. The epoch increases with the first frame after a restart of
  the camera's live view, so that a viewer can tell a restart from a gap.

Everything but the downscaler's thread runs on the event loop's thread, and ``publish`` does not await: no viewer can
join or leave while a frame is distributed, except a subscriber whose own write makes it busy.
"""

from __future__ import annotations

import asyncio
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
    from collections.abc import Callable, Generator

    from photonic.model.hints import Hints
    from photonic.protocol.envelopes import Envelope
    from photonic.service.live.frames import Form
    from photonic.service.live.sender import FrameSender
    from photonic.service.live.subscriber import StatusText

JUDGE_EVERY_SECONDS = 1.0


class ViewerKind(StrEnum):
    """How a viewer takes its frames; ``PLAIN`` is the compat API's WebSocket, which ``/liveview/stop`` closes."""

    PLAIN = "plain"
    LIVE = "live"
    MULTIPART = "multipart"
    PICTURE = "picture"


class Hub:
    """The viewers of one camera and its newest frame. Use it on the event loop's thread only.

    Attributes: ``newest`` is ``None`` while live view is not running. ``membership`` increases whenever a viewer joins
    or leaves. ``stuck`` counts viewers that were disconnected because they read nothing; ``dropped`` counts frames
    that were damaged or too large to show.

    Args:
        clock: Seconds, monotonic.
        on_membership: Called after each change of ``membership``.
        unexpected: Counts failures of the downscaler.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        *,
        on_membership: Callable[[], None] | None = None,
        unexpected: Unexpected | None = None,
    ) -> None:
        self._clock = clock
        self._viewers: dict[FrameWaiter, None] = {}
        self._subscribers: dict[Subscriber, None] = {}
        self._broadcasts: dict[tuple[Form, Envelope], Broadcast] = {}
        self._on_membership = on_membership
        self._sequence = 0
        self._epoch = 0
        self._new_epoch = True
        self._downscaler = Downscaler(self._deliver, clock, unexpected or Unexpected())
        self._reduced: dict[Scale, LiveFrame] = {}
        self._missed_by_gone = 0
        self.stuck = 0
        self.dropped = 0
        self.newest: LiveFrame | None = None
        self.membership = 0
        self.statistics = HubStatistics(clock)

    @property
    def viewers(self) -> int:
        """How many viewers there are."""
        return len(self._viewers) + len(self._subscribers)

    def health(self) -> tuple[ViewerHealth, ...]:
        """The statistics of every viewer in the order of joining: streams first, then the others."""
        streams = (subscriber.health for subscriber in self._subscribers)
        return (*streams, *(ViewerHealth(kind=viewer.kind) for viewer in self._viewers))

    @property
    def missed(self) -> int:
        """How many frames all streams have missed since the service started because they were still sending."""
        return self._missed_by_gone + sum(subscriber.missed for subscriber in self._subscribers)

    @property
    def wanted(self) -> bool:
        """Whether any viewer wants the camera's live view to run."""
        return bool(self._subscribers) or any(viewer.wants_preview for viewer in self._viewers)

    @property
    def fps(self) -> float:
        """Frames per second over about the last second."""
        return self.statistics.fps

    @property
    def epoch(self) -> int:
        """Which (re)start of the camera's live view the newest frame belongs to; 0 before the first frame."""
        return self._epoch

    @property
    def sequence(self) -> int:
        """The number of the newest frame; 0 before the first. Never repeats within a run of the service."""
        return self._sequence

    async def run(self) -> None:
        """Make the smaller frames that viewers want, and assess the streams once a second, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._downscaler.run())
            while True:
                await asyncio.sleep(JUDGE_EVERY_SECONDS)
                self.judge()

    def publish(self, captured_us: int, jpeg: bytes | memoryview) -> bool:
        """Number a frame and send it to every viewer.

        Drops a frame that is not a complete JPEG or has more pixels than a browser tab should decode.

        Args:
            captured_us: When it was captured: CLOCK_MONOTONIC, in microseconds.
            jpeg: The frame; must not change afterwards.

        Returns:
            Whether it was sent.
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
        for subscriber in tuple(self._subscribers):
            subscriber.offer(frame)
        for viewer in self._viewers:
            viewer.wake()
        return True

    def restart(self) -> None:
        """The camera's live view has ended: withdraw the newest frame; the next one begins a new epoch."""
        self.newest = None
        self._reduced.clear()
        self._new_epoch = True
        self.statistics.reset()

    @contextmanager
    def attach(
        self,
        kind: str,
        sender: FrameSender,
        form: Form,
        *,
        hints: Hints = EVERYTHING,
        status_text: StatusText | None = None,
    ) -> Generator[Subscriber]:
        """Add a viewer that receives a stream, from the next frame until the context ends.

        Args:
            kind: How the viewer takes its frames, for the status.
            sender: Sends its bytes.
            form: Turns a frame into what the viewer receives.
            hints: Which frames and sizes it requested.
            status_text: Builds the newest status as text for this viewer; ``None``: it gets no status.
        """
        broadcast = self._broadcasts.setdefault((form, sender.picture), Broadcast(form, sender.picture))
        subscriber = Subscriber(
            kind,
            sender,
            form,
            hints=hints,
            broadcast=broadcast,
            picture=self._picture,
            after_sequence=self._sequence,
            status_text=status_text,
        )
        self._subscribers[subscriber] = None
        self._membership_changed()
        try:
            yield subscriber
        finally:
            del self._subscribers[subscriber]
            self._missed_by_gone += subscriber.missed
            self._membership_changed()

    def join(self, kind: str, wants_preview: bool = True) -> FrameWaiter:
        """Add a viewer that requests frames one at a time, from the next frame on; it leaves at the end of ``with``.

        ``wants_preview``: whether the camera's live view should run for this viewer.
        """
        viewer = FrameWaiter(kind, wants_preview, self._sequence, newest=lambda: self.newest, leave=self._discard)
        self._viewers[viewer] = None
        self._membership_changed()
        return viewer

    def dismiss(self, reason: str, kind: str | None = None) -> None:
        """Disconnect the viewers of one kind; ``None``: all of them."""
        for viewer in (*self._subscribers, *self._viewers):
            if kind is None or viewer.kind == kind:
                viewer.dismiss(reason)

    def judge(self) -> None:
        """Disconnect viewers that read nothing; adapt the frame size for those that are too slow."""
        now = self._clock()
        for subscriber in tuple(self._subscribers):
            if not subscriber.dismissed:
                subscriber.judge(now, self._sequence)
                self.stuck += subscriber.stuck

    def _discard(self, viewer: FrameWaiter) -> None:
        if viewer in self._viewers:
            del self._viewers[viewer]
            self._membership_changed()

    def _picture(self, scale: Scale) -> LiveFrame | None:
        """The newest frame in this size; ``None`` if it is not ready yet and will arrive through ``offer_reduced``."""
        newest = self.newest
        if newest is None or scale is Scale.FULL:
            return newest
        reduced = self._reduced.get(scale)
        if reduced is not None and reduced.sequence == newest.sequence:
            return reduced
        self._downscaler.request(newest, scale)
        return None

    def _deliver(self, frame: LiveFrame) -> None:
        """The downscaler has made a smaller frame."""
        if self.newest is None or frame.epoch != self._epoch:
            return
        self._reduced[frame.scale] = frame
        for subscriber in tuple(self._subscribers):
            subscriber.offer_reduced(frame)

    def _membership_changed(self) -> None:
        self.membership += 1
        if self._on_membership is not None:
            self._on_membership()
