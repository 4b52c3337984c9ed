"""How long the camera process may stay silent, by what it said last: pure, time passed in."""

from __future__ import annotations

from photonic.worker.messages import Calling, Idle, Message

START_SECONDS = 15.0
"""From the start of the process to its first word: an interpreter and a library on a slow, busy machine."""

SILENCE_SECONDS = 10.0
"""Between calls it says something every second; longer silence is a stopped or spinning process."""

MARGIN_SECONDS = 1.0
"""For a busy machine, on top of what a call may take."""


class Deadline:
    """When the process has to speak next. ``now`` is in seconds, on any monotonic clock."""

    def __init__(self, now: float) -> None:
        self._at = now + START_SECONDS
        self._call: str | None = None
        self._limit_seconds = START_SECONDS
        self._heard = False

    def hear(self, now: float, message: Message | None) -> None:
        """The process said ``message`` (``None``: showed a frame)."""
        self._heard = True
        match message:
            case Calling():
                self._call, self._limit_seconds = message.call, message.limit_seconds + MARGIN_SECONDS
                self._at = now + self._limit_seconds
            case Idle():
                self._call = None
                self._at = now + SILENCE_SECONDS
            case _ if self._call is None:
                self._at = now + SILENCE_SECONDS
            case _:
                # Words said by another thread, or held up on the way, do not lengthen a call.
                pass

    def remaining(self, now: float) -> float:
        """Seconds left; negative when it is over."""
        return self._at - now

    @property
    def reason(self) -> str:
        """What has taken too long, for people."""
        if self._call is not None:
            return f"the camera did not answer ({self._call} took more than {self._limit_seconds:.0f} s)"
        if not self._heard:
            return f"the camera process did not start within {START_SECONDS:.0f} s"
        return f"the camera process was silent for {SILENCE_SECONDS:.0f} s"
