"""SIGTERM and Ctrl-C as an event that a command can wait for."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Generator, Sequence

SIGNALS = (signal.SIGTERM, signal.SIGINT)


def record_signals() -> Sequence[int]:
    """Record signals, without acting on them, until an event loop sets its own handlers.

    Returns the growing list of their numbers; check it once the loop's handlers are set.
    """
    recorded: list[int] = []
    for number in SIGNALS:
        signal.signal(number, lambda received, _frame: recorded.append(received))
    return recorded


@contextmanager
def stop_signals() -> Generator[asyncio.Event]:
    """An event that the first SIGTERM or Ctrl-C sets; further ones have no effect inside the context."""
    import asyncio

    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in SIGNALS:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
