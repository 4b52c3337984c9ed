"""A full press that focuses first, in one operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.ptp.handler import NotYet

if TYPE_CHECKING:
    from photonic.simulator.body import Body


class FocusedPress:
    """A press that callers repeat until focusing has succeeded or failed; ``forget`` it when the client disconnects."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self._focused_at: float | None = None

    def forget(self) -> None:
        """Drop a press in progress, because its client has disconnected."""
        self._focused_at = None

    def press(self, now: float, *, autofocus: bool) -> NotYet | bool:
        """Press, after focusing if requested; ``False``: the lens could not focus, and nothing is exposed.

        Raises ``Refused``, ``BadInput`` as ``Body.press`` does.
        """
        if autofocus:
            if self._focused_at is None:
                self._focused_at = self._body.half_press(now)
            if now < self._focused_at:
                return NotYet(self._focused_at)
            self._focused_at = None
            if not self._body.focus(now):
                self._body.release(now)
                return False
        try:
            self._body.press(now, "client")
        finally:
            self._body.release(now)
        return True
