"""What a test waits for at a live view: a state, fresh frames, or a condition of a real server without an event."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photonic import LiveView, SessionState, StateChange


async def until(view: LiveView, state: SessionState, seconds: float = 20.0) -> StateChange:
    async with asyncio.timeout(seconds):
        async for change in view.states():
            if change.state is state:
                return change
    raise AssertionError(f"the view ended before {state}")


async def fresh(view: LiveView, count: int = 3, seconds: float = 20.0) -> list[int]:
    """The sequence numbers of the next frames."""
    sequences: list[int] = []
    before = view.newest
    async with asyncio.timeout(seconds):
        async for frame in view:
            if frame is not before:
                sequences.append(frame.sequence)
            if len(sequences) == count:
                return sequences
    raise AssertionError("the view ended")
