"""When a camera process is late: decided from what it has said, in times that are passed in."""

from __future__ import annotations

from dataclasses import dataclass

STARTUP_SECONDS = 15.0
SILENCE_SECONDS = 10.0
"""A sound camera process says something every second, even when idle."""

MARGIN_SECONDS = 1.0
"""What a busy machine may add to a limit."""

LOOK_SECONDS = 0.25
"""Longest time between two looks."""

STALL_SECONDS = 1.0
"""A look that is later than this means that the parent itself stood still: nobody else is to blame for the time."""


@dataclass(frozen=True, slots=True)
class Overdue:
    """What did not happen in time, in words that follow on "the camera process ..."."""

    reason: str


@dataclass(slots=True)
class _Limit:
    at: float
    reason: str


class Watch:
    """The deadlines of one camera process, from its start (``now``) to its end. Seconds on one steady clock.

    Three run side by side: the process itself (started; not silent, or in a call that has its own limit), the oldest
    command that is not answered, and the end once it has been announced.
    """

    def __init__(self, now: float) -> None:
        self._activity = _Limit(now + STARTUP_SECONDS, f"did not start within {STARTUP_SECONDS:.0f} s")
        self._command: _Limit | None = None
        self._end: _Limit | None = None
        self._in_call = False
        self._looked_at = now

    def heard(self, now: float) -> None:
        """A message or a frame has come."""
        if not self._in_call:
            self._activity = _Limit(now + SILENCE_SECONDS, f"was silent for {SILENCE_SECONDS:.0f} s")

    def calling(self, call: str, limit_seconds: float, now: float) -> None:
        """The process enters a library call."""
        self._in_call = True
        reason = f"hung in {call}: no answer within {limit_seconds:g} s"
        self._activity = _Limit(now + limit_seconds + MARGIN_SECONDS, reason)

    def idle(self, now: float) -> None:
        """The process is in no library call."""
        self._in_call = False
        self.heard(now)

    def commanded(self, command: str, limit_seconds: float, now: float) -> None:
        """The oldest command that is not answered is this one, from now on, or has more time than it had."""
        self._command = _Limit(now + limit_seconds, f"did not carry out {command} within {limit_seconds:.3g} s")

    def answered(self) -> None:
        """No command is waiting."""
        self._command = None

    def ending(self, limit_seconds: float, now: float) -> None:
        """The process has been told, or has said, that it ends."""
        if self._end is None:
            self._end = _Limit(now + limit_seconds, f"did not end within {limit_seconds:g} s")

    def look(self, now: float) -> Overdue | None:
        """What is overdue; asked at least every ``wait_seconds``."""
        stalled = now - self._looked_at - LOOK_SECONDS
        self._looked_at = now
        limits = [limit for limit in (self._activity, self._command, self._end) if limit is not None]
        if stalled > STALL_SECONDS:
            for limit in limits:
                limit.at += stalled
        late = [limit for limit in limits if now >= limit.at]
        return Overdue(min(late, key=lambda limit: limit.at).reason) if late else None

    def wait_seconds(self, now: float) -> float:
        """Time until the next look."""
        limits = [limit.at for limit in (self._activity, self._command, self._end) if limit is not None]
        return min(LOOK_SECONDS, max(0.0, min(limits) - now))
