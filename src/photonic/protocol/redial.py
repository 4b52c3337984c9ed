"""The purpose and the time of the next dial."""

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

    ``refusal``: why the service refuses access; ``None``: it does not, or nothing is known. ``reason``: why the last
    socket was lost; ``None``: none was lost. ``not_before``: the service asked to be left alone until then.
    """

    def __init__(self, times: SessionTimes, jitter: Callable[[], float]) -> None:
        self._times = times
        self._pacer = DialPacer(times, jitter)
        self._pace = Pace.FIRST
        self._at = 0.0
        self._probes = 0
        self._kicked = False
        self._refused_by_socket = False
        self.not_before = 0.0
        self.refusal: str | None = None
        self.reason: str | None = None

    @property
    def attempts(self) -> int:
        """Failed dials since the connection was last good."""
        return self._pacer.attempts

    @property
    def kicked(self) -> bool:
        """Whether to dial regardless of what else is known."""
        return self._pace is Pace.KICKED

    def begin(self, now: float) -> None:
        """The user starts live view: forget everything except the spacing of dials."""
        self.refusal = self.reason = None
        self.not_before = now
        self._kicked = False
        self._probes = 0
        self._pacer.refresh()
        self._plan(Pace.FIRST, now)

    def opened(self) -> None:
        """A socket is open; that proves no access, because ``photonic.live.v1`` refuses with a close code."""
        self._kicked = False

    def received(self) -> None:
        """A socket brings messages, so the service does not refuse access, whatever the status route answers."""
        self.refusal = None

    def steady(self) -> None:
        """Frames have arrived for some time: reset the attempts."""
        self._pacer.refresh()
        self._probes = 0

    def lost(self, reason: str, now: float) -> None:
        """The socket was lost."""
        self.reason = reason
        if self.refusal is not None:
            self._plan_probe(now)
        elif self._kicked:
            self._kicked = False
            self._plan(Pace.KICKED, now)
        else:
            self._plan(Pace.RETRY, now + self._pacer.delay())

    def kick(self, phase: LinkPhase, now: float) -> None:
        """The service is ready: reset the attempts, and dial at once if there is no socket and no refusal."""
        self._pacer.refresh()
        if self.refusal is not None:
            return
        if phase is LinkPhase.CLOSED:
            self._plan(Pace.KICKED, now)
        elif phase is LinkPhase.DIALING:
            # The dial in progress may have started too early: if it fails, dial again at once.
            self._kicked = True

    def refuse(self, refusal: str, now: float, *, by_socket: bool = False) -> None:
        """The service refuses access: probe it at growing intervals.

        ``by_socket``: it was the socket that was refused; then the status route cannot show that it no longer is.
        """
        self.refusal = refusal
        self._refused_by_socket = by_socket
        self._plan_probe(now)

    def hold_off(self, seconds: float | None, now: float) -> None:
        """The service asks to be left alone for so long; ``None``: it does not say how long."""
        wait = self._times.retry_after_seconds if seconds is None else seconds
        self.not_before = max(self.not_before, now + min(max(wait, 0.0), self._times.retry_after_longest_seconds))

    def doubt(self, now: float) -> None:
        """A probe got no answer: access may be allowed by now."""
        if self.refusal is not None:
            self.refusal = None
            self._plan(Pace.RETRY, now + self._pacer.delay())

    def admit(self) -> bool:
        """The status route grants access; return whether it refused before."""
        if self.refusal is not None and self._refused_by_socket:
            return False
        refused, self.refusal = self.refusal is not None, None
        self._probes = 0
        return refused

    def at(self, link: Link, now: float, *, paused: bool) -> float:
        """Return the time of the next dial."""
        pace = self.pace(paused=paused)
        wanted_at = now if pace is Pace.HELD else self._at
        return max(wanted_at, self.not_before, self._pacer.ready_at(pace), link.free_at(now))

    def pace(self, *, paused: bool) -> Pace:
        """Return the purpose of the next dial; a dial during a pause does not count as an attempt."""
        if self.refusal is not None:
            return Pace.PROBE
        return Pace.HELD if paused and not self.kicked else self._pace

    def dialed(self, now: float, *, paused: bool) -> None:
        """Record the dial."""
        pace = self.pace(paused=paused)
        self._pacer.dialed(pace, now)
        self._probes += pace is Pace.PROBE
        self._pace = Pace.RETRY

    def _plan_probe(self, now: float) -> None:
        self._plan(Pace.PROBE, now + delay_after(self._probes, self._times.refused_probe_seconds))

    def _plan(self, pace: Pace, at: float) -> None:
        self._pace, self._at = pace, at
