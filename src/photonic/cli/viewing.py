"""Statistics of one viewer: frames, gaps and frame age. All times are passed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photonic.model.frame import Frame
    from photonic.model.status import Snapshot


@dataclass(slots=True)
class ViewingStatistics:
    """Statistics since the viewer started; every ``now`` is in seconds of the same monotonic clock.

    ``longest_gap_seconds`` is the longest time between two frames so far, including pauses.
    """

    frames: int = 0
    longest_gap_seconds: float = 0.0
    _newest: Frame | None = None
    _newest_at: float | None = None
    _boot_id: str | None = None
    _clock_offset_us: int | None = None

    def on_frame(self, frame: Frame, now: float) -> None:
        """Count a frame that has just arrived."""
        if self._newest_at is not None:
            self.longest_gap_seconds = max(self.longest_gap_seconds, now - self._newest_at)
        self.frames += 1
        self._newest = frame
        self._newest_at = now

    def on_snapshot(self, snapshot: Snapshot, now: float) -> None:
        """Update the estimate of the service's clock from a snapshot that has just arrived; the fastest one counts."""
        offset_us = snapshot.now_us - round(now * 1_000_000)
        if self._clock_offset_us is None or snapshot.boot_id != self._boot_id:
            self._boot_id, self._clock_offset_us = snapshot.boot_id, offset_us
        self._clock_offset_us = max(self._clock_offset_us, offset_us)

    def age_seconds(self, now: float) -> float | None:
        """Age of the newest frame since its capture, or since its arrival if the service's clock is unknown.

        ``None`` without a frame.
        """
        if self._newest is None or self._newest_at is None:
            return None
        if self._clock_offset_us is None:
            return now - self._newest_at
        return max(0.0, now + (self._clock_offset_us - self._newest.captured_us) / 1_000_000)
