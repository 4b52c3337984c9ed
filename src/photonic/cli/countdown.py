"""A capture's phase and the time it has left, on one line of the terminal."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from rich.columns import Columns
from rich.progress_bar import ProgressBar

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.client.progress import CaptureProgress

BAR_WIDTH = 30


class Countdown:
    """What the service said last, counted down from then; ``clock`` is monotonic seconds."""

    def __init__(self, clock: Callable[[], float], bulb_seconds: float | None = None) -> None:
        self._clock = clock
        self._bulb_seconds = bulb_seconds
        self._open_until: float | None = None
        self._words = "asked for"
        self._ends_at: float | None = None

    def tell(self, progress: CaptureProgress) -> None:
        """The service has said how far the capture is."""
        self._words = progress.phase.value if progress.phase is not None else "capturing"
        left = progress.remaining_seconds
        self._ends_at = None if left is None else self._clock() + left
        still_open = progress.exposure_remaining_seconds
        self._open_until = None if still_open is None else self._clock() + still_open

    def __str__(self) -> str:
        """The line as of now."""
        if self._open_until is not None:
            left = timedelta(seconds=round(max(0.0, self._open_until - self._clock())))
            return f"{self._words}, the shutter closes in {left}"
        if self._ends_at is None:
            return self._words
        return f"{self._words}, {max(0.0, self._ends_at - self._clock()):.0f} s left at the most"

    def __rich__(self) -> str | Columns:
        """What ``rich`` draws at each refresh: for an open shutter, with a bar."""
        if self._bulb_seconds is None or self._open_until is None:
            return str(self)
        done = self._bulb_seconds - max(0.0, self._open_until - self._clock())
        return Columns([ProgressBar(total=self._bulb_seconds, completed=done, width=BAR_WIDTH), str(self)])
