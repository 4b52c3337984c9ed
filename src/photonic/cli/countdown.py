"""A capture's phase and the time it has left, on one line of the terminal."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from photonic.client.progress import CaptureProgress

REFRESHES_PER_SECOND = 5


class Countdown:
    """What the service said last, counted down from then; ``clock`` is monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._words = "asked for"
        self._ends_at: float | None = None

    def tell(self, progress: CaptureProgress) -> None:
        """The service has said how far the capture is."""
        self._words = progress.phase.value if progress.phase is not None else "capturing"
        left = progress.remaining_seconds
        self._ends_at = None if left is None else self._clock() + left

    def __str__(self) -> str:
        """The line as of now."""
        if self._ends_at is None:
            return self._words
        return f"{self._words}, {max(0.0, self._ends_at - self._clock()):.0f} s left at the most"

    def __rich__(self) -> str:
        """What ``rich`` draws at each refresh."""
        return str(self)


@contextmanager
def countdown() -> Generator[Countdown]:
    """The line on stderr for as long as the context lasts; it is gone afterwards."""
    line = Countdown(time.monotonic)
    with Live(line, console=Console(stderr=True), refresh_per_second=REFRESHES_PER_SECOND, transient=True):
        yield line
