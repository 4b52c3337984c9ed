"""A command that the simulated service runs: a hook, which ends well or badly, at once or never."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

RUN_SECONDS = (0.01, 0.5)
FAILS, HANGS, DEAF_TO_TERM = 0.05, 0.02, 0.3


class SimulatedCommand:
    """Has what the service uses of ``asyncio.subprocess.Process``."""

    def __init__(
        self, pid: int, arguments: tuple[str, ...], environment: Mapping[str, str], draw: random.Random
    ) -> None:
        self.pid = pid
        self.arguments = arguments
        self.environment = environment
        self.returncode: int | None = None
        loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = loop.create_future()
        hangs, fails = draw.random() < HANGS, draw.random() < FAILS
        self._deaf = draw.random() < DEAF_TO_TERM
        seconds = draw.uniform(*RUN_SECONDS)
        if not hangs:
            loop.call_later(seconds, self._end, 1 if fails else 0)

    async def wait(self) -> int:
        """The exit code, once it has ended."""
        await asyncio.wait([self._ended])
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        """It ends, unless it does not listen to this signal."""
        if number is signal.SIGKILL or not self._deaf:
            self._end(-number)

    def _end(self, code: int) -> None:
        if self.returncode is None:
            self.returncode = code
            self._ended.set_result(None)
