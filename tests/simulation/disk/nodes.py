"""What lies on the disk: files and folders, and of each what a loss of power may undo.

Theory of operation
-------------------
A file is what the page cache holds. Each write since the last flush is kept with what it replaced, so that
``power.py`` can go back to the state of the last flush and then decide, write by write, what had reached the disk.
A flush just forgets the list. A folder keeps, for each name that changed since its own last flush, what the name meant
at that flush.
"""

from __future__ import annotations

import errno
import stat
from typing import NamedTuple

FILE_MODE = stat.S_IFREG
FOLDER_MODE = stat.S_IFDIR


class UnsyncedChange(NamedTuple):
    """A write or a truncation that was not flushed.

    ``data``: written at ``offset``, ``None``: the size became ``offset``. ``old``: the bytes that this replaced or cut
    off. ``old_size``: of the file before. ``proven``: a flush of it succeeded, but an earlier change is still unproven.
    ``doomed``: its flush failed; no later flush repeats it, as the kernel holds the page for clean.
    """

    offset: int
    data: bytes | None
    old: bytes
    old_size: int
    proven: bool = False
    doomed: bool = False


class Node:
    """What files and folders have in common. Times in nanoseconds; ``mode`` with the type."""

    __slots__ = ("atime", "ctime", "links", "mode", "mtime", "number")

    def __init__(self, number: int, mode: int, now: int) -> None:
        self.number = number
        self.mode = mode
        self.links = 1
        self.atime = self.mtime = self.ctime = now


class FileNode(Node):
    """A file: its content, and what of it was not flushed."""

    __slots__ = ("content", "locks", "unsynced")

    def __init__(self, number: int, mode: int, now: int) -> None:
        super().__init__(number, FILE_MODE | mode, now)
        self.content = bytearray()
        self.unsynced: list[UnsyncedChange] = []
        self.locks: dict[object, int] | None = None

    def write(self, offset: int, data: bytes) -> None:
        """Write at the offset; a gap before it reads as zeros."""
        content = self.content
        size = len(content)
        if offset >= size:
            self.unsynced.append(UnsyncedChange(offset, data, b"", size))
            if offset > size:
                content.extend(bytes(offset - size))
            content += data
        else:
            end = offset + len(data)
            self.unsynced.append(UnsyncedChange(offset, data, bytes(content[offset:end]), size))
            content[offset:end] = data

    def truncate(self, size: int) -> None:
        """Cut off, or extend with zeros."""
        content = self.content
        old_size = len(content)
        if size == old_size:
            return
        self.unsynced.append(UnsyncedChange(size, None, bytes(content[size:]), old_size))
        if size < old_size:
            del content[size:]
        else:
            content.extend(bytes(size - old_size))

    def flushed(self) -> None:
        """Everything so far is on the disk, but what an earlier flush has failed to bring there."""
        unsynced = self.unsynced
        if not unsynced:
            return
        if any(change.doomed for change in unsynced):
            self.unsynced = [change if change.doomed else change._replace(proven=True) for change in unsynced]
        else:
            unsynced.clear()

    def flushed_first(self, count: int) -> None:
        """The first ``count`` changes are on the disk."""
        self.unsynced[:count] = [
            change if change.doomed else change._replace(proven=True) for change in self.unsynced[:count]
        ]

    def flush_failed(self) -> None:
        """What was not on the disk yet will not be brought there by a later flush."""
        self.unsynced = [change if change.proven else change._replace(doomed=True) for change in self.unsynced]

    def undo(self) -> None:
        """Go back to the last flush; the changes stay listed."""
        content = self.content
        for change in reversed(self.unsynced):
            if change.data is None:
                if change.offset < change.old_size:
                    content += change.old
            elif change.old:
                content[change.offset : change.offset + len(change.old)] = change.old
            del content[change.old_size :]


class FolderNode(Node):
    """A folder: its names, and what the changed ones meant at its last flush (``None``: nothing)."""

    __slots__ = ("before", "names")

    def __init__(self, number: int, mode: int, now: int) -> None:
        super().__init__(number, FOLDER_MODE | mode, now)
        self.names: dict[str, Node] = {}
        self.before: dict[str, Node | None] = {}

    def set(self, name: str, node: Node | None) -> None:
        """Let the name mean this, or nothing."""
        self.before.setdefault(name, self.names.get(name))
        self.put(name, node)

    def put(self, name: str, node: Node | None) -> None:
        """The same, as if it had always been so."""
        if node is None:
            self.names.pop(name, None)
        else:
            self.names[name] = node


def failed(number: int, *paths: str) -> OSError:
    """The error as the kernel reports it."""
    if len(paths) == 2:
        return OSError(number, errno_text(number), paths[0], None, paths[1])
    return OSError(number, errno_text(number), *paths)


def errno_text(number: int) -> str:
    """The text of the error; the same in every locale."""
    return _TEXTS.get(number) or errno.errorcode.get(number, str(number))


_TEXTS = {
    errno.ENOENT: "No such file or directory",
    errno.EEXIST: "File exists",
    errno.ENOTDIR: "Not a directory",
    errno.EISDIR: "Is a directory",
    errno.ENOTEMPTY: "Directory not empty",
    errno.EBADF: "Bad file descriptor",
    errno.EIO: "Input/output error",
    errno.ENOSPC: "No space left on device",
    errno.EINVAL: "Invalid argument",
    errno.EPERM: "Operation not permitted",
    errno.EXDEV: "Invalid cross-device link",
    errno.EAGAIN: "Resource temporarily unavailable",
    errno.EOPNOTSUPP: "Operation not supported",
    errno.ESPIPE: "Illegal seek",
    errno.EBUSY: "Device or resource busy",
}
