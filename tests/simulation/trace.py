"""What happened in a history, in order: a hash of all of it, and the lines themselves for who wants to read them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LINES_AT_ONCE = 512


class Trace:
    """The lines of a history.

    Args:
        keep: Whether ``lines`` has them. The hash needs no memory.
        clock: Simulated seconds. May be replaced when another loop begins.
    """

    def __init__(self, *, keep: bool = False, clock: Callable[[], float] = lambda: 0.0) -> None:
        self.clock = clock
        self._lines: list[str] | None = [] if keep else None
        self._waiting: list[str] = []
        self._hash = hashlib.sha256()

    def note(self, part: str, text: str) -> None:
        """Add a line: the simulated time, the part that speaks, and what it did."""
        waiting = self._waiting
        waiting.append(f"{self.clock():.6f} {part} {text}\n")
        if len(waiting) >= LINES_AT_ONCE:
            self._take()

    @property
    def lines(self) -> list[str]:
        """The lines so far; none if they are not kept."""
        self._take()
        return self._lines or []

    @property
    def digest(self) -> str:
        """SHA-256 of all lines so far, as hexadecimal digits. Two histories are the same if this is."""
        self._take()
        return self._hash.hexdigest()

    def _take(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._hash.update("".join(waiting).encode("utf-8", "surrogatepass"))
        if self._lines is not None:
            self._lines += [line[:-1] for line in waiting]
