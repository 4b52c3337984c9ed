"""Threads that give way to the event loop's."""

from __future__ import annotations

import os
import threading

NICENESS = 10


def step_back() -> None:
    """The event loop's thread has the core first: Linux has a niceness for each thread (setpriority(2))."""
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
