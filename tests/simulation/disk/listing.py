"""What ``os`` tells about a file or a folder: its status, and the entries of a listing."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Self

from tests.simulation.disk.nodes import FileNode, FolderNode, Node

if TYPE_CHECKING:
    from collections.abc import Iterator

DEVICE = 0x5115
SECOND_DEVICE = 0x5215
BLOCK_BYTES = 4096
SECTOR_BYTES = 512
NANOSECONDS = 1_000_000_000
USER, GROUP = os.getuid(), os.getgid()


def status_of(node: Node, device: int = DEVICE) -> os.stat_result:
    """As stat(2)."""
    size = len(node.content) if isinstance(node, FileNode) else BLOCK_BYTES
    atime, mtime, ctime = node.atime, node.mtime, node.ctime
    whole = (
        *(node.mode, node.number, device, node.links, USER, GROUP, size),
        *(atime // NANOSECONDS, mtime // NANOSECONDS, ctime // NANOSECONDS),
        *(atime / NANOSECONDS, mtime / NANOSECONDS, ctime / NANOSECONDS),
        *(atime, mtime, ctime, BLOCK_BYTES, -(-size // SECTOR_BYTES), 0),
    )
    return os.stat_result(whole)


class ListingEntry(os.PathLike[str]):
    """As ``os.DirEntry``."""

    __slots__ = ("_node", "name", "path")

    def __init__(self, name: str, path: str, node: Node) -> None:
        self.name = name
        self.path = path
        self._node = node

    def __fspath__(self) -> str:
        return self.path

    def inode(self) -> int:
        """Its number."""
        return self._node.number

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        """Whether it is a folder."""
        return isinstance(self._node, FolderNode)

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        """Whether it is a file."""
        return stat.S_ISREG(self._node.mode)

    def is_symlink(self) -> bool:
        """Never: the disk has no symbolic links."""
        return False

    def is_junction(self) -> bool:
        """Never."""
        return False

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        """As stat(2)."""
        return status_of(self._node)


class Listing:
    """As the iterator of ``os.scandir``.

    Args:
        path: Of the folder.
        entries: What stands in it.
        by_descriptor: The paths of the entries are their names alone.
    """

    def __init__(self, path: str, entries: list[tuple[str, Node]], *, by_descriptor: bool) -> None:
        prefix = "" if by_descriptor else f"{path}/"
        self._entries = iter([ListingEntry(name, prefix + name, node) for name, node in entries])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[ListingEntry]:
        return self

    def __next__(self) -> ListingEntry:
        return next(self._entries)

    def close(self) -> None:
        """Give no more entries."""
        self._entries = iter(())
