"""Logs a recurring problem when it changes, and then rarely: a night without a camera takes a few lines of log."""

from __future__ import annotations

import logging
import re
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

REMIND_SECONDS = 3600.0
"""How often a problem that goes on is logged again."""
REMEMBERED = 16
"""How many causes may alternate (as on the rungs of a ladder) and still count as known."""
_NUMBERS = re.compile(r"\d+")


class Recurring:
    """One recurring problem. ``clock`` returns seconds, monotonic."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._logged: dict[str, float] = {}

    def level(self, text: str, level: int = logging.WARNING) -> int:
        """The level for logging it this time: ``level``, or DEBUG if the same cause was logged lately.

        ``text`` names the cause; numbers in it (process ids, seconds) do not make it a different one.
        """
        cause, now = _NUMBERS.sub("#", text), self._clock()
        logged_at = self._logged.get(cause)
        if logged_at is not None and now - logged_at < REMIND_SECONDS:
            return logging.DEBUG
        self._logged.pop(cause, None)
        self._logged[cause] = now
        if len(self._logged) > REMEMBERED:
            del self._logged[next(iter(self._logged))]
        return level

    def over(self) -> bool:
        """The problem is over: log its next occurrence again. Returns whether it had been logged."""
        logged = bool(self._logged)
        self._logged.clear()
        return logged
