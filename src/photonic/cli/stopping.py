"""Being told to stop: SIGTERM or Ctrl-C as something that a command can wait for."""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

SIGNALS = (signal.SIGTERM, signal.SIGINT)


def hold_signals() -> None:
    """From here on SIGTERM and Ctrl-C wait in the kernel, until ``release_signals``; none is lost."""
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)


def release_signals() -> None:
    """Delivers what ``hold_signals`` kept back, to the handlers of now; call it once the loop's are set."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


@contextmanager
def stop_signals() -> Generator[asyncio.Event]:
    """An event that is set by the first SIGTERM or Ctrl-C; later ones change nothing while the context lasts."""
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    for number in SIGNALS:
        loop.add_signal_handler(number, told.set)
    try:
        yield told
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)
