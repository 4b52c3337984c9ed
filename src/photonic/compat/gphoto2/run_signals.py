"""The signals that gphoto2 understands: SIGINT and SIGTERM end it, SIGUSR1 takes a photo, SIGUSR2 ends a series."""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator

    from photonic.compat.gphoto2.console import Console

Result = TypeVar("Result")


class RunSignals:
    """Which signals have arrived: ``cancelled``, ``capture_now``, ``end_next``.

    Args:
        console: Where they are reported.
    """

    def __init__(self, console: Console) -> None:
        self.cancelled = False
        self.capture_now = False
        self.end_next = False
        self._console = console
        self._arrived = asyncio.Event()
        self._main: asyncio.Task[object] | None = None

    @contextmanager
    def handled(self) -> Generator[None]:
        """Handle the signals while the context lasts."""
        loop = asyncio.get_running_loop()
        self._main = asyncio.current_task()
        handlers: dict[signal.Signals, Callable[[], None]] = {
            signal.SIGINT: self.on_end,
            signal.SIGTERM: self.on_end,
            signal.SIGUSR1: self.on_capture_now,
            signal.SIGUSR2: self.on_end_next,
        }
        for number, handler in handlers.items():
            loop.add_signal_handler(number, handler)
        try:
            yield
        finally:
            for number in handlers:
                loop.remove_signal_handler(number)

    def on_end(self) -> None:
        """End after the current step; the second time, end at once."""
        if self.cancelled:
            self._console.note("\nAborting...\nAborted.")
            if self._main is not None:
                self._main.cancel()
            return
        self._console.note("\nCancelling...")
        self.cancelled = True
        self._arrived.set()

    def on_capture_now(self) -> None:
        """Take a photo without waiting for the interval."""
        self.capture_now = True
        self._arrived.set()

    def on_end_next(self) -> None:
        """End after the current photo."""
        self.end_next = True
        self._arrived.set()

    def take_capture_now(self) -> bool:
        """Whether SIGUSR1 has arrived since the last call."""
        taken, self.capture_now = self.capture_now, False
        return taken

    async def until_signal(self, work: Coroutine[object, object, Result]) -> Result | None:
        """Do some work until it is done or a signal arrives; ``None``: a signal arrived first."""
        self._arrived.clear()
        if self.cancelled or self.capture_now or self.end_next:
            work.close()
            return None
        tasks = asyncio.ensure_future(work), asyncio.ensure_future(self._arrived.wait())
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return tasks[0].result() if tasks[0].done() else None
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
