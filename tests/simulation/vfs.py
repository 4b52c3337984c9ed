"""SQLite on the simulated disk: a file system ("VFS") for the library that the ``sqlite3`` module has loaded.

Theory of operation
-------------------
**Where.** It is registered as the default, so that nobody has to name it. A database below the disk's root is on the
disk; every other one is handed on to the file system that was the default before.

**What.** As SQLite's own file system for Unix (``database_file.py``). Each read, write, truncation, flush and deletion
is a numbered operation of the disk.

**Logs.** There is no shared memory: a write-ahead log works under ``locking_mode = EXCLUSIVE`` only, as in the journal.

**Deaths.** An exception cannot pass through C. A death is recorded in the life, SQLite gets an I/O error, and whatever
it tries afterwards fails without an effect. The loop ends the life after the job (``death.py``).

**Random numbers.** SQLite seeds its generator once a process, from here. It is reset when a disk is installed, so that
the salts of logs are the same in every process.

**Global state.** SQLite may use the structures for as long as one connection is open, if only to close it. They are
made once, and stay.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
from functools import cache
from typing import TYPE_CHECKING, Any

from tests.simulation import sqlite_abi as abi
from tests.simulation.database_file import DatabaseFile, flush_folder
from tests.simulation.disk.nodes import FileNode

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from tests.simulation.disk import SimulatedDisk

NAME = b"photonic-simulation"
JULIAN_1970_MS = 210_866_760_000_000
DAY_MS = 86_400_000
MISSING = "the sqlite3 module is linked statically, so no file system can be put under it: tests/simulation/vfs.py"


class SimulatedVfs:
    """The file system; one in each process. ``disk``: the one that is installed."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self.disk: SimulatedDisk | None = None
        self._library = library
        self._files: dict[int, DatabaseFile] = {}
        self._real = library.sqlite3_vfs_find(None)
        self._methods = abi.MethodsStruct(
            1,
            abi.X_FILE(self._close),
            abi.X_TRANSFER(self._read),
            abi.X_TRANSFER(self._write),
            abi.X_TRUNCATE(_guarded(self._truncate, abi.IOERR_TRUNCATE)),
            abi.X_FLAGS(_guarded(self._sync, abi.IOERR_FSYNC)),
            abi.X_FILE_SIZE(self._file_size),
            abi.X_FLAGS(self._lock),
            abi.X_FLAGS(self._unlock),
            abi.X_RESERVED(self._check_reserved_lock),
            abi.X_FILE_CONTROL(_constant(abi.NOTFOUND)),
            abi.X_FILE(_constant(abi.SECTOR_BYTES)),
            abi.X_FILE(_constant(abi.POWERSAFE_OVERWRITE)),
        )
        self._methods_at = ctypes.addressof(self._methods)
        real = self._real.contents
        self._struct = abi.VfsStruct(
            2,
            max(real.file_bytes, ctypes.sizeof(ctypes.c_void_p)),
            real.longest_path,
            None,
            NAME,
            None,
            abi.X_OPEN(self._open),
            abi.X_DELETE(_guarded(self._delete, abi.IOERR_DELETE)),
            abi.X_ACCESS(_guarded(self._access, abi.IOERR_ACCESS)),
            abi.X_FULL_PATHNAME(self._full_pathname),
            *(real.dl_open, real.dl_error, real.dl_sym, real.dl_close),
            abi.X_RANDOMNESS(self._randomness),
            abi.X_SLEEP(_slept),
            abi.X_CURRENT_TIME(self._current_time),
            real.last_error,
            abi.X_CURRENT_TIME_INT64(self._current_time_int64),
        )

    @contextlib.contextmanager
    def installed(self, disk: SimulatedDisk) -> Generator[None]:
        """While this holds, databases below the disk's root are on the disk."""
        if self.disk is not None:
            raise RuntimeError("another disk is installed under SQLite")
        self.disk = disk
        self._library.sqlite3_vfs_register(self._struct, 1)
        self._library.sqlite3_randomness(0, None)
        try:
            yield
        finally:
            self.disk = None
            self._library.sqlite3_vfs_register(self._real, 1)
            self._library.sqlite3_randomness(0, None)

    def _ours(self, name: int | None) -> tuple[SimulatedDisk, str] | None:
        """The disk and the path on it; ``None``: the file is elsewhere."""
        if name is None or self.disk is None:
            return None
        path = os.fsdecode(ctypes.string_at(name))
        return (self.disk, path) if path.startswith(f"{self.disk.root}/") else None

    # The file system

    def _open(self, _vfs: int, name: int | None, file: int, flags: int, flags_out: Any) -> int:
        if (ours := self._ours(name)) is None:
            return self._real.contents.open(ctypes.addressof(self._real.contents), name, file, flags, flags_out)
        disk, path = ours
        ctypes.c_void_p.from_address(file).value = None  # not open: it will not be closed
        try:
            disk.life.check()
            node = disk.names.find(path)
            if node is None:
                if not flags & abi.OPEN_CREATE:
                    return abi.CANTOPEN
                node = disk.create(path, 0o644)
            elif flags & abi.OPEN_EXCLUSIVE and flags & abi.OPEN_CREATE:
                return abi.CANTOPEN
        except (OSError, SystemExit):
            return abi.CANTOPEN
        if not isinstance(node, FileNode):
            return abi.CANTOPEN
        new_log = bool(flags & abi.OPEN_CREATE and flags & abi.OPEN_LOG)
        self._files[file] = DatabaseFile(disk, node, path, new_log=new_log)
        ctypes.c_void_p.from_address(file).value = self._methods_at
        if flags_out:
            flags_out[0] = flags
        return abi.OK

    def _delete(self, _vfs: int, name: int, sync_folder: int) -> int:
        if (ours := self._ours(name)) is None:
            return self._real.contents.delete(ctypes.addressof(self._real.contents), name, sync_folder)
        disk, path = ours
        disk.life.check()
        try:
            disk.unlink(path)
        except FileNotFoundError:
            return abi.IOERR_DELETE_NOENT
        if sync_folder:
            flush_folder(disk, path)
        return abi.OK

    def _access(self, _vfs: int, name: int, flags: int, result: Any) -> int:
        if (ours := self._ours(name)) is None:
            return self._real.contents.access(ctypes.addressof(self._real.contents), name, flags, result)
        disk, path = ours
        disk.life.check()
        node = disk.names.find(path)
        # For SQLite, an empty file does not exist.
        empty = flags == abi.ACCESS_EXISTS and isinstance(node, FileNode) and not node.content
        result[0] = int(node is not None and not empty)
        return abi.OK

    def _full_pathname(self, _vfs: int, name: int, room: int, out: int) -> int:
        if self._ours(name) is None:
            return self._real.contents.full_pathname(ctypes.addressof(self._real.contents), name, room, out)
        path = ctypes.string_at(name) + b"\0"
        if len(path) > room:
            return abi.CANTOPEN
        ctypes.memmove(out, path, len(path))
        return abi.OK

    def _randomness(self, vfs: int, count: int, out: int) -> int:
        if self.disk is None:
            return self._real.contents.randomness(ctypes.addressof(self._real.contents), count, out)
        ctypes.memmove(out, self.disk.randomness.part("sqlite").randbytes(count), count)
        return count

    def _current_time(self, _vfs: int, out: Any) -> int:
        out[0] = self._julian_ms() / DAY_MS
        return abi.OK

    def _current_time_int64(self, _vfs: int, out: Any) -> int:
        out[0] = self._julian_ms()
        return abi.OK

    def _julian_ms(self) -> int:
        return JULIAN_1970_MS + (self.disk.now() // 1_000_000 if self.disk is not None else 0)

    # A file

    def _close(self, file: int) -> int:
        if (closed := self._files.pop(file, None)) is not None:
            closed.unlock(abi.LOCK_NONE)
        return abi.OK

    def _read(self, file: int, out: int, count: int, offset: int) -> int:
        try:
            return self._files[file].read(out, count, offset)
        except (OSError, SystemExit) as error:
            return _code(error, abi.IOERR_READ)

    def _write(self, file: int, data: int, count: int, offset: int) -> int:
        # Every page of every commit comes here.
        try:
            self._files[file].write(data, count, offset)
        except (OSError, SystemExit) as error:
            return _code(error, abi.IOERR_WRITE)
        return abi.OK

    def _truncate(self, file: int, size: int) -> int:
        return self._files[file].truncate(size)

    def _sync(self, file: int, flags: int) -> int:
        return self._files[file].sync(flags)

    def _lock(self, file: int, level: int) -> int:
        return self._files[file].lock(level)

    def _unlock(self, file: int, level: int) -> int:
        return self._files[file].unlock(level)

    def _file_size(self, file: int, size: Any) -> int:
        size[0] = len(self._files[file].node.content)
        return abi.OK

    def _check_reserved_lock(self, file: int, result: Any) -> int:
        result[0] = int(self._files[file].is_reserved())
        return abi.OK


def _constant(value: int) -> Callable[..., int]:
    """A function of SQLite that always answers this."""

    def answer(*_arguments: Any) -> int:
        return value

    return answer


def _slept(_vfs: int, microseconds: int) -> int:
    """Nobody waits: time is simulated."""
    return microseconds


def _guarded(work: Callable[..., int], code: int) -> Callable[..., int]:
    """The function, with an exception as SQLite's code: of a full disk, or this one. Nothing may be raised into C."""

    def answer(*arguments: Any) -> int:
        try:
            return work(*arguments)
        except (OSError, SystemExit) as error:
            return _code(error, code)

    return answer


def _code(error: OSError | SystemExit, code: int) -> int:
    """SQLite's code for what went wrong: a full disk, or this one. The life has recorded its death."""
    return abi.FULL if isinstance(error, OSError) and error.errno == errno.ENOSPC else code


@cache
def _vfs() -> SimulatedVfs | None:
    library = abi.loaded_library()
    if library is None:
        return None
    vfs = SimulatedVfs(library)
    # A connection may be closed after the modules were cleared, when the interpreter ends.
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(vfs))
    return vfs


def available() -> bool:
    """Whether SQLite can be put on a simulated disk in this interpreter; ``MISSING`` says why not."""
    return _vfs() is not None


@contextlib.contextmanager
def sqlite_on(disk: SimulatedDisk) -> Generator[None]:
    """While this holds, SQLite's databases below the disk's root are on the disk."""
    vfs = _vfs()
    if vfs is None:
        raise RuntimeError(MISSING)
    with vfs.installed(disk):
        yield
