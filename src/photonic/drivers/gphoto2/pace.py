"""How much of a slow camera's time housekeeping may take while live view is on.

One camera answers one question at a time, and a body may take seconds for each setting that it is asked for. What is
asked between two pictures is asked in slices; after a slow one, pictures have the camera to themselves for four times
as long, so that live view keeps 80 % of the time. A camera that answers at once never notices.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

SLICE_SECONDS = 0.05
"""A slice that has taken so long asks for nothing more: a frame and a half at 30 frames a second."""

REST = 4


class Pace:
    """Slices of housekeeping. ``clock`` gives seconds, monotonic."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._began = clock()
        self._rest_until = clock()

    @property
    def due(self) -> bool:
        """Whether there may be a slice now, while pictures are taken."""
        return self._clock() >= self._rest_until

    @property
    def spent(self) -> bool:
        """Whether the slice that has begun is over."""
        return self._clock() - self._began >= SLICE_SECONDS

    @contextmanager
    def slice(self) -> Generator[None]:
        """Around a slice: what it took decides when the next one is due."""
        self._began = self._clock()
        try:
            yield
        finally:
            took = self._clock() - self._began
            self._rest_until = self._clock() + (REST * took if took >= SLICE_SECONDS else 0.0)
