"""Virtual time: hours pass in no time, and nothing is late on a busy machine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import looptime

if TYPE_CHECKING:
    from collections.abc import Coroutine


class FakeClock:
    """A clock that stands still until a test changes ``now`` (seconds)."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def in_virtual_time(work: Coroutine[None, None, None]) -> None:
    """Run ``work`` to its end on a loop of its own, from time 0."""

    def loop() -> asyncio.AbstractEventLoop:
        made = cast("asyncio.BaseEventLoop", asyncio.new_event_loop())
        return cast("asyncio.AbstractEventLoop", looptime.patch_event_loop(made, start=0.0))

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(work)
