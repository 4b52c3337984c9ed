"""Sends identical bytes to all viewers that keep up and take every frame: one write per viewer, and nothing else.

A send of 80 KB costs the kernel about 20 us; any Python code that runs per viewer and frame comes on top. Viewers that
are busy, or want fewer or smaller frames, are therefore not members; they join again when they are free.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from photonic.protocol.envelopes import Envelope
    from photonic.service.live.frames import Form, LiveFrame

    Write = Callable[[bytes], None]


class Broadcast:
    """The viewers with one form and envelope. ``sent`` counts frames; ``sequence`` is the last one's number, first 0.

    A member may leave while a frame is being sent: its own write may make it busy.
    """

    def __init__(self, form: Form, envelope: Envelope) -> None:
        self._form = form
        self._envelope = envelope
        self._members: dict[Hashable, Write] = {}
        self._writes: tuple[Write, ...] | None = None
        self.sent = 0
        self.sequence = 0

    def add(self, member: Hashable, write: Write) -> None:
        """Call ``write`` with the bytes of every frame from the next one on."""
        self._members[member] = write
        self._writes = None

    def remove(self, member: Hashable) -> None:
        """Send no further frames to this member."""
        del self._members[member]
        self._writes = None

    def send(self, frame: LiveFrame) -> None:
        """Write a frame to every member; all get the same object."""
        if self._writes is None:
            self._writes = tuple(self._members.values())
        if not self._writes:
            return
        self.sent += 1
        self.sequence = frame.sequence
        ready = frame.encoded(self._form, self._envelope)
        for write in self._writes:
            write(ready)
