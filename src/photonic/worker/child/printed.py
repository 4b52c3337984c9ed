"""What a camera process prints: the library's own words, as lines of the log and not between them.

libgphoto2 reports some failures with perror(3) only (``connect cmd: Connection refused``), each time that it tries.
"""

from __future__ import annotations

import asyncio
import logging
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photonic.recurring import Recurring

LINE_LIMIT_BYTES = 2000
"""A longer line is cut into several."""
LINES_LIMIT = 200
"""So many lines of one process are logged: a library that prints for ever fills no disk."""
READ_BYTES = 65_536

log = logging.getLogger(__name__)


class Printed:
    """Reads one process's output from ``descriptor``, which is its own from now on, until ``close``.

    ``lately``: what was printed by the processes before it, and need not be said again. Belongs to the event loop in
    which it was made.
    """

    def __init__(self, descriptor: int, lately: Recurring) -> None:
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._lately = lately
        self._rest = b""
        self._lines = 0
        self._open = True
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(descriptor, self._read)

    def close(self) -> None:
        """Take what there still is, and let go of it; may be called again."""
        if not self._open:
            return
        self._read()
        self._end()

    def _read(self) -> None:
        try:
            data = os.read(self._descriptor, READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._end()
            return
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._say(line)
        while len(self._rest) > LINE_LIMIT_BYTES:
            self._say(self._rest[:LINE_LIMIT_BYTES])
            self._rest = self._rest[LINE_LIMIT_BYTES:]

    def _end(self) -> None:
        if not self._open:
            return
        self._open = False
        self._loop.remove_reader(self._descriptor)
        os.close(self._descriptor)
        self._say(self._rest)

    def _say(self, line: bytes) -> None:
        text = line[:LINE_LIMIT_BYTES].decode("utf-8", "replace").strip()
        if not text:
            return
        self._lines += 1
        if self._lines > LINES_LIMIT:
            if self._lines == LINES_LIMIT + 1:
                log.warning("the camera process prints more than %d lines: the rest is not logged", LINES_LIMIT)
            return
        log.log(self._lately.level(text, logging.INFO), "camera process printed: %s", text)
