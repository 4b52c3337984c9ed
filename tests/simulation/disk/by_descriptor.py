"""The functions of ``os`` that work on a descriptor, and the one that makes one. Arguments are those of ``os``."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

from tests.simulation.disk.by_path import PathFunctions
from tests.simulation.disk.listing import status_of
from tests.simulation.disk.nodes import failed
from tests.simulation.disk.open_files import FIRST_DESCRIPTOR

if TYPE_CHECKING:
    import os


class DescriptorFunctions(PathFunctions):
    """Each works on the disk if the descriptor is one of its own."""

    def open(self, path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if (place := self.ours(path, dir_fd)) is None:
            return self.real.open(path, flags, mode, dir_fd=dir_fd)
        return self.disk.files.open(place, flags, mode).number

    def close(self, fd: int) -> None:
        if fd >= FIRST_DESCRIPTOR:
            self.disk.files.close(fd)
        else:
            self.real.close(fd)

    def fstat(self, fd: int) -> os.stat_result:
        return (
            self.real.fstat(fd) if (file := self.opened(fd)) is None else status_of(file.node, self.device(file.path))
        )

    def fstatvfs(self, fd: int, /) -> os.statvfs_result:
        return self.real.fstatvfs(fd) if self.opened(fd) is None else self.statvfs(fd)

    def read(self, fd: int, length: int, /) -> bytes:
        return self.real.read(fd, length) if (file := self.opened(fd)) is None else self.disk.files.read(file, length)

    def pread(self, fd: int, length: int, offset: int, /) -> bytes:
        if (file := self.opened(fd)) is None:
            return self.real.pread(fd, length, offset)
        return self.disk.files.read(file, length, offset)

    def write(self, fd: int, data: Any, /) -> int:
        return (
            self.real.write(fd, data) if (file := self.opened(fd)) is None else self.disk.files.write(file, bytes(data))
        )

    def pwrite(self, fd: int, data: Any, offset: int, /) -> int:
        if (file := self.opened(fd)) is None:
            return self.real.pwrite(fd, data, offset)
        return self.disk.files.write(file, bytes(data), offset)

    def lseek(self, fd: int, position: int, how: int, /) -> int:
        return (
            self.real.lseek(fd, position, how)
            if (file := self.opened(fd)) is None
            else self.disk.files.seek(file, position, how)
        )

    def fsync(self, fd: Any) -> None:
        number = fd if isinstance(fd, int) else fd.fileno()
        # What is elsewhere is not lost with the simulated power: it takes no time to flush it.
        if (file := self.opened(number)) is not None:
            self.disk.flush(file.node, file.path)

    def fdatasync(self, fd: Any) -> None:
        number = fd if isinstance(fd, int) else fd.fileno()
        if (file := self.opened(number)) is not None:
            self.disk.flush(file.node, file.path, names=False)

    def ftruncate(self, fd: int, length: int, /) -> None:
        if (file := self.opened(fd)) is None:
            self.real.ftruncate(fd, length)
        else:
            self.disk.files.truncate(file, length)

    def posix_fallocate(self, fd: int, offset: int, length: int, /) -> None:
        if (file := self.opened(fd)) is None:
            self.real.posix_fallocate(fd, offset, length)
        elif self.fstat(fd).st_size < offset + length:
            self.disk.files.truncate(file, offset + length)

    def fchmod(self, fd: int, mode: int) -> None:
        if self.opened(fd) is None:
            self.real.fchmod(fd, mode)
        else:
            self.chmod(fd, mode)

    def sendfile(self, out_fd: int, in_fd: int, offset: int | None, count: int) -> int:
        source, target = self.opened(in_fd), self.opened(out_fd)
        if source is None and target is None:
            return self.real.sendfile(out_fd, in_fd, offset, count)
        if source is None or target is None:
            raise failed(errno.EINVAL)
        return self.disk.files.write(target, self.disk.files.read(source, count, offset))

    def copy_file_range(
        self, src: int, dst: int, count: int, offset_src: int | None = None, offset_dst: int | None = None
    ) -> int:
        source, target = self.opened(src), self.opened(dst)
        if source is None and target is None:
            return self.real.copy_file_range(src, dst, count, offset_src, offset_dst)
        if source is None or target is None:
            raise failed(errno.EXDEV)
        return self.disk.files.write(target, self.disk.files.read(source, count, offset_src), offset_dst)
