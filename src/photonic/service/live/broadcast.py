"""Viewers that take every frame in the same bytes and are free to: nothing is done for each of them but the write.

A send of 80 KB costs the kernel some 20 us; what is done besides, for each viewer and frame, is what Python adds to it.
So viewers that are busy, or want fewer or smaller frames, are not here: they come back when they are free.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from photonic.protocol.envelopes import Envelope
    from photonic.service.live.frames import Form, LiveFrame

    Write = Callable[[bytes], None]


class Broadcast:
    """One way of sending. ``sent`` counts frames, ``sequence`` is the number of the last one, 0 before the first.

    A member may be taken out while a frame is being sent: by its own write, which told that it is busy now.
    """

    def __init__(self, form: Form, envelope: Envelope) -> None:
        self._form = form
        self._envelope = envelope
        self._members: dict[Hashable, Write] = {}
        self._writes: tuple[Write, ...] | None = None
        self.sent = 0
        self.sequence = 0

    def add(self, member: Hashable, write: Write) -> None:
        """From the next frame on, ``write`` gets its bytes."""
        self._members[member] = write
        self._writes = None

    def remove(self, member: Hashable) -> None:
        """No frame for this member any more."""
        del self._members[member]
        self._writes = None

    def send(self, frame: LiveFrame) -> None:
        """Write a frame to every member: the same object."""
        if self._writes is None:
            self._writes = tuple(self._members.values())
        if not self._writes:
            return
        self.sent += 1
        self.sequence = frame.sequence
        ready = frame.encoded(self._form, self._envelope)
        for write in self._writes:
            write(ready)
