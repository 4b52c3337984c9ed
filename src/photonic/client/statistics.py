"""Figures of a live view: they start afresh after each capture, so that they always describe the present flow."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

RATE_WINDOW_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class LiveStatistics:
    """``fps`` over the last two seconds; ``frames`` shown; ``dropped``: numbered by the service, but not received.

    ``last_frame_at`` is the loop's monotonic time in seconds, ``None`` before the first frame.
    """

    fps: float = 0.0
    frames: int = 0
    dropped: int = 0
    last_frame_at: float | None = None


class FlowMeter:
    """Counts frames as they come."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=512)
        self._frames = 0
        self._dropped = 0
        self._gen: int | None = None
        self._sequence = 0

    def frame(self, gen: int, sequence: int, now: float) -> None:
        """A frame was shown; sequence numbers are compared within one socket only."""
        if gen == self._gen:
            self._dropped += max(0, sequence - self._sequence - 1)
        self._gen, self._sequence = gen, sequence
        self._frames += 1
        self._times.append(now)

    def reset(self) -> None:
        """A capture is over: start afresh."""
        self._times.clear()
        self._frames = self._dropped = 0
        self._gen = None

    def read(self, now: float) -> LiveStatistics:
        """The figures as of ``now``."""
        while self._times and self._times[0] < now - RATE_WINDOW_SECONDS and len(self._times) > 1:
            self._times.popleft()
        recent = [at for at in self._times if at >= now - RATE_WINDOW_SECONDS]
        # To now and not to the last frame: a flow that has stopped has no high rate.
        span = now - recent[0] if recent else 0.0
        return LiveStatistics(
            fps=(len(recent) - 1) / span if span > 0 else 0.0,
            frames=self._frames,
            dropped=self._dropped,
            last_frame_at=self._times[-1] if self._times else None,
        )
