"""Cancelled captures: added in the link's thread, checked in the driver's thread."""

from __future__ import annotations

import threading
from collections import OrderedDict

REMEMBERED = 64
"""More than the capture queue holds; the bound is for captures that ended before their cancellation arrived."""


class Cancellations:
    """The captures that were cancelled most recently; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids: OrderedDict[str, None] = OrderedDict()

    def add(self, capture_id: str) -> None:
        """Cancel this capture, if its shutter has not fired."""
        with self._lock:
            self._ids[capture_id] = None
            while len(self._ids) > REMEMBERED:
                self._ids.popitem(last=False)

    def discard(self, capture_id: str) -> None:
        """Forget this capture, which has ended."""
        with self._lock:
            self._ids.pop(capture_id, None)

    def __contains__(self, capture_id: str) -> bool:
        with self._lock:
            return capture_id in self._ids
