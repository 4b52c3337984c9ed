"""Captures that wait for their turn: bounded, first come first served."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from photonic.errors import CaptureError, FailureKind

if TYPE_CHECKING:
    from photonic.service.capture.job import CaptureJob


class CaptureQueue:
    """At most ``length`` waiting captures, oldest first; the one that is being taken is not among them."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._waiting: deque[CaptureJob] = deque()
        self._filled = asyncio.Event()

    @property
    def waiting(self) -> tuple[CaptureJob, ...]:
        """Those that wait, oldest first."""
        return tuple(self._waiting)

    def check_room(self, *, guest: bool = False) -> None:
        """Raises ``CaptureError`` (``queue_full``) when one more would not be taken; guests leave the last place."""
        waiting = len(self._waiting)
        if waiting >= self._length:
            reason = f"{waiting} captures are waiting already: wait for one to end, then ask again"
        elif guest and waiting >= max(1, self._length - 1):
            reason = (
                f"{waiting} captures are waiting already, and the last place is the operator's: ask again in a moment"
            )
        else:
            return
        raise CaptureError(reason, kind=FailureKind.QUEUE_FULL)

    def put(self, job: CaptureJob) -> None:
        """Add one at the end. Raises ``CaptureError`` (``queue_full``)."""
        self.check_room()
        self._waiting.append(job)
        self._filled.set()

    async def first(self) -> CaptureJob:
        """The oldest one, which stays in the queue until ``remove``: cancelling this wait loses none."""
        while not self._waiting:
            self._filled.clear()
            await self._filled.wait()
        return self._waiting[0]

    def remove(self, job: CaptureJob) -> bool:
        """Take one out, wherever it stands; whether it was there."""
        if job not in self._waiting:
            return False
        self._waiting.remove(job)
        return True
