"""The camera's journal: what actually happened, for tests and for debugging."""

from __future__ import annotations

import json
from typing import IO, Any

LONGEST = 200_000


class Journal:
    """One entry per event: ``{"n": 1, "at_us": ..., "event": "exposed", ...}``, numbered from 1.

    ``at_us`` is the camera's clock: CLOCK_MONOTONIC in microseconds. ``file`` receives each entry as a JSON line. The
    newest 200,000 entries are kept.
    """

    def __init__(self, file: IO[str] | None = None) -> None:
        self._entries: list[dict[str, Any]] = []
        self._file = file
        self._number = 0

    def write(self, now: float, event: str, **facts: object) -> None:
        """Record an event at ``now`` (seconds of CLOCK_MONOTONIC)."""
        self._number += 1
        entry: dict[str, Any] = {"n": self._number, "at_us": int(now * 1e6), "event": event, **facts}
        self._entries.append(entry)
        if len(self._entries) > LONGEST:
            del self._entries[: LONGEST // 10]
        if self._file is not None:
            self._file.write(json.dumps(entry) + "\n")
            self._file.flush()

    def since(self, number: int) -> list[dict[str, Any]]:
        """The entries after that number."""
        return [entry for entry in self._entries if entry["n"] > number]
