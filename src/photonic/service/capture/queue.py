"""The queue of waiting captures: bounded, first in, first out."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from photonic.errors import CaptureError, FailureKind
from photonic.model.requester import NOBODY

if TYPE_CHECKING:
    from photonic.model.requester import Requester
    from photonic.service.capture.job import CaptureJob


class CaptureQueue:
    """At most ``length`` waiting captures, oldest first, without the capture in progress."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._waiting: deque[CaptureJob] = deque()
        self._filled = asyncio.Event()

    @property
    def waiting(self) -> tuple[CaptureJob, ...]:
        """The waiting captures, oldest first."""
        return tuple(self._waiting)

    def place(self, job: CaptureJob) -> int:
        """Return the job's position in the queue, counted from 1; also 1 for a job that has just left the queue."""
        return self._waiting.index(job) + 1 if job in self._waiting else 1

    def check_room(self, requester: Requester = NOBODY) -> None:
        """Raises ``CaptureError`` (``queue_full``) if the queue is full.

        A guest never gets the last place, and has at most one capture that waits.
        """
        waiting = len(self._waiting)
        if waiting >= self._length:
            reason = f"{waiting} captures are already waiting: try again when one has ended"
        elif requester.is_guest and any(job.limit_key == requester.limit_key for job in self._waiting):
            reason = "your previous capture is still waiting: try again when it has begun"
        elif requester.is_guest and waiting >= max(1, self._length - 1):
            reason = (
                f"{waiting} captures are already waiting; the last place is reserved for the operator: try again soon"
            )
        else:
            return
        raise CaptureError(reason, kind=FailureKind.QUEUE_FULL)

    def put(self, job: CaptureJob) -> None:
        """Append a capture. Raises ``CaptureError`` (``queue_full``)."""
        self.check_room()
        self._waiting.append(job)
        self._filled.set()

    async def first(self) -> CaptureJob:
        """Wait for the oldest capture. It stays queued until ``remove``, so that a cancelled wait loses no capture."""
        while not self._waiting:
            self._filled.clear()
            await self._filled.wait()
        return self._waiting[0]

    def remove(self, job: CaptureJob) -> bool:
        """Remove a capture from anywhere in the queue; return whether it was there."""
        if job not in self._waiting:
            return False
        self._waiting.remove(job)
        return True
