"""Waiting for something that another process does, with an end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_SECONDS = 30.0
LOOK_EVERY_SECONDS = 0.02


def until(condition: Callable[[], object]) -> None:
    """Looks again and again until it holds; fails after half a minute."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"not within {LONGEST_SECONDS:.0f} s"
        time.sleep(LOOK_EVERY_SECONDS)


async def until_true(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Polls: what is waited for happens in a server, which tells nobody."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
