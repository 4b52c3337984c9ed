"""A capture's phase and remaining time on one line of the terminal."""

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
    """The service's last report, counted down since then; ``clock`` returns monotonic seconds."""

    def __init__(self, clock: Callable[[], float], bulb_seconds: float | None = None) -> None:
        self._clock = clock
        self._bulb_seconds = bulb_seconds
        self._open_until: float | None = None
        self._text = "requested"
        self._ends_at: float | None = None

    def update(self, progress: CaptureProgress) -> None:
        """Record the service's newest report."""
        self._text = progress.phase.value if progress.phase is not None else "capturing"
        left = progress.remaining_seconds
        self._ends_at = None if left is None else self._clock() + left
        open_for = progress.exposure_remaining_seconds
        self._open_until = None if open_for is None else self._clock() + open_for

    def __str__(self) -> str:
        """The line at this moment."""
        if self._open_until is not None:
            left = timedelta(seconds=round(max(0.0, self._open_until - self._clock())))
            return f"{self._text}, shutter closes in {left}"
        if self._ends_at is None:
            return self._text
        return f"{self._text}, at most {max(0.0, self._ends_at - self._clock()):.0f} s left"

    def __rich__(self) -> str | Columns:
        """The content that ``rich`` draws at each refresh; with a bar during a bulb exposure."""
        if self._bulb_seconds is None or self._open_until is None:
            return str(self)
        done = self._bulb_seconds - max(0.0, self._open_until - self._clock())
        return Columns([ProgressBar(total=self._bulb_seconds, completed=done, width=BAR_WIDTH), str(self)])
