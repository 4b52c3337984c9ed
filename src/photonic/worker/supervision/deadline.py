"""Decides when a camera process is overdue, from its messages and from times that are passed in."""

from __future__ import annotations

from dataclasses import dataclass

STARTUP_SECONDS = 15.0
SILENCE_SECONDS = 10.0
"""A healthy camera process sends something every second, even when idle."""

MARGIN_SECONDS = 1.0
"""Allowance for a busy machine, added to each call limit."""

POLL_SECONDS = 0.25
"""Longest time between two polls."""

STALL_SECONDS = 1.0
"""A poll that is late by more than this means that the parent itself was stalled: that time is added to every limit."""


@dataclass(frozen=True, slots=True)
class Overdue:
    """Why the process is overdue; ``reason`` completes the sentence "the camera process ..."."""

    reason: str


@dataclass(slots=True)
class _Limit:
    at: float
    reason: str


class Watch:
    """The deadlines of one camera process, from its start (``now``) to its end; seconds of one monotonic clock.

    Three run side by side: the process's own (it has to start, and to send messages unless it is in a library call with
    a limit of its own), that of the oldest unanswered command, and that of the exit once it has been announced.
    """

    def __init__(self, now: float) -> None:
        self._activity = _Limit(now + STARTUP_SECONDS, f"did not start within {STARTUP_SECONDS:.0f} s")
        self._command: _Limit | None = None
        self._end: _Limit | None = None
        self._in_call = False
        self._polled_at = now

    def heard(self, now: float) -> None:
        """A message or a frame has arrived."""
        if not self._in_call:
            self._activity = _Limit(now + SILENCE_SECONDS, f"was silent for {SILENCE_SECONDS:.0f} s")

    def calling(self, call: str, limit_seconds: float, now: float) -> None:
        """The process enters a library call."""
        self._in_call = True
        reason = f"hung in {call}: no answer within {limit_seconds:g} s"
        self._activity = _Limit(now + limit_seconds + MARGIN_SECONDS, reason)

    def idle(self, now: float) -> None:
        """The process has left its library call."""
        self._in_call = False
        self.heard(now)

    def commanded(self, command: str, limit_seconds: float, now: float) -> None:
        """This is now the oldest unanswered command, or its limit has changed."""
        self._command = _Limit(now + limit_seconds, f"did not complete {command} within {limit_seconds:.3g} s")

    def answered(self) -> None:
        """No command is unanswered."""
        self._command = None

    def ending(self, limit_seconds: float, now: float) -> None:
        """The process was asked to exit, or has announced its exit; later calls do not extend the limit."""
        if self._end is None:
            self._end = _Limit(now + limit_seconds, f"did not end within {limit_seconds:g} s")

    def poll(self, now: float) -> Overdue | None:
        """The limit that has passed, if any; to be called at least every ``wait_seconds``."""
        stalled = now - self._polled_at - POLL_SECONDS
        self._polled_at = now
        limits = [limit for limit in (self._activity, self._command, self._end) if limit is not None]
        if stalled > STALL_SECONDS:
            for limit in limits:
                limit.at += stalled
        late = [limit for limit in limits if now >= limit.at]
        return Overdue(min(late, key=lambda limit: limit.at).reason) if late else None

    def wait_seconds(self, now: float) -> float:
        """Time until the next poll."""
        limits = [limit.at for limit in (self._activity, self._command, self._end) if limit is not None]
        return min(POLL_SECONDS, max(0.0, min(limits) - now))
