"""What recurs is said when it changes, and then rarely: the log of a night without a camera is a few lines long."""

from __future__ import annotations

import logging
import re
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

REMIND_SECONDS = 3600.0
"""How often something that goes on is said again."""
REMEMBERED = 16
"""A cause that takes turns with others (a ladder's rungs) is still the same one; more of them are news."""
_NUMBERS = re.compile(r"\d+")


class Recurring:
    """One recurring happening. ``clock`` gives seconds, monotonic."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._said: dict[str, float] = {}

    def level(self, words: str, level: int = logging.WARNING) -> int:
        """The level at which to log it this time: ``level``, or DEBUG for what was said lately.

        ``words`` say what is the matter; numbers in them (of processes, of seconds) make no other matter of it.
        """
        cause, now = _NUMBERS.sub("#", words), self._clock()
        said_at = self._said.get(cause)
        if said_at is not None and now - said_at < REMIND_SECONDS:
            return logging.DEBUG
        self._said.pop(cause, None)
        self._said[cause] = now
        if len(self._said) > REMEMBERED:
            del self._said[next(iter(self._said))]
        return level

    def over(self) -> bool:
        """It is over: the next time is news again. Whether anything had been said."""
        said = bool(self._said)
        self._said.clear()
        return said
