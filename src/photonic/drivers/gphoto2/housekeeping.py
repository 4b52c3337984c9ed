"""How much of a slow camera's time housekeeping may use while live view is on.

A camera answers one request at a time, and a slow body takes seconds for each setting. So requests between two frames
are made in slices; after a slow slice, frames have the camera to themselves for four times as long, which leaves live
view 80 % of the time. Fast cameras are not affected.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

SLICE_SECONDS = 0.05
"""After this a slice makes no further request: a frame and a half at 30 frames a second."""

REST = 4


class HousekeepingBudget:
    """Slices of housekeeping. ``clock`` gives seconds, monotonic."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began = clock()
        self._rest_until = clock()

    @property
    def due(self) -> bool:
        """Whether a slice may start now, while frames are fetched."""
        return self._clock() >= self._rest_until

    @property
    def exhausted(self) -> bool:
        """Whether the current slice is used up."""
        return self._clock() - self._began >= SLICE_SECONDS

    @contextmanager
    def slice(self) -> Generator[None]:
        """Measure a slice; its duration decides when the next one is due."""
        self._began = self._clock()
        try:
            yield
        finally:
            took = self._clock() - self._began
            self._rest_until = self._clock() + (REST * took if took >= SLICE_SECONDS else 0.0)
