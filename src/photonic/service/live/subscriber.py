"""One viewer's stream: sends it the newest frame, one at a time, never queued.

A frame is written in the same iteration of the event loop in which the hub publishes it. If the sender still holds
bytes at that moment, the viewer misses the frame and gets the newest one as soon as the sender is free.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from photonic.model.frame import Scale
from photonic.model.health import ViewerHealth
from photonic.model.reason import ReasonCode
from photonic.model.status import ViewerStatus
from photonic.service.live.fit import Fit
from photonic.service.live.pacing import FramePace
from photonic.service.live.rate import Rate
from photonic.serving.shutdown_scope import ShutdownScope

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from photonic.model.hints import Hints
    from photonic.protocol.envelopes import Envelope
    from photonic.service.live.broadcast import Broadcast
    from photonic.service.live.frames import Form, LiveFrame
    from photonic.service.live.sender import FrameSender

    StatusText = Callable[[ViewerStatus, Envelope], bytes]
    """Returns the newest status for a viewer, as text in its sender's envelope."""

TAKE_WITHIN_SECONDS = 10.0
KEPT_UP_FRAMES = 10
"""A viewer joins the broadcast after this many consecutive frames that were sent before the next one arrived."""


class Subscriber:
    """One viewer of the hub, while it is attached.

    Attributes: ``missed`` counts frames that arrived while it was still sending; ``skipped`` counts frames left out to
    honor its ``max_fps``; ``stuck``: it was disconnected because it read nothing.

    Args:
        kind: How the viewer takes its frames, for the status.
        sender: Sends its bytes.
        form: Turns a frame into what the viewer receives.
        hints: Which frames and sizes it requested.
        broadcast: Joined while the viewer takes every frame in full size and keeps up.
        picture: Returns the newest frame in a size; ``None``: it is not ready and will arrive by ``offer_reduced``.
        after_sequence: The number of the newest frame when the viewer was attached.
        status_text: Builds the newest status as text; ``None``: the viewer gets no status.
    """

    def __init__(
        self,
        kind: str,
        sender: FrameSender,
        form: Form,
        *,
        hints: Hints,
        broadcast: Broadcast,
        picture: Callable[[Scale], LiveFrame | None],
        after_sequence: int,
        status_text: StatusText | None = None,
    ) -> None:
        self._sender = sender
        self._form = form
        self._broadcast = broadcast
        self._picture = picture
        self._status_text = status_text
        self._pace = FramePace(hints.max_fps) if hints.max_fps is not None else None
        self._fit = Fit(hints.scale) if hints.adapts else None
        self._shutdown = ShutdownScope()
        self._open = False
        self._joined_at: int | None = None
        self._seen = after_sequence
        self._sent = 0
        self._texts_sent = 0
        self._frame_due = False
        self._status_due = False
        self._kept_up = 0
        self._unwanted = 0
        self._judged = 0, 0
        self._progress: tuple[int, int | None] = 0, None
        self._took_at: float | None = None
        self._rate = Rate()
        self.kind = kind
        self.status = ViewerStatus(scale=hints.scale, max_fps=hints.max_fps)
        self.stuck = False
        self.missed = 0
        self.skipped = 0

    @property
    def dismissed(self) -> bool:
        """Whether the service has ended this stream; the viewer's connection must then be closed."""
        return self._shutdown.begun

    @property
    def taken(self) -> int:
        """How many frames were sent."""
        return self._sent if self._joined_at is None else self._sent + self._broadcast.sent - self._joined_at

    @property
    def scale(self) -> Scale:
        """The size of the frames that are sent now."""
        return self.status.scale

    @property
    def health(self) -> ViewerHealth:
        """This viewer's statistics."""
        return ViewerHealth(
            kind=self.kind,
            fps=round(self._rate.per_second, 1),
            taken=self.taken,
            missed=self.missed,
            skipped=self.skipped,
            scale=self.status.scale,
            max_fps=self.status.max_fps,
            reason=self.status.reason,
        )

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[None]:
        """Send while the context lasts; raises ``EndOfStream`` inside it when the stream is dismissed."""
        async with self._shutdown.bound(), self._sender.opened(on_busy=self._busy, on_free=self._free):
            self._open = True
            self._join()
            try:
                yield
            finally:
                self._leave()
                self._open = False

    def offer(self, frame: LiveFrame) -> None:
        """Send a new full-size frame if this viewer wants it and is free; members of the broadcast already have it."""
        if self._joined_at is not None or not self._open:
            return
        if self._pace is not None and not self._pace.due(frame.captured_us):
            self._unwanted += 1
            return
        self._frame_due = True
        if self._sender.busy or self._sender.behind():
            self._kept_up = 0
            return
        self._kept_up += 1
        self._serve()
        self._join()

    def offer_reduced(self, frame: LiveFrame) -> None:
        """Send a smaller frame if this viewer is waiting for one of its size."""
        wanted = self._frame_due and frame.scale is self.scale and frame.sequence > self._seen
        if wanted and not self._sender.busy and not self._sender.behind():
            self._send(frame)

    def send_status(self) -> None:
        """Send the newest status: now, or as soon as the sender is free."""
        if self._status_text is None:
            return
        if self._sender.busy:
            self._status_due = True
        else:
            self._status_due = False
            self._texts_sent += 1
            self._sender.send_text(self._status_text(self.status, self._sender.text))

    def dismiss(self, reason: str) -> None:
        """End the stream."""
        self._shutdown.end(reason)

    def judge(self, now: float, newest: int) -> None:
        """Once a second: end the stream if the viewer reads nothing, or adapt the frame size to its connection.

        ``newest`` is the number of the newest frame.
        """
        self._rate.sample(now, self.taken)
        if self._takes_nothing(now):
            self.stuck = True
            self.dismiss(f"the viewer read nothing for {TAKE_WITHIN_SECONDS:g} seconds")
            return
        if self._fit is None:
            return
        waiting = max(0, newest - self._seen - self._unwanted) if self._frame_due else 0
        taken, missed = self.taken, self.missed + waiting
        scale = self._fit.judge(now, taken - self._judged[0], max(0, missed - self._judged[1]))
        self._judged = taken, missed
        if scale is not self.scale:
            self._leave()
            reason = self._fit.reason
            code = None if reason is None else ReasonCode.CONNECTION_TOO_SLOW.value
            self.status = self.status.model_copy(update={"scale": scale, "reason": reason, "reason_code": code})
            self.send_status()
            self._join()

    # Called by the sender.

    def _busy(self) -> None:
        """The sender holds bytes: no frame until it is free."""
        self._kept_up = 0
        self._leave()

    def _free(self) -> None:
        """The sender is free again."""
        if self._status_due:
            self.send_status()
        if self._frame_due and not self._sender.busy and not self._sender.behind():
            self._serve()

    def _join(self) -> None:
        """Join the broadcast if this viewer wants every frame in full size, and keeps up.

        The broadcast does not check how much the kernel still holds: a slow viewer's frames would pile up there and
        arrive late.
        """
        plain = self._pace is None and self.scale is Scale.FULL and self._kept_up >= KEPT_UP_FRAMES
        if plain and self._open and self._joined_at is None and not self._sender.busy:
            self._joined_at = self._broadcast.sent
            self._broadcast.add(self, self._sender.send_picture)

    def _leave(self) -> None:
        if self._joined_at is None:
            return
        self._broadcast.remove(self)
        if self._broadcast.sent > self._joined_at:
            self._seen = self._broadcast.sequence
        self._sent = self.taken
        self._joined_at = None

    def _serve(self) -> None:
        frame = self._picture(self.scale)
        if frame is not None and frame.sequence > self._seen:
            self._send(frame)

    def _send(self, frame: LiveFrame) -> None:
        unwanted, self._unwanted = self._unwanted, 0
        self.missed += max(0, frame.sequence - self._seen - 1 - unwanted)
        self.skipped += unwanted
        self._sent += 1
        self._seen = frame.sequence
        self._frame_due = False
        self._sender.send_picture(frame.encoded(self._form, self._sender.picture))

    def _takes_nothing(self, now: float) -> bool:
        """Whether the sender has held the same bytes for ``TAKE_WITHIN_SECONDS``."""
        busy = self._sender.busy
        untaken = self._sender.untaken_bytes() if busy else None
        sent = self.taken + self._texts_sent
        sent_before, before = self._progress
        moved = sent != sent_before or (untaken is not None and before is not None and untaken < before)
        self._progress = sent, untaken
        if not busy or moved or self._took_at is None:
            self._took_at = now
        return now - self._took_at >= TAKE_WITHIN_SECONDS
