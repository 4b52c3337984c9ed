"""One viewer's stream: the newest frame to its outlet, one at a time, never queued.

A frame is written in the turn of the event loop in which the hub publishes it. An outlet that still holds bytes then
misses it, and gets the newest one when it is free.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from photonic.model.frame import Scale
from photonic.model.health import ViewerHealth
from photonic.model.reason import ReasonCode
from photonic.model.status import ViewerStatus
from photonic.service.base.shutdown import ShutdownScope
from photonic.service.live.fit import Fit
from photonic.service.live.pacing import FramePace
from photonic.service.live.rate import Rate

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from photonic.model.hints import Hints
    from photonic.protocol.envelopes import Envelope
    from photonic.service.live.broadcast import Broadcast
    from photonic.service.live.frames import Form, LiveFrame
    from photonic.service.live.sender import FrameSender

    Words = Callable[[ViewerStatus, Envelope], bytes]
    """The newest words for a viewer that gets this, in its outlet's envelope."""

TAKE_WITHIN_SECONDS = 10.0
KEPT_UP_FRAMES = 10
"""So many one after the other had left when the next one came: the viewer joins the broadcast."""


class Subscriber:
    """One viewer of the hub, while it is attached.

    ``picture`` gives the newest frame of a size (``None``: not made yet, and asked for). A viewer that takes every
    frame as it is belongs to the ``broadcast``. ``words`` are its texts (``None``: it gets none). ``taken``,
    ``missed`` and ``skipped`` count frames: skipped are those that it did not want (``max_fps``).
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
        words: Words | None = None,
    ) -> None:
        self._sender = sender
        self._form = form
        self._broadcast = broadcast
        self._picture = picture
        self._words = words
        self._pace = FramePace(hints.max_fps) if hints.max_fps is not None else None
        self._fit = Fit(hints.scale) if hints.adapts else None
        self._shutdown = ShutdownScope()
        self._open = False
        self._joined_at: int | None = None
        self._seen = after_sequence
        self._sent = 0
        self._spoken = 0
        self._owed = False
        self._unsaid = False
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
        """Whether the service has ended this stream: the viewer's connection is to be closed."""
        return self._shutdown.begun

    @property
    def taken(self) -> int:
        """Frames that were sent."""
        return self._sent if self._joined_at is None else self._sent + self._broadcast.sent - self._joined_at

    @property
    def scale(self) -> Scale:
        """Of the frames that are sent now."""
        return self.status.scale

    @property
    def health(self) -> ViewerHealth:
        """How this viewer does, in figures."""
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
        """Use the outlet as long as the context lasts; raises ``EndOfStream`` in it when the stream is dismissed."""
        async with self._shutdown.bound(), self._sender.opened(on_busy=self._busy, on_free=self._free):
            self._open = True
            self._join()
            try:
                yield
            finally:
                self._leave()
                self._open = False

    def offer(self, frame: LiveFrame) -> None:
        """A new frame of the camera's own size; those in the broadcast have it already."""
        if self._joined_at is not None or not self._open:
            return
        if self._pace is not None and not self._pace.due(frame.captured_us):
            self._unwanted += 1
            return
        self._owed = True
        if self._sender.busy or self._sender.behind():
            self._kept_up = 0
            return
        self._kept_up += 1
        self._serve()
        self._join()

    def offer_reduced(self, frame: LiveFrame) -> None:
        """A frame was made smaller for those who wanted it."""
        wanted = self._owed and frame.scale is self.scale and frame.sequence > self._seen
        if wanted and not self._sender.busy and not self._sender.behind():
            self._send(frame)

    def say(self) -> None:
        """There are new words for this viewer."""
        if self._words is None:
            return
        if self._sender.busy:
            self._unsaid = True
        else:
            self._unsaid = False
            self._spoken += 1
            self._sender.send_words(self._words(self.status, self._sender.words))

    def dismiss(self, reason: str) -> None:
        """End the stream."""
        self._shutdown.end(reason)

    def judge(self, now: float, newest: int) -> None:
        """Look once a second at how this viewer does: end the stream of one that takes nothing, fit the size.

        ``newest`` is the number of the last frame.
        """
        self._rate.look(now, self.taken)
        if self._takes_nothing(now):
            self.stuck = True
            self.dismiss(f"this viewer took nothing for {TAKE_WITHIN_SECONDS:g} seconds")
            return
        if self._fit is None:
            return
        waiting = max(0, newest - self._seen - self._unwanted) if self._owed else 0
        taken, missed = self.taken, self.missed + waiting
        scale = self._fit.judge(now, taken - self._judged[0], max(0, missed - self._judged[1]))
        self._judged = taken, missed
        if scale is not self.scale:
            self._leave()
            why = self._fit.reason
            code = None if why is None else ReasonCode.CONNECTION_TOO_SLOW.value
            self.status = self.status.model_copy(update={"scale": scale, "reason": why, "reason_code": code})
            self.say()
            self._join()

    # The outlet.

    def _busy(self) -> None:
        """The outlet holds bytes: no frame until it is free."""
        self._kept_up = 0
        self._leave()

    def _free(self) -> None:
        """The outlet holds nothing any more."""
        if self._unsaid:
            self.say()
        if self._owed and not self._sender.busy and not self._sender.behind():
            self._serve()

    def _join(self) -> None:
        """Take every frame as it is, if that is what this viewer wants, and it keeps up.

        In the broadcast nobody asks the kernel what it still holds: of a slow viewer that would be a pile of frames,
        and the age of its picture.
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
        self._owed = False
        self._sender.send_picture(frame.encoded(self._form, self._sender.picture))

    def _takes_nothing(self, now: float) -> bool:
        """Whether the outlet holds bytes, and has lost none of them for ``TAKE_WITHIN_SECONDS``."""
        busy = self._sender.busy
        untaken = self._sender.untaken_bytes() if busy else None
        sent = self.taken + self._spoken
        sent_before, before = self._progress
        moved = sent != sent_before or (untaken is not None and before is not None and untaken < before)
        self._progress = sent, untaken
        if not busy or moved or self._took_at is None:
            self._took_at = now
        return now - self._took_at >= TAKE_WITHIN_SECONDS
