"""Threads with a lower priority than the event loop's thread."""

from __future__ import annotations

import os
import threading

NICENESS = 10


def step_back() -> None:
    """Lower the calling thread's priority below the event loop's: on Linux each thread has its own (setpriority(2))."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
