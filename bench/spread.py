"""Many samples in a few numbers: median, range, percentiles, ratios."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The least sample that ``percent`` of all do not exceed (nearest rank), of at least one sample in order."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, least and greatest of ``count`` samples."""

    median: float
    least: float
    greatest: float
    count: int

    @classmethod
    def of(cls, samples: Sequence[float]) -> Spread:
        """The spread of at least one sample."""
        return cls(statistics.median(samples), min(samples), max(samples), len(samples))

    def text(self, digits: int) -> str:
        """``28.51 (28.40-28.60, n=5)``."""
        return f"{self.median:.{digits}f} ({self.least:.{digits}f}-{self.greatest:.{digits}f}, n={self.count})"


def ratio(ours: float, floor: float) -> float | None:
    """How many times the floor's figure ours is; ``None`` where the floor has none."""
    return ours / floor if floor > 0 else None


def median_of_ratios(rounds: Sequence[tuple[float, float]]) -> float:
    """The median of ours divided by the floor's, round by round: what slows a round down slows both."""
    return statistics.median(ours / floor for ours, floor in rounds)
