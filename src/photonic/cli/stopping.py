"""Being told to stop: SIGTERM or Ctrl-C as something that a command can wait for."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Generator, Sequence

SIGNALS = (signal.SIGTERM, signal.SIGINT)


def note_signals() -> Sequence[int]:
    """Signals that arrive from here on, until an event loop takes them: noted, and nothing else happens.

    Returns the growing list of their numbers; look at it once the loop's own handlers are set.
    """
    noted: list[int] = []
    for number in SIGNALS:
        signal.signal(number, lambda got, _frame: noted.append(got))
    return noted


@contextmanager
def stop_signals() -> Generator[asyncio.Event]:
    """An event that is set by the first SIGTERM or Ctrl-C; later ones change nothing while the context lasts."""
    import asyncio

    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    for number in SIGNALS:
        loop.add_signal_handler(number, told.set)
    try:
        yield told
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
