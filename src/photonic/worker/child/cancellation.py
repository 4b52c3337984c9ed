"""Captures that are given up: heard in the link's thread, asked for in the driver's."""

from __future__ import annotations

import threading
from collections import OrderedDict

REMEMBERED = 64
"""More than a queue of captures holds; those that ended before their cancellation came are never asked for."""


class Cancellations:
    """The captures that were cancelled last; one thread adds to it while another asks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids: OrderedDict[str, None] = OrderedDict()

    def add(self, capture_id: str) -> None:
        """This capture is given up, if its shutter has not fired."""
        with self._lock:
            self._ids[capture_id] = None
            while len(self._ids) > REMEMBERED:
                self._ids.popitem(last=False)

    def discard(self, capture_id: str) -> None:
        """This capture has ended."""
        with self._lock:
            self._ids.pop(capture_id, None)

    def __contains__(self, capture_id: str) -> bool:
        with self._lock:
            return capture_id in self._ids
