"""What one viewer has seen: rate, misses, gaps and freshness, from frames and times that are passed in."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photonic.model.frame import Frame
    from photonic.model.status import Snapshot

RATE_WINDOW_SECONDS = 2.0


@dataclass(slots=True)
class Viewing:
    """Statistics of one viewer; every ``now`` is seconds of the same monotonic clock.

    ``missed`` counts frames that the service numbered and this viewer did not get, within an epoch.
    ``longest_gap_seconds`` is the longest time between two frames so far, pauses included.
    """

    frames: int = 0
    missed: int = 0
    longest_gap_seconds: float = 0.0
    newest: Frame | None = None
    _first_at: float | None = None
    _newest_at: float | None = None
    _arrivals: deque[float] = field(default_factory=deque[float])
    _clock_offset_us: int | None = None

    def see(self, frame: Frame, now: float) -> None:
        """Takes in the frame that has just come."""
        if self.newest is not None and self._newest_at is not None:
            self.longest_gap_seconds = max(self.longest_gap_seconds, now - self._newest_at)
            if frame.epoch == self.newest.epoch:
                self.missed += max(0, frame.sequence - self.newest.sequence - 1)
        if self._first_at is None:
            self._first_at = now
        self.frames += 1
        self.newest = frame
        self._newest_at = now
        self._arrivals.append(now)
        self._forget(now)

    def hear(self, snapshot: Snapshot, now: float) -> None:
        """Takes the service's clock from a snapshot that has just come (off by the time it travelled, at the most)."""
        self._clock_offset_us = snapshot.now_us - round(now * 1_000_000)

    def fps(self, now: float) -> float:
        """Frames per second over the last two seconds, or since the first frame when that is less."""
        if self._first_at is None or now <= self._first_at:
            return 0.0
        self._forget(now)
        if now - self._first_at >= RATE_WINDOW_SECONDS:
            return len(self._arrivals) / RATE_WINDOW_SECONDS
        return (len(self._arrivals) - 1) / (now - self._first_at)

    def age_seconds(self, now: float) -> float | None:
        """How old the newest frame is since its capture; ``None`` without a frame or the service's clock."""
        if self.newest is None or self._clock_offset_us is None:
            return None
        return max(0.0, now + (self._clock_offset_us - self.newest.captured_us) / 1_000_000)

    def still_seconds(self, now: float) -> float | None:
        """How long the picture has stood still: since the newest frame came; ``None`` without one."""
        return None if self._newest_at is None else now - self._newest_at

    def _forget(self, now: float) -> None:
        while self._arrivals and self._arrivals[0] <= now - RATE_WINDOW_SECONDS:
            self._arrivals.popleft()
