"""What one viewer has seen since it came: frames, gaps and freshness, from frames and times that are passed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photonic.model.frame import Frame
    from photonic.model.status import Snapshot


@dataclass(slots=True)
class Viewing:
    """The whole stay of one viewer; every ``now`` is seconds of the same monotonic clock.

    ``longest_gap_seconds`` is the longest time between two frames so far, pauses included.
    """

    frames: int = 0
    longest_gap_seconds: float = 0.0
    _newest: Frame | None = None
    _newest_at: float | None = None
    _boot_id: str | None = None
    _clock_offset_us: int | None = None

    def see(self, frame: Frame, now: float) -> None:
        """Takes in the frame that has just come."""
        if self._newest_at is not None:
            self.longest_gap_seconds = max(self.longest_gap_seconds, now - self._newest_at)
        self.frames += 1
        self._newest = frame
        self._newest_at = now

    def hear(self, snapshot: Snapshot, now: float) -> None:
        """Takes the service's clock from a snapshot that has just come; the one that travelled fastest is believed."""
        offset_us = snapshot.now_us - round(now * 1_000_000)
        if self._clock_offset_us is None or snapshot.boot_id != self._boot_id:
            self._boot_id, self._clock_offset_us = snapshot.boot_id, offset_us
        self._clock_offset_us = max(self._clock_offset_us, offset_us)

    def age_seconds(self, now: float) -> float | None:
        """How old the newest frame is: since its capture, or since it came where the service's clock is not known.

        ``None`` without a frame.
        """
        if self._newest is None or self._newest_at is None:
            return None
        if self._clock_offset_us is None:
            return now - self._newest_at
        return max(0.0, now + (self._clock_offset_us - self._newest.captured_us) / 1_000_000)
