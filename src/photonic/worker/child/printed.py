"""Logs what a camera process prints, line by line, so that library output does not mix with the log.

libgphoto2 reports some failures only through perror(3) (``connect cmd: Connection refused``), on every attempt.
"""

from __future__ import annotations

import asyncio
import logging
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from photonic.recurring import Recurring

LINE_LIMIT_BYTES = 2000
"""A longer line is split."""
LINES_LIMIT = 200
"""How many lines of one process are logged, so that a library that never stops printing cannot fill the disk."""
READ_BYTES = 65_536

log = logging.getLogger(__name__)


class Printed:
    """Logs one process's output from ``descriptor``, which it owns from now on, until ``close``.

    ``recurring``: the lines that earlier processes have printed, which are logged at a lower level. Belongs to the
    event loop in which it was created.
    """

    def __init__(self, descriptor: int, recurring: Recurring) -> None:
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._recurring = recurring
        self._rest = b""
        self._lines = 0
        self._open = True
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(descriptor, self._read)

    def close(self) -> None:
        """Log the remaining output and close the descriptor; may be called again."""
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
            self._log(line)
        while len(self._rest) > LINE_LIMIT_BYTES:
            self._log(self._rest[:LINE_LIMIT_BYTES])
            self._rest = self._rest[LINE_LIMIT_BYTES:]

    def _end(self) -> None:
        if not self._open:
            return
        self._open = False
        self._loop.remove_reader(self._descriptor)
        os.close(self._descriptor)
        self._log(self._rest)

    def _log(self, line: bytes) -> None:
        text = line[:LINE_LIMIT_BYTES].decode("utf-8", "replace").strip()
        if not text:
            return
        self._lines += 1
        if self._lines > LINES_LIMIT:
            if self._lines == LINES_LIMIT + 1:
                log.warning("the camera process printed more than %d lines; the rest is not logged", LINES_LIMIT)
            return
        log.log(self._recurring.level(text, logging.INFO), "camera process printed: %s", text)
