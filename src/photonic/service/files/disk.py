"""File systems: safe reads and flushes, test writes, free space, mounts, errors that name the mount and the remedy.

Everything here blocks: call it on a thread.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from photonic.errors import FailureKind, StorageError

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from io import BufferedReader

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_MOUNTS = Path("/proc/self/mountinfo")
MEBIBYTE = 2**20
PROBE = ".photonic-test-"
"""How the names of test writes begin."""


def probe(directory: Path, *, flush: bool = False) -> None:
    """Write a few bytes in a directory and remove them. Raises ``OSError``.

    A file system that is read-only, out of inodes or over quota reports that only on a write, a failed disk only on a
    flush.

    Args:
        directory: where to write.
        flush: wait until the bytes are on the disk; too slow on a memory card to be done before each capture.
    """
    descriptor, name = tempfile.mkstemp(prefix=PROBE, dir=directory)
    try:
        Path(name).unlink(missing_ok=True)
        os.write(descriptor, b"photonic")
        if flush:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def drop_probes(directory: Path) -> None:
    """Remove what test writes have left whose removal was refused, or never came. Raises ``OSError``."""
    for path in directory.glob(f"{PROBE}*"):
        path.unlink(missing_ok=True)


def drop_cached(descriptor: int) -> None:
    """Have the next read of a flushed file come from the disk, as far as the file system allows (posix_fadvise(2))."""
    with suppress(OSError):  # it has no such pages
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


def opened(path: Path) -> BufferedReader:
    """Open a file for reading, but not through a symbolic link. Raises ``OSError``."""
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb")


def holds(path: Path, sha256: str) -> bool:
    """Whether a file has this content, read from the disk; a missing one, or a link, has not. Raises ``OSError``."""
    try:
        with opened(path) as content:
            drop_cached(content.fileno())
            return hashlib.file_digest(content, "sha256").hexdigest() == sha256
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.ELOOP, errno.EISDIR}:
            return False
        raise


def flush(directory: Path) -> None:
    """Make the names in ``directory`` survive a power cut. Raises ``OSError``."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def free_bytes(place: Path, min_free_bytes: int, wanted_bytes: int = 0) -> int:
    """The free space at ``place``, checked.

    Args:
        place: any path on the file system; it has to exist.
        min_free_bytes: space that must be free before a capture.
        wanted_bytes: additional space that a file needs.

    Raises:
        StorageError: less is free (HOST_STORAGE_FULL).
        OSError: the file system cannot be read.
    """
    free = shutil.disk_usage(place).free
    if free < min_free_bytes + wanted_bytes:
        what = f"a file of {wanted_bytes // MEBIBYTE} MB" if wanted_bytes else "a capture"
        raise StorageError(
            f"the disk of {place} (mounted at {mount_of(place)}) has {free // MEBIBYTE} MB free, "
            f"but {what} needs {(min_free_bytes + wanted_bytes) // MEBIBYTE} MB: free some space",
            kind=FailureKind.HOST_STORAGE_FULL,
        )
    return free


def free_without_writing(place: Path) -> int:
    """The free space at ``place``, as far as it is known without a test write.

    Raises ``StorageError`` for a file system that is read-only or out of inodes, ``OSError``.
    """
    facts = os.statvfs(place)
    if facts.f_flag & os.ST_RDONLY:
        raise refusal(OSError(errno.EROFS, os.strerror(errno.EROFS)), place)
    if _has_no_inodes(facts):
        raise refusal(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), place)
    return shutil.disk_usage(place).free


def refusal(error: OSError, place: Path) -> StorageError:
    """Explain an ``OSError`` at ``place`` to the user, by the current state of the file system there."""
    mount = mount_of(place)
    if error.errno in _FULL:
        full = FailureKind.HOST_STORAGE_FULL
        if _is_out_of_inodes(place):
            return StorageError(
                f"the file system of {place} (mounted at {mount}) has no inodes left: it cannot hold more files, "
                "even if space is free; delete files there (df -i shows how many it can hold)",
                kind=full,
            )
        return StorageError(f"the disk of {place} (mounted at {mount}) is full: free some space", kind=full)
    if error.errno == errno.EROFS:
        return StorageError(
            f"the file system of {place} (mounted at {mount}) is read-only: "
            f"mount it writable (mount -o remount,rw {mount}), or check the disk if the kernel made it read-only"
        )
    return StorageError(
        f"cannot write to {place} ({error.strerror or error}): "
        "check that it is a directory, mounted, and writable for this user"
    )


@contextmanager
def translated(root: Path) -> Generator[None]:
    """Raise an ``OSError`` of the body as a ``StorageError`` about the photo root."""
    try:
        yield
    except OSError as error:
        found = refusal(error, root)
        raise StorageError(f"the photo root: {found.reason}", kind=found.kind) from error


def mount_points() -> tuple[str, ...]:
    """All mount points, from the kernel's table; empty if it cannot be read."""
    try:
        lines = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ()
    return tuple(_unescaped(fields[4]) for line in lines if len(fields := line.split(" ")) > 4)


def mount_of(place: Path, points: Sequence[str] | None = None) -> Path:
    """The mount point of the file system that holds ``place``, or the nearest folder above it that exists.

    Bind mounts of one disk count as different: no hard link can be made across them, although their device number is
    the same.

    Args:
        place: any path.
        points: what ``mount_points`` returned, to read the table once for several places; ``None``: read it now.
    """
    # Every photo asks, and a machine has dozens of mount points: text is compared much faster than paths.
    there = f"{os.path.realpath(_existing(place))}/"
    above = [point for point in (mount_points() if points is None else points) if there.startswith(f"{point}/")]
    return Path(max(above, key=len, default="/"))


def source_of(place: Path) -> str | None:
    """What is mounted where ``place`` is, such as ``/dev/sda1``; ``None``: the kernel's table cannot be read."""
    mount = str(mount_of(place))
    try:
        lines = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return None
    found = (line.partition(" - ") for line in lines)
    sources = [after.split(" ")[1] for before, _dash, after in found if _unescaped(before.split(" ")[4]) == mount]
    return _unescaped(sources[-1]) if sources else None  # a later mount hides an earlier one


def _existing(place: Path) -> Path:
    return next(path for path in (place, *place.parents) if path.exists())


def _unescaped(point: str) -> str:
    """proc(5): blanks, tabs, newlines and backslashes of a mount point are written in octal."""
    if "\\" not in point:
        return point
    for code, letter in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        point = point.replace(code, letter)
    return point


def _is_out_of_inodes(place: Path) -> bool:
    try:
        return _has_no_inodes(os.statvfs(_existing(place)))
    except OSError:
        return False


def _has_no_inodes(facts: os.statvfs_result) -> bool:
    # File systems without a fixed number of inodes (btrfs, FAT) report 0 of 0.
    return facts.f_files > 0 and facts.f_favail == 0
