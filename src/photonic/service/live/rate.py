"""Estimates how fast a counter increases, from samples of it."""

from __future__ import annotations

from collections import deque

SAMPLES = 4


class Rate:
    """The increase per second over the last ``SAMPLES`` samples; callers take one sample a second."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque(maxlen=SAMPLES)

    def sample(self, now: float, count: int) -> None:
        """Record the value ``count`` at ``now`` (seconds on any steady clock)."""
        self._samples.append((now, count))

    @property
    def per_second(self) -> float:
        """The increase per second; 0 before the second sample."""
        if len(self._samples) < 2:
            return 0.0
        (first, before), (last, after) = self._samples[0], self._samples[-1]
        return (after - before) / (last - first) if last > first else 0.0
