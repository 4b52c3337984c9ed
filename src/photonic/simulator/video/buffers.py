"""The queue of frame buffers of a V4L2 device, without I/O: who owns it, and which buffer is where.

A buffer is with the program, queued (the device may fill it), or done (the program may take it). Failing calls raise
``OSError`` with the kernel's errno.
"""

from __future__ import annotations

import errno
from collections import deque
from dataclasses import dataclass

from photonic.simulator.video.layout import BufferFlag

MOST_BUFFERS = 32


@dataclass(frozen=True, slots=True)
class FilledFrame:
    """What a buffer holds: its size, when it was captured (microseconds, monotonic), and its number in the stream."""

    size_bytes: int = 0
    captured_us: int = 0
    sequence: int = 0
    damaged: bool = False


class BufferQueue:
    """The buffers of one device; ``owner`` is the open file that has requested them, ``None``: there are none."""

    def __init__(self) -> None:
        self.owner: object | None = None
        self.streaming = False
        self.buffer_bytes = 0
        self._frames: list[FilledFrame] = []
        self._queued: deque[int] = deque()
        self._done: deque[int] = deque()

    @property
    def count(self) -> int:
        """How many buffers there are."""
        return len(self._frames)

    @property
    def has_frame(self) -> bool:
        """Whether a frame can be taken."""
        return bool(self._done)

    @property
    def has_room(self) -> bool:
        """Whether a buffer can be filled."""
        return self.streaming and bool(self._queued)

    def request(self, owner: object, count: int, buffer_bytes: int) -> int:
        """Make buffers, 0: free them; return how many there are. EBUSY: another file has them, or the stream is on."""
        if self.owner not in {None, owner} or self.streaming:
            raise OSError(errno.EBUSY, "in use")
        self._queued.clear()
        self._done.clear()
        self._frames = [FilledFrame()] * min(count, MOST_BUFFERS)
        self.buffer_bytes = buffer_bytes
        self.owner = owner if self._frames else None
        return self.count

    def check_free(self) -> None:
        """Raise EBUSY while there are buffers: the format is fixed then."""
        if self.owner is not None:
            raise OSError(errno.EBUSY, "in use")

    def offset(self, index: int) -> int:
        """Where a buffer begins in the mapped file; EINVAL: there is no such buffer."""
        if not 0 <= index < self.count:
            raise OSError(errno.EINVAL, "no such buffer")
        return index * self.buffer_bytes

    def frame(self, index: int) -> FilledFrame:
        """What a buffer holds; EINVAL: there is no such buffer."""
        self.offset(index)
        return self._frames[index]

    def flags(self, index: int) -> BufferFlag:
        """Where a buffer is."""
        flags = BufferFlag.MAPPED | BufferFlag.MONOTONIC
        if index in self._queued:
            flags |= BufferFlag.QUEUED
        if index in self._done:
            flags |= BufferFlag.DONE
        return flags | (BufferFlag.ERROR if self._frames[index].damaged else BufferFlag(0))

    def queue(self, owner: object, index: int) -> None:
        """Give a buffer to the device. EINVAL: it has it already."""
        self._check_owner(owner)
        self.offset(index)
        if index in self._queued or index in self._done:
            raise OSError(errno.EINVAL, "already queued")
        self._queued.append(index)

    def start(self, owner: object) -> None:
        """Switch the stream on."""
        self._check_owner(owner)
        self.streaming = True

    def stop(self, owner: object) -> None:
        """Switch the stream off; every buffer is with the program then."""
        if self.owner is not None:
            self._check_owner(owner)
        self.streaming = False
        self._queued.clear()
        self._done.clear()

    def fill(self, frame: FilledFrame) -> int | None:
        """Put a frame into the buffer that has waited longest; return where it begins. ``None``: it is dropped."""
        if not self.has_room:
            return None
        index = self._queued.popleft()
        self._frames[index] = frame
        self._done.append(index)
        return self.offset(index)

    def take(self, owner: object) -> int:
        """Take the oldest frame; return its buffer. EINVAL: the stream is off; EAGAIN: there is no frame yet."""
        self._check_owner(owner)
        if not self.streaming:
            raise OSError(errno.EINVAL, "the stream is off")
        if not self._done:
            raise OSError(errno.EAGAIN, "no frame")
        return self._done.popleft()

    def forget(self, owner: object) -> None:
        """The file is closed: its stream ends, and its buffers are gone."""
        if self.owner is owner:
            self.stop(owner)
            self.request(owner, 0, 0)

    def _check_owner(self, owner: object) -> None:
        if self.owner is None:
            raise OSError(errno.EINVAL, "no buffers")
        if self.owner is not owner:
            raise OSError(errno.EBUSY, "another program streams")
