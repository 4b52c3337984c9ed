"""A command that the simulated service runs: a hook, which ends well or badly, at once or never, and prints."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Mapping

    from tests.simulation.pipes import ReadingEnd

RUN_SECONDS = (0.01, 0.5)
FAILS, HANGS, DEAF_TO_TERM, PRINTS, LEAVES_A_CHILD = 0.05, 0.02, 0.3, 0.3, 0.05
OUTPUTS = (b"printing\n", b"no paper\nplease help\n", b"\xff\xfe\x1b[31m" * 100, b"x" * 10_000)


class SimulatedCommand:
    """Has what the service uses of ``asyncio.subprocess.Process``.

    ``began_at`` and ``ended_at`` are simulated seconds; ``ended_at`` is ``None`` if the service did not see its end.

    Args:
        pid: Of the process.
        arguments: The program and its arguments.
        environment: Its environment.
        draw: Draws what it does.
        clock: Simulated seconds.
        output: Reads what it prints; ``None``: nobody does.
    """

    def __init__(
        self,
        pid: int,
        arguments: tuple[str, ...],
        environment: Mapping[str, str],
        draw: random.Random,
        *,
        clock: Callable[[], float],
        output: ReadingEnd | None,
    ) -> None:
        self.pid = pid
        self.arguments = arguments
        self.environment = environment
        self.returncode: int | None = None
        self.began_at = clock()
        self.ended_at: float | None = None
        self._clock = clock
        self._output = output
        loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = loop.create_future()
        hangs, fails = draw.random() < HANGS, draw.random() < FAILS
        self._deaf = draw.random() < DEAF_TO_TERM
        self._leaves_a_child = draw.random() < LEAVES_A_CHILD
        seconds = draw.uniform(*RUN_SECONDS)
        if output is not None and draw.random() < PRINTS:
            loop.call_later(draw.uniform(0.0, seconds), output.printed, draw.choice(OUTPUTS))
        if not hangs:
            loop.call_later(seconds, self._end, 1 if fails else 0)

    async def wait(self) -> int:
        """The exit code, once it has ended."""
        await asyncio.wait([self._ended])
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        """It and its children end, unless it does not listen to this signal."""
        if number is signal.SIGKILL or not self._deaf:
            self._leaves_a_child = False
            self._end(-number)
            self._close_output()

    def _end(self, code: int) -> None:
        if self.returncode is None:
            self.returncode = code
            self.ended_at = self._clock()
            self._ended.set_result(None)
            self._close_output()

    def _close_output(self) -> None:
        # A child of the command has the pipe, too.
        if self._output is not None and not self._leaves_a_child:
            self._output.close()
