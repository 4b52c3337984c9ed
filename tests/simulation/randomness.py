"""Random numbers of one history: a generator for each part, so that leaving one part out changes none of the others."""

from __future__ import annotations

import random


class Randomness:
    """The generators of a history.

    Args:
        seed: Of the history. The same seed makes the same numbers in every process and on every machine.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._parts: dict[str, random.Random] = {}

    def part(self, name: str) -> random.Random:
        """The generator of this part: one for the whole history, independent of every other part's."""
        found = self._parts.get(name)
        if found is None:
            # A string is hashed by SHA-512 here, never by hash().
            found = self._parts[name] = random.Random(f"{self.seed}:{name}")
        return found
