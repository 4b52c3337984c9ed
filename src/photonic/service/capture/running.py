"""The captures that were accepted and have not ended yet."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photonic.model.api import CaptureRecord
    from photonic.service.capture.job import CaptureJob


class RunningCaptures:
    """These captures of one camera by their ids, in the order in which they were accepted."""

    def __init__(self) -> None:
        self._jobs: dict[str, CaptureJob] = {}
        self._none = asyncio.Event()
        self._none.set()

    @property
    def all(self) -> tuple[CaptureJob, ...]:
        """All of them, oldest first."""
        return tuple(self._jobs.values())

    def of_id(self, capture_id: str) -> CaptureJob | None:
        """Return the capture with this id; ``None`` if it has ended or does not exist."""
        return self._jobs.get(capture_id)

    def add(self, job: CaptureJob) -> None:
        """A capture was accepted."""
        self._jobs[job.id] = job
        self._none.clear()

    def end(self, job: CaptureJob, record: CaptureRecord) -> None:
        """Apply a capture's final record, and wake the tasks that wait for the job or for an idle camera."""
        self._jobs.pop(job.id, None)
        if not self._jobs:
            self._none.set()
        job.end(record)

    async def none(self) -> None:
        """Wait until there are none."""
        await self._none.wait()
