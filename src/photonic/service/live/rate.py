"""How fast a count rises, from looks at it."""

from __future__ import annotations

from collections import deque

LOOKS = 4


class Rate:
    """The rise a second over the last ``LOOKS`` looks, which are one a second where this is used."""

    def __init__(self) -> None:
        self._looks: deque[tuple[float, int]] = deque(maxlen=LOOKS)

    def look(self, now: float, count: int) -> None:
        """The count is ``count`` at ``now`` (seconds of any clock)."""
        self._looks.append((now, count))

    @property
    def per_second(self) -> float:
        """The rise a second; 0 before the second look."""
        if len(self._looks) < 2:
            return 0.0
        (first, before), (last, after) = self._looks[0], self._looks[-1]
        return (after - before) / (last - first) if last > first else 0.0
