"""Open files of the simulated process: descriptors, their positions and locks, and the file objects on them.

Descriptors are numbers that no real one reaches, and none is used twice: what is used after it was closed fails.
"""

from __future__ import annotations

import errno
import fcntl
import io
import os
from typing import TYPE_CHECKING

from tests.simulation.disk.nodes import FileNode, FolderNode, failed

if TYPE_CHECKING:
    from typing import Any

    from tests.simulation.disk.nodes import Node
    from tests.simulation.disk.simulated import SimulatedDisk

FIRST_DESCRIPTOR = 1 << 28
ACCESS = os.O_RDONLY | os.O_WRONLY | os.O_RDWR


class OpenFile:
    """One open file. ``lock``: its flock; ``None``: none."""

    __slots__ = ("appends", "life", "lock", "node", "number", "path", "position", "readable", "writable")

    def __init__(self, number: int, node: Node, path: str, flags: int, life: Any) -> None:
        self.number = number
        self.node = node
        self.path = path
        self.position = 0
        self.readable = flags & ACCESS != os.O_WRONLY
        self.writable = flags & ACCESS != os.O_RDONLY
        self.appends = bool(flags & os.O_APPEND)
        self.lock: int | None = None
        self.life = life

    def file(self) -> FileNode:
        """The file; a folder has no content."""
        if not isinstance(self.node, FileNode):
            raise failed(errno.EISDIR, self.path)
        return self.node


class OpenFiles:
    """The descriptors of one life. ``last``: the last one of an earlier life."""

    def __init__(self, disk: SimulatedDisk, last: int = FIRST_DESCRIPTOR) -> None:
        self._disk = disk
        self.last = last
        self._open: dict[int, OpenFile] = {}
        self._locked: dict[int, list[OpenFile]] = {}

    def __len__(self) -> int:
        return len(self._open)

    def get(self, number: int) -> OpenFile:
        """The open file of this descriptor."""
        self._disk.life.check()
        found = self._open.get(number)
        if found is None:
            raise failed(errno.EBADF)
        return found

    def open(self, path: str, flags: int, mode: int) -> OpenFile:
        """Open or create what the flags say; errors are the kernel's."""
        disk = self._disk
        disk.life.check()
        node = disk.names.find(path)
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            return self._add(self._nameless(node, path), path, flags)
        if node is None:
            if not flags & os.O_CREAT:
                raise failed(errno.ENOENT, path)
            node = disk.create(path, mode)
        elif flags & os.O_CREAT and flags & os.O_EXCL:
            raise failed(errno.EEXIST, path)
        elif isinstance(node, FolderNode):
            if flags & ACCESS != os.O_RDONLY or flags & os.O_CREAT:
                raise failed(errno.EISDIR, path)
        elif flags & os.O_DIRECTORY:
            raise failed(errno.ENOTDIR, path)
        elif flags & os.O_TRUNC and isinstance(node, FileNode) and node.content:
            disk.truncate(node, path, 0)
        return self._add(node, path, flags)

    def _nameless(self, node: Node | None, path: str) -> Node:
        if node is None:
            raise failed(errno.ENOENT, path)
        if not isinstance(node, FolderNode):
            raise failed(errno.ENOTDIR, path)
        planned = self._disk.begin("create", f"{path}/(nameless)", space=True)
        made = self._disk.names.new_file(0o600, self._disk.now())
        made.links = 0
        if planned is not None:
            self._disk.finish(planned, path)
        return made

    def _add(self, node: Node, path: str, flags: int) -> OpenFile:
        self.last += 1
        self._open[self.last] = opened = OpenFile(self.last, node, path, flags, self._disk.life)
        return opened

    def close(self, number: int) -> None:
        """Close the descriptor, and release its lock. The dead may close what they like."""
        opened = self._open.pop(number, None)
        if opened is None:
            if self._disk.life.ended is None:
                raise failed(errno.EBADF)
        elif opened.lock is not None:
            self._locked[opened.node.number].remove(opened)

    def flock(self, number: int, how: int) -> None:
        """As flock(2). One process has all the locks here: what would have to wait would wait for ever."""
        opened = self.get(number)
        holders = self._locked.setdefault(opened.node.number, [])
        others = [each for each in holders if each is not opened]
        kind = how & (fcntl.LOCK_SH | fcntl.LOCK_EX | fcntl.LOCK_UN)
        if kind != fcntl.LOCK_UN and others and (kind == fcntl.LOCK_EX or others[0].lock == fcntl.LOCK_EX):
            if how & fcntl.LOCK_NB:
                raise failed(errno.EAGAIN)
            raise RuntimeError(f"a lock on {opened.path} would be waited for, for ever")
        if opened.lock is not None:
            holders.remove(opened)
        opened.lock = None
        if kind != fcntl.LOCK_UN:
            opened.lock = kind
            holders.append(opened)

    # Content, by descriptor

    def read(self, opened: OpenFile, count: int, offset: int | None = None) -> bytes:
        """Bytes at the offset, or at the position, which moves."""
        if not opened.readable:
            raise failed(errno.EBADF)
        at = opened.position if offset is None else offset
        data = self._disk.read(opened.file(), opened.path, at, count)
        if offset is None:
            opened.position = at + len(data)
        return data

    def write(self, opened: OpenFile, data: bytes, offset: int | None = None) -> int:
        """Write at the offset, or at the position, which moves."""
        if not opened.writable:
            raise failed(errno.EBADF)
        node = opened.file()
        if not data:
            return 0
        at = opened.position if offset is None else offset
        if opened.appends:
            at = len(node.content)
        count = self._disk.write(node, opened.path, at, data)
        if offset is None:
            opened.position = at + count
        return count

    def truncate(self, opened: OpenFile, size: int) -> None:
        """Cut off, or extend with zeros."""
        if not opened.writable or size < 0:
            raise failed(errno.EINVAL)
        self._disk.truncate(opened.file(), opened.path, size)

    def seek(self, opened: OpenFile, offset: int, whence: int) -> int:
        """Move the position."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: opened.position, os.SEEK_END: len(opened.file().content)}[whence]
        if start + offset < 0:
            raise failed(errno.EINVAL)
        opened.position = start + offset
        return opened.position


class RawFile(io.RawIOBase):
    """An unbuffered file on a descriptor, as ``io.FileIO``."""

    def __init__(self, files: OpenFiles, opened: OpenFile, name: object, mode: str, *, closefd: bool) -> None:
        super().__init__()
        self._files = files
        self._opened = opened
        self.name = name
        self.mode = mode
        self.closefd = closefd

    def readable(self) -> bool:
        return self._opened.readable

    def writable(self) -> bool:
        return self._opened.writable

    def seekable(self) -> bool:
        return True

    def fileno(self) -> int:
        self._checkClosed()
        return self._opened.number

    def isatty(self) -> bool:
        return False

    def readinto(self, buffer: Any, /) -> int:
        self._opened.life.check()
        if not self._opened.readable:
            raise io.UnsupportedOperation("File not open for reading")
        data = self._files.read(self._opened, len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def readall(self) -> bytes:
        self._opened.life.check()
        if not self._opened.readable:
            raise io.UnsupportedOperation("File not open for reading")
        left = max(0, len(self._opened.file().content) - self._opened.position)
        return self._files.read(self._opened, left)

    def write(self, buffer: Any, /) -> int:
        if self._opened.life.ended is not None:
            return len(buffer)  # a buffer of the dead that is emptied as it is thrown away
        if not self._opened.writable:
            raise io.UnsupportedOperation("File not open for writing")
        return self._files.write(self._opened, bytes(buffer))

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        self._checkClosed()
        return self._files.seek(self._opened, offset, whence)

    def tell(self) -> int:
        self._checkClosed()
        return self._opened.position

    def truncate(self, size: int | None = None, /) -> int:
        self._checkClosed()
        self._opened.life.check()
        if not self._opened.writable:
            raise io.UnsupportedOperation("File not open for writing")
        wanted = self._opened.position if size is None else size
        self._files.truncate(self._opened, wanted)
        return wanted

    def close(self) -> None:
        if not self.closed:
            try:
                super().close()
            finally:
                if self.closefd:
                    self._files.close(self._opened.number)
