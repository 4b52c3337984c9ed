"""Sequences that have ended, although the disk refused to record it.

In the journal such a sequence is unfinished: after a restart, a time-lapse would continue, and any other sequence would
be said to have failed. So its end is recorded as soon as the disk allows it, and until then readers see it from here.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from photonic.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from photonic.service.sequence.runner import SequenceRun

log = logging.getLogger(__name__)


class UnrecordedEnds:
    """The runs of these sequences, oldest first."""

    def __init__(self) -> None:
        self._runs: list[SequenceRun] = []

    def __len__(self) -> int:
        """How many there are."""
        return len(self._runs)

    def __iter__(self) -> Iterator[SequenceRun]:
        """Oldest first."""
        return iter(self._runs)

    def add(self, run: SequenceRun) -> None:
        """Remember a run that has ended, unless its end is recorded."""
        if not run.is_recorded:
            self._runs.append(run)

    async def record(self) -> None:
        """Record the ends, oldest first, until the disk refuses one. Raises nothing."""
        while self._runs:
            try:
                await self._runs[0].record_end()
            except StorageError:
                return  # its run has logged it
            run = self._runs.pop(0)
            log.info("the end of sequence %s is recorded now", run.id)
