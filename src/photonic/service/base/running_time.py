"""How long the service has run in all: an age that no wrong or changed clock can falsify."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class RunningTime:
    """Whole seconds that the service has run, over all its starts; never goes backwards.

    The time of day may be wrong by decades before the clock is set. This clock stops while the service is off, so
    anything kept for a period is kept for at least that much running time. See decision 0035.

    Args:
        clock: Seconds, monotonic.
        before: The total of earlier runs, as far as they recorded it.
    """

    def __init__(self, clock: Callable[[], float], before: int = 0) -> None:
        self._clock = clock
        self.before = before
        self._began_at = clock()

    @property
    def seconds(self) -> int:
        """The total so far."""
        return self.before + int(max(0.0, self._clock() - self._began_at))
