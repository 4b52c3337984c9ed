"""The socket of a session: its phase and generation, and the earlier sockets that are still closing."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from photonic.errors import IllegalTransition

if TYPE_CHECKING:
    from collections.abc import Mapping


class LinkPhase(StrEnum):
    """The phase of the socket."""

    CLOSED = "closed"
    DIALING = "dialing"
    OPEN = "open"


class LinkEvent(StrEnum):
    """The events of the socket."""

    DIAL = "dial"
    OPENED = "opened"
    LOST = "lost"


TRANSITIONS: Mapping[LinkPhase, Mapping[LinkEvent, LinkPhase]] = {
    LinkPhase.CLOSED: {LinkEvent.DIAL: LinkPhase.DIALING},
    LinkPhase.DIALING: {LinkEvent.OPENED: LinkPhase.OPEN, LinkEvent.LOST: LinkPhase.CLOSED},
    LinkPhase.OPEN: {LinkEvent.LOST: LinkPhase.CLOSED},
}


class Link:
    """At most one socket is dialing or open, and at most one more is closing when the next is dialed.

    ``gen``: the number of the newest dial, 0 before the first. ``since``: when the phase last changed.
    """

    def __init__(self, close_seconds: float) -> None:
        self._close_seconds = close_seconds
        self._closing: dict[int, float] = {}
        self.phase = LinkPhase.CLOSED
        self.gen = 0
        self.since = 0.0

    def dial(self, number: int, now: float) -> None:
        """Start a new generation with this number."""
        self._move(LinkEvent.DIAL, now)
        self.gen = number

    def opened(self, gen: int, now: float) -> bool:
        """Record that a socket opened; return whether it is the one being dialed. Others change nothing."""
        if gen != self.gen or self.phase is not LinkPhase.DIALING:
            return False
        self._move(LinkEvent.OPENED, now)
        return True

    def closed(self, gen: int, now: float) -> bool:
        """Record that a socket closed; return whether it was the current one."""
        if gen == self.gen and self.phase is not LinkPhase.CLOSED:
            self._move(LinkEvent.LOST, now)
            return True
        self._closing.pop(gen, None)
        return False

    def abandon(self, now: float) -> int:
        """Give up the current socket; return its generation, which is now closing."""
        self._move(LinkEvent.LOST, now)
        self._closing[self.gen] = now + self._close_seconds
        return self.gen

    def free_at(self, now: float) -> float:
        """Return the earliest time to dial another socket."""
        self._closing = {gen: until for gen, until in self._closing.items() if until > now}
        return now if len(self._closing) <= 1 else sorted(self._closing.values())[-2]

    def _move(self, event: LinkEvent, now: float) -> None:
        phase = TRANSITIONS[self.phase].get(event)
        if phase is None:
            raise IllegalTransition(self.phase, event)
        self.phase = phase
        self.since = now
