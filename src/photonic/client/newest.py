"""Hands values to any number of readers, none of which can block the writer: the newest only, or a bounded series."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

T = TypeVar("T")
CHANGES_KEPT = 256


class Newest(Generic[T]):
    """Holds one value; ``value`` is ``None`` before the first."""

    def __init__(self) -> None:
        self.value: T | None = None
        self._version = 0
        self._ended = False
        self._changed = asyncio.Event()

    def put(self, value: T) -> None:
        """Replace the value; a busy reader misses the previous one."""
        self.value = value
        self._version += 1
        self._wake()

    def end(self) -> None:
        """No value will follow: end the readers' iterations."""
        self._ended = True
        self._wake()

    async def follow(self) -> AsyncIterator[T]:
        """Yield the newest value, each value at most once, until ``end``."""
        seen = 0
        while not self._ended:
            if self._version > seen and self.value is not None:
                seen = self._version
                yield self.value
            else:
                await self._changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


class Follower(Generic[T]):
    """A series of values for one reader, in order; a reader more than 256 values behind misses the oldest."""

    def __init__(self) -> None:
        self._waiting: deque[T] = deque(maxlen=CHANGES_KEPT)
        self._ended = False
        self._changed = asyncio.Event()

    def put(self, value: T) -> None:
        """Add a value."""
        self._waiting.append(value)
        self._changed.set()

    def end(self) -> None:
        """No value will follow."""
        self._ended = True
        self._changed.set()

    async def values(self) -> AsyncIterator[T]:
        """Yield every value until ``end``."""
        while self._waiting or not self._ended:
            if self._waiting:
                yield self._waiting.popleft()
            else:
                self._changed.clear()
                await self._changed.wait()
