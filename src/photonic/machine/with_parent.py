"""Ends a child process when its parent ends, however the parent ends (prctl(2), PR_SET_PDEATHSIG)."""

from __future__ import annotations

import ctypes
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable

PR_SET_PDEATHSIG = 1


def ends_with_parent(number: signal.Signals) -> Callable[[], None]:
    """Return a function for a new child to run before exec (``preexec_fn``): the kernel then ends it with this process.

    ``number``: the signal that the child gets. This process is checked afterwards, in case it has already ended.
    """
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def request_signal() -> None:
        prctl(PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:
            os._exit(1)

    return request_signal
