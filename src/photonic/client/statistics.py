"""Statistics of a live view, reset after each capture so that they always describe the current stream."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photonic.model.frame import Frame

RATE_WINDOW_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class LiveStatistics:
    """``fps``: over the last two seconds; ``frames``: shown so far; ``dropped``: requested but not received.

    ``last_frame_at`` is the loop's monotonic time in seconds, ``None`` before the first frame.
    """

    fps: float = 0.0
    frames: int = 0
    dropped: int = 0
    last_frame_at: float | None = None


class FlowMeter:
    """Counts frames as they arrive. ``max_fps``: the rate that was requested; ``None``: every frame."""

    def __init__(self, max_fps: float | None = None) -> None:
        self._max_fps = max_fps
        self._captured_us = 0
        self._times: deque[float] = deque(maxlen=512)
        self._frames = 0
        self._dropped = 0
        self._gen: int | None = None
        self._sequence = 0

    def frame(self, gen: int, frame: Frame, now: float) -> None:
        """Count a frame that was shown. Sequence numbers are comparable only within the socket ``gen``."""
        if gen == self._gen:
            due = frame.sequence - self._sequence
            if self._max_fps is not None:
                # At the requested rate, only this many frames were due between the two.
                due = min(due, int((frame.captured_us - self._captured_us) / 1e6 * self._max_fps))
            self._dropped += max(0, due - 1)
        self._gen, self._sequence, self._captured_us = gen, frame.sequence, frame.captured_us
        self._frames += 1
        self._times.append(now)

    def reset(self) -> None:
        """Start again, after a capture."""
        self._times.clear()
        self._frames = self._dropped = 0
        self._gen = None

    def read(self, now: float) -> LiveStatistics:
        """The statistics at the time ``now``."""
        while self._times and self._times[0] < now - RATE_WINDOW_SECONDS and len(self._times) > 1:
            self._times.popleft()
        recent = [at for at in self._times if at >= now - RATE_WINDOW_SECONDS]
        # Up to now, not to the last frame: the rate must fall when the stream stops.
        span = now - recent[0] if recent else 0.0
        return LiveStatistics(
            fps=(len(recent) - 1) / span if span > 0 else 0.0,
            frames=self._frames,
            dropped=self._dropped,
            last_frame_at=self._times[-1] if self._times else None,
        )
