"""Figures of a live view: they start afresh after each capture, so that they always describe the present flow."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photonic.model.frame import Frame

RATE_WINDOW_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class LiveStatistics:
    """``fps`` over the last two seconds; ``frames`` shown; ``dropped``: asked for and numbered, but not received.

    ``last_frame_at`` is the loop's monotonic time in seconds, ``None`` before the first frame.
    """

    fps: float = 0.0
    frames: int = 0
    dropped: int = 0
    last_frame_at: float | None = None


class FlowMeter:
    """Counts frames as they come. ``max_fps``: no more were asked for; ``None``: all."""

    def __init__(self, max_fps: float | None = None) -> None:
        self._max_fps = max_fps
        self._captured_us = 0
        self._times: deque[float] = deque(maxlen=512)
        self._frames = 0
        self._dropped = 0
        self._gen: int | None = None
        self._sequence = 0

    def frame(self, gen: int, frame: Frame, now: float) -> None:
        """A frame was shown; sequence numbers are compared within one socket only."""
        if gen == self._gen:
            due = frame.sequence - self._sequence
            if self._max_fps is not None:
                # Of a rate that was asked for, so many were due in the time between the two pictures.
                due = min(due, int((frame.captured_us - self._captured_us) / 1e6 * self._max_fps))
            self._dropped += max(0, due - 1)
        self._gen, self._sequence, self._captured_us = gen, frame.sequence, frame.captured_us
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
