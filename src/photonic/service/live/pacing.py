"""The schedule of a viewer that limits its frames a second."""

from __future__ import annotations


class FramePace:
    """Decides which frames to send, by the time of their capture.

    Frames are due on a grid of ``1 / max_fps`` seconds, so that jitter of the source does not add up to a lower rate.
    """

    def __init__(self, max_fps: float) -> None:
        self._period_us = 1e6 / max_fps
        self._due_us: float | None = None

    def due(self, captured_us: int) -> bool:
        """Whether to send this frame; if so, the next one is due a period later."""
        due = self._due_us
        if due is not None and captured_us < due:
            return False
        # After a late frame the next may be on time; after a pause the grid starts afresh.
        if due is None or captured_us >= due + 2 * self._period_us:
            due = captured_us
        self._due_us = due + self._period_us
        return True
