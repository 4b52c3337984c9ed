"""One file of SQLite on the simulated disk: what its file system does with it. All answers are SQLite's result codes.

Theory of operation
-------------------
Reads, writes, truncations and flushes are numbered operations of the disk. What goes wrong there is raised; ``vfs.py``
makes a result code of it. SQLite's own file system for Unix is the model: data is flushed by fdatasync, which need not
flush names, and the folder of a log after the first flush of the log.

Locks are SQLite's five levels (https://sqlite.org/lockingv3.html), between the connections of one process.
"""

from __future__ import annotations

import ctypes
from ctypes import string_at
from typing import TYPE_CHECKING

from tests.simulation import sqlite_abi as abi

if TYPE_CHECKING:
    from tests.simulation.death import Life
    from tests.simulation.disk import SimulatedDisk
    from tests.simulation.disk.nodes import FileNode


class DatabaseFile:
    """A file that SQLite has open. ``new_log``: a log whose folder has to be flushed with it, once."""

    __slots__ = ("disk", "level", "life", "new_log", "node", "path")

    def __init__(self, disk: SimulatedDisk, node: FileNode, path: str, *, new_log: bool) -> None:
        self.disk = disk
        self.node = node
        self.path = path
        self.life: Life = disk.life
        self.level = abi.LOCK_NONE
        self.new_log = new_log

    def read(self, out: int, count: int, offset: int) -> int:
        """Read into the memory at ``out``; what is missing at the end of the file becomes zeros."""
        self.life.check()
        data = self.disk.read(self.node, self.path, offset, count)
        ctypes.memmove(out, data, len(data))
        if len(data) == count:
            return abi.OK
        ctypes.memset(out + len(data), 0, count - len(data))
        return abi.IOERR_SHORT_READ

    def write(self, data: int, count: int, offset: int) -> None:
        """Write what is in the memory at ``data``."""
        if self.life.ended is not None:
            raise self.life.ended
        self.disk.write(self.node, self.path, offset, string_at(data, count))

    def truncate(self, size: int) -> int:
        """Cut off."""
        self.life.check()
        self.disk.truncate(self.node, self.path, size)
        return abi.OK

    def sync(self, _flags: int) -> int:
        """Flush the data, and the folder of a new log."""
        self.life.check()
        self.disk.flush(self.node, self.path, names=False)
        if self.new_log:
            self.new_log = False
            flush_folder(self.disk, self.path)
        return abi.OK

    def lock(self, level: int) -> int:
        """Raise the lock to this level."""
        if self.life.ended is not None:
            return abi.BUSY
        if level <= self.level:
            return abi.OK
        locks = self.node.locks
        if locks is None:
            locks = self.node.locks = {}
        others = max((held for other, held in locks.items() if other is not self), default=abi.LOCK_NONE)
        if level == abi.LOCK_EXCLUSIVE and others > abi.LOCK_NONE:
            if others == abi.LOCK_SHARED:  # nobody new may read, so that the readers end
                locks[self] = self.level = max(self.level, abi.LOCK_PENDING)
            return abi.BUSY
        if others >= (abi.LOCK_PENDING if level == abi.LOCK_SHARED else abi.LOCK_RESERVED):
            return abi.BUSY
        locks[self] = self.level = level
        return abi.OK

    def unlock(self, level: int) -> int:
        """Lower the lock to this level."""
        locks = self.node.locks
        if level < self.level and locks is not None and self.life.ended is None:
            self.level = level
            if level == abi.LOCK_NONE:
                del locks[self]
            else:
                locks[self] = level
        return abi.OK

    def is_reserved(self) -> bool:
        """Whether somebody means to write."""
        return any(held >= abi.LOCK_RESERVED for held in (self.node.locks or {}).values())


def flush_folder(disk: SimulatedDisk, path: str) -> None:
    """Flush the folder in which this file stands."""
    folder, _name = disk.names.place(path)
    disk.flush(folder, path.rpartition("/")[0])
