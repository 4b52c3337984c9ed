"""Limits the logging of a recurring problem: a night without a camera takes only a few lines."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

REMIND_SECONDS = 3600.0
"""How often a persistent problem is logged again."""
REMEMBERED = 16
"""How many alternating causes (as on the rungs of a ladder) are remembered."""
_NUMBERS = re.compile(r"\d+")


class Recurring:
    """One recurring problem. ``clock`` returns seconds, monotonic."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._logged: dict[str, float] = {}

    def level(self, text: str, level: int = logging.WARNING) -> int:
        """Return the log level for this occurrence: ``level``, or DEBUG if the same cause was logged recently.

        ``text`` identifies the cause; numbers in it (process ids, seconds) are ignored.
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
        """The problem is over, so its next occurrence is logged again. Returns whether it had been logged."""
        logged = bool(self._logged)
        self._logged.clear()
        return logged
