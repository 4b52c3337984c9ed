"""A sequence's progress on one line of the terminal: a bar, the frames, the time left."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from rich.columns import Columns
from rich.progress_bar import ProgressBar

from photonic.model.status import SequencePhase

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.model.status import SequenceStatus

BAR_WIDTH = 30


class SequenceLine:
    """The service's last report, counted down since then; ``clock`` returns monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._status: SequenceStatus | None = None
        self._updated_at = clock()

    def update(self, status: SequenceStatus) -> None:
        """Record the service's newest report."""
        self._status, self._updated_at = status, self._clock()

    def __str__(self) -> str:
        """The line at this moment, without its bar."""
        status = self._status
        if status is None:
            return "requested"
        if status.phase is SequencePhase.COUNTDOWN:
            return f"first of {status.total} in {self._left(status.next_in_seconds) or 0:.0f} s"
        parts = [f"{status.saved} of {status.total}"]
        parts += [f"{count} {what}" for count, what in ((status.failed, "failed"), (status.missed, "missed")) if count]
        if status.phase is SequencePhase.STOPPING:
            return ", ".join([*parts, "stopping after the current photo"])
        if (following := self._left(status.next_in_seconds)) is not None:
            parts.append(f"next in {following:.0f} s")
        if (left := self._left(status.remaining_seconds)) is not None:
            parts.append(f"{timedelta(seconds=round(left))} left")
        return ", ".join(parts)

    def __rich__(self) -> Columns:
        """The content that ``rich`` draws at each refresh."""
        status = self._status
        done = 0 if status is None else status.saved + status.failed + status.missed
        bar = ProgressBar(total=1 if status is None else status.total, completed=done, width=BAR_WIDTH)
        return Columns([bar, str(self)])

    def _left(self, seconds: float | None) -> float | None:
        return None if seconds is None else max(0.0, seconds - (self._clock() - self._updated_at))
