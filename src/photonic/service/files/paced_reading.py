"""Reads whole files slowly, for checks that nobody waits for: in pieces, on a thread, never while a capture runs."""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING

from photonic.service.files import claims, disk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from hashlib import _Hash as Hash  # pyright: ignore[reportPrivateUsage]
    from io import BufferedReader
    from pathlib import Path

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

    async def sha256(self, path: Path) -> tuple[int, str]:
        """The size and the hash of a file, read from the disk, not from memory. Raises ``OSError``.

        A link is not followed: ``OSError`` (ELOOP).
        """
        content = await asyncio.to_thread(_open, path)
        try:
            hashed, size = hashlib.sha256(), 0
            while True:
                await self._idle()
                began = self._clock()
                read = await asyncio.to_thread(_update, content, hashed)
                if not read:
                    return size, hashed.hexdigest()
                size += read
                self.read_bytes += read
                took = self._clock() - began
                due = 2 * took if self.bytes_a_second is None else read / self.bytes_a_second
                await asyncio.sleep(max(0.0, due - took))
        finally:
            await asyncio.to_thread(_close, content)


def _open(path: Path) -> BufferedReader:
    content = claims.opened(path)
    disk.drop_cached(content.fileno())
    return content


def _update(content: BufferedReader, hashed: Hash) -> int:
    piece = content.read(PIECE_BYTES)
    hashed.update(piece)
    return len(piece)


def _close(content: BufferedReader) -> None:
    disk.drop_cached(content.fileno())  # what a check has read pushes nothing else out of memory
    content.close()
