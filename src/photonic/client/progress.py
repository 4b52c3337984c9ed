"""Reports a capture's progress while its answer is awaited."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from photonic.errors import ServiceError
from photonic.model.api import CaptureStatusAnswer, CompatStatusAnswer

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from photonic.model.status import CapturePhase

LONG_POLL_SECONDS = 10.0
POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class CaptureProgress:
    """The progress of a capture.

    ``remaining_seconds``: until the deadline. ``phase``, ``remaining_seconds`` and ``capture_id`` are always ``None``
    with a compat-only service. ``exposure_remaining_seconds``: until the end of a bulb exposure; ``None`` unless its
    shutter is open.
    """

    phase: CapturePhase | None
    elapsed_seconds: float | None
    remaining_seconds: float | None
    capture_id: str | None = None
    exposure_remaining_seconds: float | None = None


class StatusSource(Protocol):
    """Where progress is read from."""

    async def capture_status(self) -> CaptureStatusAnswer | CompatStatusAnswer:
        """The current status."""
        ...

    async def wait_status(self, boot_id: str, rev: int, timeout_seconds: float) -> CaptureStatusAnswer:
        """The status once it differs from this revision, or after ``timeout_seconds``."""
        ...


@asynccontextmanager
async def reported(
    source: StatusSource, session_id: str, on_progress: Callable[[CaptureProgress], None] | None
) -> AsyncGenerator[None]:
    """Report each change in the session's captures while the block runs; ``on_progress`` ``None``: no reports.

    An exception in ``on_progress`` is raised at the end of the block.
    """
    if on_progress is None:
        yield
        return
    task = asyncio.create_task(_report(source, session_id, on_progress))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()


async def _report(source: StatusSource, session_id: str, on_progress: Callable[[CaptureProgress], None]) -> None:
    newest: CaptureStatusAnswer | CompatStatusAnswer | None = None
    reported_last: CaptureProgress | None = None
    while True:
        try:
            if isinstance(newest, CaptureStatusAnswer):
                newest = await source.wait_status(newest.boot_id, newest.rev, LONG_POLL_SECONDS)
            else:
                newest = await source.capture_status()
        except ServiceError:
            # Progress is optional: the response to the capture request reports the outcome.
            newest = None
        progress = None if newest is None else _progress(newest, session_id)
        if progress is not None and progress != reported_last:
            reported_last = progress
            on_progress(progress)
        if not isinstance(newest, CaptureStatusAnswer):
            await asyncio.sleep(POLL_SECONDS)


def _progress(status: CaptureStatusAnswer | CompatStatusAnswer, session_id: str) -> CaptureProgress | None:
    if isinstance(status, CaptureStatusAnswer):
        ours = [capture for capture in status.captures if capture.session_id == session_id]
        if not ours:
            return None
        newest = ours[0]
        return CaptureProgress(
            newest.phase,
            newest.elapsed_seconds,
            newest.remaining_seconds,
            newest.id,
            newest.exposure_remaining_seconds,
        )
    if status.is_capturing and status.session_id in {None, session_id}:
        return CaptureProgress(None, status.elapsed_seconds, None)
    return None
