"""The part of the kernel's FUSE protocol (7.31, include/uapi/linux/fuse.h) that the failing disk needs.

The program opens ``/dev/fuse``, mounts with this descriptor, then reads requests from it and writes answers to it.
"""

from __future__ import annotations

import ctypes
import os
import struct
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.crash.disks.nodes import DiskNode

LONGEST_WRITE = 128 * 1024
REQUEST_BYTES = LONGEST_WRITE + 4096
NOSUID, NODEV, DETACH = 2, 4, 2

HEADER = struct.Struct("<IIQQIIIHH")
ANSWER = struct.Struct("<IiQ")
INIT = struct.Struct("<IIIIHHIIHHI7I")
ATTRIBUTES = struct.Struct("<QQQQQQIIIIIIIIII")
ENTRY = struct.Struct("<QQQQII")
ATTRIBUTE_ANSWER = struct.Struct("<QII")
OPENED = struct.Struct("<QII")
WRITTEN = struct.Struct("<II")
SPACE = struct.Struct("<QQQQQIIII24x")
TRANSFER = struct.Struct("<QQIIQII")
SET_ATTRIBUTES = struct.Struct("<IIQQQQQQIIIIIIII")
LISTED = struct.Struct("<QQII")

SET_MODE, SET_SIZE, SET_ACCESS_TIME, SET_TIME, ACCESS_TIME_NOW, TIME_NOW = 1, 8, 16, 32, 128, 256


class Operation(IntEnum):
    """What the kernel asks for."""

    LOOKUP = 1
    FORGET = 2
    GETATTR = 3
    SETATTR = 4
    MKNOD = 8
    MKDIR = 9
    UNLINK = 10
    RMDIR = 11
    RENAME = 12
    LINK = 13
    OPEN = 14
    READ = 15
    WRITE = 16
    STATFS = 17
    RELEASE = 18
    FSYNC = 20
    FLUSH = 25
    INIT = 26
    OPENDIR = 27
    READDIR = 28
    RELEASEDIR = 29
    FSYNCDIR = 30
    CREATE = 35
    INTERRUPT = 36
    DESTROY = 38
    BATCH_FORGET = 42
    RENAME2 = 45


UNANSWERED = frozenset({Operation.FORGET, Operation.BATCH_FORGET, Operation.INTERRUPT})


def mount(place: str) -> int:
    """Mount a new file system; returns the descriptor of its requests. Raises ``OSError``."""
    descriptor = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    options = f"fd={descriptor},rootmode=40000,user_id={os.getuid()},group_id={os.getgid()},allow_other"
    library = ctypes.CDLL(None, use_errno=True)
    if library.mount(b"photonic-test", os.fsencode(place), b"fuse", NOSUID | NODEV, options.encode()) != 0:
        os.close(descriptor)
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), place)
    return descriptor


def unmount(place: str) -> None:
    """Take it away, even if files are open."""
    ctypes.CDLL(None).umount2(os.fsencode(place), DETACH)


def attributes(number: int, node: DiskNode) -> bytes:
    """As stat(2)."""
    size = len(node.content)
    accessed, changed = node.times
    seconds = (int(accessed), int(changed), int(changed))
    fractions = tuple(int(each % 1 * 1_000_000_000) for each in (accessed, changed, changed))
    owner = (os.getuid(), os.getgid())
    return ATTRIBUTES.pack(
        number, size, -(-size // 512), *seconds, *fractions, node.mode, node.links, *owner, 0, 4096, 0
    )


def entry(number: int, node: DiskNode) -> bytes:
    """A name that was found; the kernel asks again each time."""
    return ENTRY.pack(number, 0, 0, 0, 0, 0) + attributes(number, node)


def listing(names: list[tuple[bytes, int, int]], offset: int, size_bytes: int) -> bytes:
    """The entries of a folder (name, number, mode) from this one on, as many as fit."""
    found = b""
    for position, (name, number, mode) in enumerate(names[offset:], offset + 1):
        each = LISTED.pack(number, position, len(name), mode >> 12) + name
        each += bytes(-len(each) % 8)
        if len(found) + len(each) > size_bytes:
            break
        found += each
    return found
