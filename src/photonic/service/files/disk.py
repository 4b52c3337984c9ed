"""What stands in the way on a file system: probed by writing, said with the mount and what to do about it.

Everything here blocks: call it on a thread.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from pathlib import Path

from photonic.errors import FailureKind, StorageError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_MOUNTS = Path("/proc/self/mountinfo")
MEBIBYTE = 2**20


def probe(directory: Path, *, flush: bool = False) -> None:
    """Write a few bytes there and take them away; ``flush``: have them reach the disk. Raises ``OSError``.

    A file system that has gone read-only, has no inodes left or no quota says so only when it is written to; a disk
    that has failed, when it is flushed. That can take long on a card: not before each shutter.
    """
    with tempfile.TemporaryFile(dir=directory, buffering=0) as file:
        file.write(b"photonic")
        if flush:
            os.fsync(file.fileno())


def free_bytes(place: Path, min_free_bytes: int, wanted_bytes: int = 0) -> int:
    """The room at ``place``. Raises ``OSError``; ``StorageError`` for less than a capture, or a file, needs."""
    free = shutil.disk_usage(place).free
    if free < min_free_bytes + wanted_bytes:
        what = f"a file of {wanted_bytes // MEBIBYTE} MB" if wanted_bytes else "a capture"
        raise StorageError(
            f"the disk of {place} (mounted at {mount_of(place)}) has {free // MEBIBYTE} MB free, "
            f"and {(min_free_bytes + wanted_bytes) // MEBIBYTE} MB are wanted before {what}: free some space",
            kind=FailureKind.HOST_STORAGE_FULL,
        )
    return free


def without_writing(place: Path) -> int:
    """The room at ``place``, as far as it shows without a write. Raises ``StorageError``, ``OSError``."""
    facts = os.statvfs(place)
    if facts.f_flag & os.ST_RDONLY:
        raise refusal(OSError(errno.EROFS, os.strerror(errno.EROFS)), place)
    if _has_no_inodes(facts):
        raise refusal(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), place)
    return shutil.disk_usage(place).free


def refusal(error: OSError, place: Path) -> StorageError:
    """The error in words, by what the file system at ``place`` is like now."""
    mount = mount_of(place)
    if error.errno in _FULL:
        full = FailureKind.HOST_STORAGE_FULL
        if _is_out_of_inodes(place):
            return StorageError(
                f"the file system mounted at {mount}, where {place} is, has no inodes left: it takes no more files, "
                "however much space is free; delete files there (df -i shows how many it can hold)",
                kind=full,
            )
        return StorageError(f"the disk of {place} (mounted at {mount}) is full: free some space", kind=full)
    if error.errno == errno.EROFS:
        return StorageError(
            f"the file system mounted at {mount}, where {place} is, is read-only: "
            f"mount it writable (mount -o remount,rw {mount}), or check the disk if it went read-only by itself"
        )
    return StorageError(
        f"{place} cannot be written ({error.strerror or error}): "
        "check that it is a directory, mounted, and writable for this user"
    )


def mount_of(place: Path) -> Path:
    """Where the file system is mounted that holds ``place``, or the nearest folder above it that exists.

    Bind mounts of one disk count, too: no name can be given across them, though their device number is the same.
    """
    there = os.path.realpath(next(path for path in (place, *place.parents) if path.exists()))
    try:
        lines = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        lines = []
    points = [_unescaped(fields[4]) for line in lines if len(fields := line.split(" ")) > 4]
    above = [Path(point) for point in points if Path(there).is_relative_to(point)]
    return max(above, key=lambda point: len(point.parts), default=Path("/"))


def _unescaped(point: str) -> str:
    """proc(5): blanks, tabs, newlines and backslashes of a mount point are written in octal."""
    for code, letter in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        point = point.replace(code, letter)
    return point


def _is_out_of_inodes(place: Path) -> bool:
    try:
        return _has_no_inodes(os.statvfs(next(path for path in (place, *place.parents) if path.exists())))
    except OSError:
        return False


def _has_no_inodes(facts: os.statvfs_result) -> bool:
    # File systems without a fixed number of inodes (btrfs, FAT) say 0 of 0.
    return facts.f_files > 0 and facts.f_favail == 0
