"""A full press that focuses first, in one operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.ptp.handler import NotYet

if TYPE_CHECKING:
    from photonic.simulator.body import Body


class FocusedPress:
    """Asked again until the lens has found its focus, or not; ``forget`` when the client is gone."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self._focused_at: float | None = None

    def forget(self) -> None:
        """Drop a press in progress: its client has gone."""
        self._focused_at = None

    def press(self, now: float, *, autofocus: bool) -> NotYet | bool:
        """Press, after focusing where that is wanted; ``False``: the lens found no focus, and nothing is exposed.

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
