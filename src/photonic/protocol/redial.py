"""What the next dial is for, and when it goes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.protocol.backoff import DialPacer, Pace, delay_after
from photonic.protocol.link import LinkPhase

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.protocol.link import Link
    from photonic.protocol.session_times import SessionTimes


class Redial:
    """The plan for the next dial.

    ``refusal`` is why the service does not let us in, ``None`` while it does or nothing is known; ``reason`` is why the
    last socket was lost, ``None`` before that.
    """

    def __init__(self, times: SessionTimes, jitter: Callable[[], float]) -> None:
        self._times = times
        self._pacer = DialPacer(times, jitter)
        self._pace = Pace.FIRST
        self._at = 0.0
        self._probes = 0
        self._kicked = False
        self.refusal: str | None = None
        self.reason: str | None = None

    @property
    def attempts(self) -> int:
        """Dials that failed since things were last well."""
        return self._pacer.attempts

    @property
    def kicked(self) -> bool:
        """Whether the next dial is worth it whatever else is known."""
        return self._pace is Pace.KICKED

    def begin(self, now: float) -> None:
        """The user wants live view: what went before does not count, but for the spacing of dials."""
        self.refusal = self.reason = None
        self._kicked = False
        self._probes = 0
        self._pacer.refresh()
        self._plan(Pace.FIRST, now)

    def opened(self) -> None:
        """A socket is open: nobody refuses us, whatever the status route says."""
        self.refusal = None
        self._kicked = False

    def steady(self) -> None:
        """Frames have flowed for a while: the attempts are fresh again."""
        self._pacer.refresh()
        self._probes = 0

    def lost(self, reason: str, now: float) -> None:
        """The socket is gone."""
        self.reason = reason
        if self.refusal is not None:
            return
        if self._kicked:
            self._kicked = False
            self._plan(Pace.KICKED, now)
        else:
            self._plan(Pace.RETRY, now + self._pacer.delay())

    def kick(self, phase: LinkPhase, now: float) -> None:
        """Good news: the attempts are fresh, and without a socket the next dial goes out at once."""
        self._pacer.refresh()
        if phase is LinkPhase.CLOSED:
            self._plan(Pace.KICKED, now)
        elif phase is LinkPhase.DIALING:
            # The dial in flight may have begun before the good news: if it fails, the next goes out at once.
            self._kicked = True

    def refuse(self, refusal: str, now: float) -> None:
        """The service does not let us in: probe it, ever less often."""
        self.refusal = refusal
        self._plan(Pace.PROBE, now + delay_after(self._probes, self._times.refused_probe_seconds))
        self._probes += 1

    def doubt(self, now: float) -> None:
        """A probe brought nothing: what was refused before may be allowed now."""
        if self.refusal is not None:
            self.refusal = None
            self._plan(Pace.RETRY, now + self._pacer.delay())

    def admit(self) -> bool:
        """The service answers; whether it refused before."""
        refused, self.refusal = self.refusal is not None, None
        self._probes = 0
        return refused

    def at(self, link: Link, now: float, *, paused: bool) -> float:
        """When the next dial goes out."""
        pace = self.pace(paused=paused)
        wanted_at = now if pace is Pace.HELD else self._at
        return max(wanted_at, self._pacer.ready_at(pace), link.free_at(now))

    def pace(self, *, paused: bool) -> Pace:
        """What the next dial is for; one during a pause counts as no attempt."""
        if self.refusal is not None:
            return Pace.PROBE
        return Pace.HELD if paused and not self.kicked else self._pace

    def dialed(self, now: float, *, paused: bool) -> None:
        """The dial has gone out."""
        self._pacer.dialed(self.pace(paused=paused), now)
        self._pace = Pace.RETRY

    def _plan(self, pace: Pace, at: float) -> None:
        self._pace, self._at = pace, at
