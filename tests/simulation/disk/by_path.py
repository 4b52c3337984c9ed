"""The functions of ``os`` that work on a path. Arguments are those of ``os``."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any

from tests.simulation.disk.listing import DEVICE, SECOND_DEVICE, Listing, status_of
from tests.simulation.disk.nodes import FolderNode, failed
from tests.simulation.disk.routing import Routing

if TYPE_CHECKING:
    from tests.simulation.disk.nodes import Node

BLOCK_BYTES = 4096
BLOCKS = 64 * 10**9 // BLOCK_BYTES
INODES = 10**6


class PathFunctions(Routing):
    """Each works on the disk if the path is below its root."""

    def device(self, place: str) -> int:
        """The number of the device that holds this path."""
        return SECOND_DEVICE if self.disk.on_second(place) else DEVICE

    def stat(self, path: Any, *, dir_fd: int | None = None, follow_symlinks: bool = True) -> os.stat_result:
        if (found := self.node(path, dir_fd)) is None:
            return self.real.stat(path, dir_fd=dir_fd, follow_symlinks=follow_symlinks)
        return status_of(found[0], self.device(found[1]))

    def lstat(self, path: Any, *, dir_fd: int | None = None) -> os.stat_result:
        if (found := self.node(path, dir_fd)) is None:
            return self.real.lstat(path, dir_fd=dir_fd)
        return status_of(found[0], self.device(found[1]))

    def truncate(self, path: Any, length: int) -> None:
        if (file := self.opened(path)) is not None:
            self.disk.files.truncate(file, length)
        elif (place := self.ours(path)) is None:
            self.real.truncate(path, length)
        else:
            file = self.disk.files.open(place, os.O_WRONLY, 0)
            try:
                self.disk.files.truncate(file, length)
            finally:
                self.disk.files.close(file.number)

    def chmod(self, path: Any, mode: int, *, dir_fd: int | None = None, follow_symlinks: bool = True) -> None:
        if (found := self.node(path, dir_fd)) is None:
            self.real.chmod(path, mode, dir_fd=dir_fd, follow_symlinks=follow_symlinks)
            return
        node, place = found
        with self.disk.operation("chmod", place, f" {mode:o}"):
            node.mode = node.mode & ~0o7777 | mode & 0o7777
            node.ctime = self.disk.now()

    def utime(
        self, path: Any, times: Any = None, *, ns: Any = None, dir_fd: int | None = None, follow_symlinks: bool = True
    ) -> None:
        if (found := self.node(path, dir_fd)) is None:
            how: dict[str, Any] = {"ns": ns} if ns is not None else {"times": times}
            self.real.utime(path, **how, dir_fd=dir_fd, follow_symlinks=follow_symlinks)
            return
        node, place = found
        with self.disk.operation("utime", place):
            now = self.disk.now()
            if ns is None:
                ns = (now, now) if times is None else tuple(round(each * 1_000_000_000) for each in times)
            node.atime, node.mtime = ns
            node.ctime = now

    def link(
        self,
        src: Any,
        dst: Any,
        *,
        src_dir_fd: int | None = None,
        dst_dir_fd: int | None = None,
        follow_symlinks: bool = True,
    ) -> None:
        source, target = self.ours(src, src_dir_fd), self.ours(dst, dst_dir_fd)
        if source is None and target is None:
            self.real.link(src, dst, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd, follow_symlinks=follow_symlinks)
        elif source is None or target is None:
            raise failed(errno.EXDEV, str(src), str(dst))
        else:
            self.disk.life.check()
            self.disk.link(source, target)

    def rename(self, src: Any, dst: Any, *, src_dir_fd: int | None = None, dst_dir_fd: int | None = None) -> None:
        source, target = self.ours(src, src_dir_fd), self.ours(dst, dst_dir_fd)
        if source is None and target is None:
            self.real.rename(src, dst, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)
        elif source is None or target is None:
            raise failed(errno.EXDEV, str(src), str(dst))
        else:
            self.disk.life.check()
            self.disk.rename(source, target)

    def unlink(self, path: Any, *, dir_fd: int | None = None) -> None:
        if (place := self.ours(path, dir_fd)) is None:
            self.real.unlink(path, dir_fd=dir_fd)
        else:
            self.disk.life.check()
            self.disk.unlink(place)

    def mkdir(self, path: Any, mode: int = 0o777, *, dir_fd: int | None = None) -> None:
        if (place := self.ours(path, dir_fd)) is None:
            self.real.mkdir(path, mode, dir_fd=dir_fd)
        else:
            self.disk.life.check()
            self.disk.mkdir(place, mode)

    def rmdir(self, path: Any, *, dir_fd: int | None = None) -> None:
        if (place := self.ours(path, dir_fd)) is None:
            self.real.rmdir(path, dir_fd=dir_fd)
        else:
            self.disk.life.check()
            self.disk.rmdir(place)

    def scandir(self, path: Any = None) -> Any:
        if path is None or (found := self.node(path)) is None:
            return self.real.scandir() if path is None else self.real.scandir(path)
        return Listing(found[1], self._entries(found), by_descriptor=isinstance(path, int))

    def listdir(self, path: Any = None) -> list[Any]:
        if path is None or (found := self.node(path)) is None:
            return self.real.listdir(path)
        return [name for name, _node in self._entries(found)]

    def _entries(self, found: tuple[Node, str]) -> list[tuple[str, Node]]:
        node, place = found
        if not isinstance(node, FolderNode):
            raise failed(errno.ENOTDIR, place)
        return self.disk.list(node, place)

    def access(
        self,
        path: Any,
        mode: int,
        *,
        dir_fd: int | None = None,
        effective_ids: bool = False,
        follow_symlinks: bool = True,
    ) -> bool:
        if (place := self.ours(path, dir_fd)) is None:
            return self.real.access(
                path, mode, dir_fd=dir_fd, effective_ids=effective_ids, follow_symlinks=follow_symlinks
            )
        try:
            return self.disk.names.find(place) is not None
        except NotADirectoryError:
            return False

    def statvfs(self, path: Any) -> os.statvfs_result:
        if self.node(path) is None:
            return self.real.statvfs(path)
        free = self.disk.free_bytes // BLOCK_BYTES
        if (place := self.ours(path)) is not None and self.disk.on_second(place):
            free = 0 if self.disk.second_failing == errno.ENOSPC else BLOCKS
        return os.statvfs_result((BLOCK_BYTES, BLOCK_BYTES, BLOCKS, free, free, INODES, INODES, INODES, 0, 255))

    def readlink(self, path: Any, *, dir_fd: int | None = None) -> Any:
        if (found := self.node(path, dir_fd)) is None:
            return self.real.readlink(path, dir_fd=dir_fd)
        raise failed(errno.EINVAL, found[1])

    def symlink(self, src: Any, dst: Any, target_is_directory: bool = False, *, dir_fd: int | None = None) -> None:
        if (place := self.ours(dst, dir_fd)) is None:
            self.real.symlink(src, dst, target_is_directory, dir_fd=dir_fd)
        else:
            raise failed(errno.EPERM, str(src), place)  # this disk has none

    replace = rename
    remove = unlink
