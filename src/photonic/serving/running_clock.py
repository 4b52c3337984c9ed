"""The clock of access: seconds that the service has run, over all its starts (decision 0035)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from photonic.access.state_text import LONGEST_SECONDS
from photonic.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable

CLOCK_FILE = "running-time"


class RunningClock:
    """Seconds of running time; it never goes back within a run. Calling it gives the time.

    A power cut loses what passed since it was last saved, so that rights last a little longer, never shorter.

    Args:
        monotonic: Seconds, monotonic.
        before: The total of earlier runs.
    """

    def __init__(self, monotonic: Callable[[], float], before: float = 0.0) -> None:
        self.monotonic = monotonic
        self._began_at = monotonic()
        self._latest = self._before = before

    def __call__(self) -> float:
        """The seconds so far."""
        self._latest = max(self._latest, self._before + self.monotonic() - self._began_at)
        return self._latest

    def to_text(self) -> str:
        """The total, for the next start."""
        return f"{self():.3f}\n"


def read_running_time(text: str) -> float:
    """Read ``RunningClock.to_text``. Raises ``BadInput``."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0.0 <= seconds <= LONGEST_SECONDS:
        raise BadInput(f"{CLOCK_FILE} is damaged: delete it, and the running time begins again", field=CLOCK_FILE)
    return seconds
