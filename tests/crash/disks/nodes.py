"""What lies on the failing disk: files and folders in memory, and how much room there is; no input or output."""

from __future__ import annotations

import errno
import stat
import time
from dataclasses import dataclass, field

ROOT = 1
BLOCK_BYTES = 4096


class Refused(OSError):
    """The disk refuses; ``errno``: the kernel's number."""

    def __init__(self, number: int) -> None:
        super().__init__(number, errno.errorcode[number])


@dataclass(slots=True)
class DiskNode:
    """A file (``content``) or a folder (``names``); ``mode`` has the type, ``times``: access, change, in seconds."""

    mode: int
    links: int = 1
    content: bytearray = field(default_factory=bytearray)
    names: dict[bytes, int] = field(default_factory=dict[bytes, int])
    times: list[float] = field(default_factory=lambda: [time.time(), time.time()])

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return stat.S_ISDIR(self.mode)


class DiskTree:
    """The tree; each method raises ``Refused``.

    Args:
        size_bytes: Of the disk.
        inodes: How many files and folders it can hold.
        hard_links: ``False``: it has none, as exFAT.
    """

    def __init__(self, size_bytes: int, inodes: int, *, hard_links: bool) -> None:
        self.size_bytes = size_bytes
        self.inodes = inodes
        self.hard_links = hard_links
        self.nodes = {ROOT: DiskNode(stat.S_IFDIR | 0o755, 2)}
        self._last = ROOT

    @property
    def free_bytes(self) -> int:
        """What is left."""
        return max(0, self.size_bytes - sum(len(node.content) for node in self._named()))

    @property
    def free_inodes(self) -> int:
        """How many more files and folders it can hold."""
        return max(0, self.inodes - len(self._named()))

    def _named(self) -> list[DiskNode]:
        # One without a name may still be open; the room that it takes is not missed here.
        return [node for node in self.nodes.values() if node.links > 0]

    def node(self, number: int) -> DiskNode:
        """What has this number."""
        if (found := self.nodes.get(number)) is None:
            raise Refused(errno.ENOENT)
        return found

    def find(self, folder: int, name: bytes) -> int:
        """The number of what is called so."""
        number = self.node(folder).names.get(name)
        if number is None:
            raise Refused(errno.ENOENT)
        return number

    def make(self, folder: int, name: bytes, mode: int) -> int:
        """A new file or folder."""
        if name in self.node(folder).names:
            raise Refused(errno.EEXIST)
        if self.free_inodes == 0:
            raise Refused(errno.ENOSPC)
        self._last += 1
        self.nodes[self._last] = DiskNode(mode, 2 if stat.S_ISDIR(mode) else 1)
        self.node(folder).names[name] = self._last
        return self._last

    def write(self, number: int, offset: int, data: bytes) -> None:
        """Bytes of a file."""
        content = self.node(number).content
        if offset + len(data) - len(content) > self.free_bytes:
            raise Refused(errno.ENOSPC)
        content.extend(bytes(max(0, offset - len(content))))
        content[offset : offset + len(data)] = data
        self.node(number).times[1] = time.time()

    def resize(self, number: int, size_bytes: int) -> None:
        """Cut a file off, or make it longer with zeros."""
        content = self.node(number).content
        if size_bytes - len(content) > self.free_bytes:
            raise Refused(errno.ENOSPC)
        del content[size_bytes:]
        content.extend(bytes(size_bytes - len(content)))

    def link(self, number: int, folder: int, name: bytes) -> None:
        """A second name for a file."""
        if not self.hard_links:
            raise Refused(errno.EPERM)
        if name in self.node(folder).names:
            raise Refused(errno.EEXIST)
        self.node(folder).names[name] = number
        self.node(number).links += 1

    def remove(self, folder: int, name: bytes, *, is_folder: bool) -> None:
        """Take a name away."""
        number = self.find(folder, name)
        node = self.node(number)
        if is_folder and node.names:
            raise Refused(errno.ENOTEMPTY)
        del self.node(folder).names[name]
        node.links -= 2 if is_folder else 1

    def rename(self, folder: int, name: bytes, to_folder: int, to_name: bytes, *, replaces: bool = True) -> None:
        """Another name; what had it is gone."""
        number = self.find(folder, name)
        there = self.node(to_folder).names.get(to_name)
        if there is not None and not replaces:
            raise Refused(errno.EEXIST)
        if there is not None and there != number:
            self.remove(to_folder, to_name, is_folder=self.node(there).is_folder)
        del self.node(folder).names[name]
        self.node(to_folder).names[to_name] = number
