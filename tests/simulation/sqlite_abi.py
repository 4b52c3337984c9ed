"""SQLite's C interface for file systems, as ctypes sees it (https://sqlite.org/c3ref/vfs.html, io_methods.html).

Nothing is linked: the functions are those of the library that the interpreter's own ``sqlite3`` module has loaded.
"""

from __future__ import annotations

import ctypes
import sqlite3
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_double, c_int, c_int64, c_void_p
from functools import cache
from pathlib import Path

OK, BUSY, IOERR, NOTFOUND, FULL, CANTOPEN = 0, 5, 10, 12, 13, 14
IOERR_READ, IOERR_SHORT_READ, IOERR_WRITE, IOERR_FSYNC, IOERR_DIR_FSYNC, IOERR_TRUNCATE = (
    IOERR | number << 8 for number in range(1, 7)
)
IOERR_DELETE, IOERR_ACCESS, IOERR_DELETE_NOENT = (IOERR | number << 8 for number in (10, 13, 23))

OPEN_READWRITE, OPEN_CREATE, OPEN_DELETEONCLOSE, OPEN_EXCLUSIVE = 0x2, 0x4, 0x8, 0x10
OPEN_LOG = 0x800 | 0x4000 | 0x80000
"""A rollback journal, a super-journal or a write-ahead log."""

ACCESS_EXISTS = 0
POWERSAFE_OVERWRITE = 0x1000
SECTOR_BYTES = 4096

LOCK_NONE, LOCK_SHARED, LOCK_RESERVED, LOCK_PENDING, LOCK_EXCLUSIVE = range(5)

X_OPEN = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, POINTER(c_int))
X_DELETE = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int)
X_ACCESS = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, POINTER(c_int))
X_FULL_PATHNAME = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_void_p)
X_RANDOMNESS = CFUNCTYPE(c_int, c_void_p, c_int, c_void_p)
X_SLEEP = CFUNCTYPE(c_int, c_void_p, c_int)
X_CURRENT_TIME = CFUNCTYPE(c_int, c_void_p, POINTER(c_double))
X_CURRENT_TIME_INT64 = CFUNCTYPE(c_int, c_void_p, POINTER(c_int64))

X_FILE = CFUNCTYPE(c_int, c_void_p)
X_TRANSFER = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
X_TRUNCATE = CFUNCTYPE(c_int, c_void_p, c_int64)
X_FLAGS = CFUNCTYPE(c_int, c_void_p, c_int)
X_FILE_SIZE = CFUNCTYPE(c_int, c_void_p, POINTER(c_int64))
X_RESERVED = CFUNCTYPE(c_int, c_void_p, POINTER(c_int))
X_FILE_CONTROL = CFUNCTYPE(c_int, c_void_p, c_int, c_void_p)


class VfsStruct(ctypes.Structure):
    """``sqlite3_vfs``, version 2. The functions for shared libraries and the last error are taken over as they are."""

    _fields_ = (
        ("version", c_int),
        ("file_bytes", c_int),
        ("longest_path", c_int),
        ("next", c_void_p),
        ("name", c_char_p),
        ("data", c_void_p),
        ("open", X_OPEN),
        ("delete", X_DELETE),
        ("access", X_ACCESS),
        ("full_pathname", X_FULL_PATHNAME),
        ("dl_open", c_void_p),
        ("dl_error", c_void_p),
        ("dl_sym", c_void_p),
        ("dl_close", c_void_p),
        ("randomness", X_RANDOMNESS),
        ("sleep", X_SLEEP),
        ("current_time", X_CURRENT_TIME),
        ("last_error", c_void_p),
        ("current_time_int64", X_CURRENT_TIME_INT64),
    )


class MethodsStruct(ctypes.Structure):
    """``sqlite3_io_methods``, version 1: no shared memory, which a log under an exclusive lock does not need."""

    _fields_ = (
        ("version", c_int),
        ("close", X_FILE),
        ("read", X_TRANSFER),
        ("write", X_TRANSFER),
        ("truncate", X_TRUNCATE),
        ("sync", X_FLAGS),
        ("file_size", X_FILE_SIZE),
        ("lock", X_FLAGS),
        ("unlock", X_FLAGS),
        ("check_reserved_lock", X_RESERVED),
        ("file_control", X_FILE_CONTROL),
        ("sector_size", X_FILE),
        ("device_characteristics", X_FILE),
    )


@cache
def loaded_library() -> ctypes.CDLL | None:
    """The libsqlite3 that the ``sqlite3`` module uses; ``None``: it is linked statically, so it cannot be reached."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        path = line.partition("/")[2]
        if path and "sqlite3.so" in path.rpartition("/")[2] and "_sqlite3" not in path.rpartition("/")[2]:
            library = ctypes.CDLL(f"/{path}")
            break
    else:
        return None
    library.sqlite3_libversion.restype = c_char_p
    if library.sqlite3_libversion().decode() != sqlite3.sqlite_version:
        return None
    library.sqlite3_vfs_find.argtypes = (c_char_p,)
    library.sqlite3_vfs_find.restype = POINTER(VfsStruct)
    library.sqlite3_vfs_register.argtypes = (POINTER(VfsStruct), c_int)
    library.sqlite3_randomness.argtypes = (c_int, c_void_p)
    return library
