"""Live-view statistics: frame rate, frames published, frames dropped."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

WINDOW_SECONDS = 1.5


class HubStatistics:
    """Statistics since live view started or the last capture, whichever is later.

    ``frames`` counts published frames, ``dropped`` damaged ones; ``last_frame_at`` is on the clock passed in, ``None``
    before the first frame.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._times: deque[float] = deque()
        self.frames = 0
        self.dropped = 0
        self.last_frame_at: float | None = None

    def count_frame(self) -> None:
        """A frame was published."""
        now = self._clock()
        self.frames += 1
        self.last_frame_at = now
        self._times.append(now)
        self._forget(now)

    def count_dropped(self) -> None:
        """A damaged frame was dropped."""
        self.dropped += 1

    def reset(self) -> None:
        """Reset all statistics."""
        self._times.clear()
        self.frames = 0
        self.dropped = 0
        self.last_frame_at = None

    @property
    def fps(self) -> float:
        """Frames per second over the last ``WINDOW_SECONDS``; 0 with fewer than two frames in that time."""
        self._forget(self._clock())
        if len(self._times) < 2:
            return 0.0
        span = self._times[-1] - self._times[0]
        return (len(self._times) - 1) / span if span > 0 else 0.0

    def _forget(self, now: float) -> None:
        while self._times and now - self._times[0] > WINDOW_SECONDS:
            self._times.popleft()
