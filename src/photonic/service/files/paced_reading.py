"""Reads whole files slowly, for checks that nobody waits for: in pieces, on a thread, never while a capture runs."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from typing import TYPE_CHECKING

from photonic.service.files import disk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from io import BufferedReader
    from pathlib import Path

    from photonic.service.files.disk_thread import DiskThread

PIECE_BYTES = 1024 * 1024


class PacedReading:
    """Hashes files.

    Args:
        idle: Waits until no capture is queued or in execution.
        clock: Monotonic seconds.

    ``bytes_a_second``: the most that is read; ``None``: as much as leaves the disk half of the time.
    """

    def __init__(self, idle: Callable[[], Awaitable[None]], *, clock: Callable[[], float]) -> None:
        self._idle = idle
        self._clock = clock
        self.bytes_a_second: float | None = None
        self.read_bytes = 0

    async def sha256(self, path: Path, thread: DiskThread | None = None) -> tuple[int, str]:
        """The size and the hash of a file, read from the disk, not from memory. Raises ``OSError``.

        A link is not followed: ``OSError`` (ELOOP). ``thread``: that of a disk that may hang.
        """
        content = _Content(path)
        try:
            size = 0
            while True:
                await self._idle()
                began = self._clock()
                read = await (asyncio.to_thread(content.read) if thread is None else thread.do(content.read))
                if not read:
                    return size, content.hashed.hexdigest()
                size += read
                self.read_bytes += read
                took = self._clock() - began
                due = 2 * took if self.bytes_a_second is None else read / self.bytes_a_second
                await asyncio.sleep(max(0.0, due - took))
        finally:
            if thread is not None:
                thread.later(content.close)
            else:
                # Shielded: a close that still waits for a thread would be given up with a caller that is cancelled.
                await asyncio.shield(asyncio.get_running_loop().run_in_executor(None, content.close))


class _Content:
    """A file that is read on threads, one piece after the other.

    A caller that is cancelled leaves a thread behind, perhaps in the middle of opening the file: whatever that one
    opens is closed, too, and once the file is closed, a thread that comes late opens nothing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._using = threading.Lock()
        self._file: BufferedReader | None = None
        self._closed = False
        self.hashed = hashlib.sha256()

    def read(self) -> int:
        """Hash the next piece; returns its size in bytes, 0 at the end. Raises ``OSError``."""
        with self._using:
            if self._closed:
                return 0
            if self._file is None:
                self._file = disk.opened(self._path)
                disk.drop_cached(self._file.fileno())
            piece = self._file.read(PIECE_BYTES)
            self.hashed.update(piece)
            return len(piece)

    def close(self) -> None:
        """Close the file, after the piece that is being read."""
        with self._using:
            self._closed = True
            if self._file is not None:
                disk.drop_cached(self._file.fileno())  # what a check has read pushes nothing else out of memory
                self._file.close()
