"""The schedule of a viewer that asked for at most so many frames a second."""

from __future__ import annotations


class FramePace:
    """Says of each frame, by the time of its capture, whether its turn has come.

    Turns lie on a grid of ``1 / max_fps`` seconds, so that jitter of the source does not add up to a lower rate.
    """

    def __init__(self, max_fps: float) -> None:
        self._period_us = 1e6 / max_fps
        self._due_us: float | None = None

    def due(self, captured_us: int) -> bool:
        """Whether this frame is to be sent; if so, the next turn is a period later."""
        due = self._due_us
        if due is not None and captured_us < due:
            return False
        # A frame that comes late may be followed by one that is on time; after a pause there is nothing to make up for.
        if due is None or captured_us >= due + 2 * self._period_us:
            due = captured_us
        self._due_us = due + self._period_us
        return True
