"""The frame schedule of a viewer with a maximum frame rate."""

from __future__ import annotations


class FramePace:
    """Decides which frames to send, by their capture times.

    Frames are due on a grid of ``1 / max_fps`` seconds, so that the source's jitter does not lower the rate.
    """

    def __init__(self, max_fps: float) -> None:
        self._period_us = 1e6 / max_fps
        self._due_us: float | None = None

    def due(self, captured_us: int) -> bool:
        """Whether to send this frame; if so, the next one is due a period later."""
        due = self._due_us
        if due is not None and captured_us < due:
            return False
        # A late frame does not move the grid; after a pause the grid starts again.
        if due is None or captured_us >= due + 2 * self._period_us:
            due = captured_us
        self._due_us = due + self._period_us
        return True
