"""A promise that a state breaks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """``rule``: the promise, in the same words each time; ``text``: what is there instead."""

    rule: str
    text: str
