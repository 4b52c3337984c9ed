"""The greatest number that still holds, found in few tries."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST = 500
MOST = 4000
STEP = 50


def most(holds: Callable[[int], bool], *, first: int = FIRST, limit: int = MOST, step: int = STEP) -> int:
    """The greatest multiple of ``step`` up to ``limit`` for which ``holds``, if it holds for all smaller ones; else 0.

    Doubles from ``first`` until it does not hold, then halves what is between.
    """
    good, bad, candidate = 0, limit + step, first
    while candidate < bad and candidate <= limit:
        if not holds(candidate):
            bad = candidate
            break
        good, candidate = candidate, min(2 * candidate, limit) if candidate < limit else limit + step
    while bad - good > step:
        middle = (good + bad) // 2 // step * step
        if middle <= good:
            break
        if holds(middle):
            good = middle
        else:
            bad = middle
    return good
