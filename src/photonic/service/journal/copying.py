"""Rotating copies of the index, made by SQLite's backup API in steps, on the index's one connection.

Theory of operation. The copy is made on a thread of its own, a few pages at a time. Each step has the connection to
itself (``using``), as each piece of work on the journal's thread has, so none falls into an open transaction. Between
two steps, the journal's thread uses the connection; what it writes meanwhile gets into the copy, too. A copy has a
hidden name until it is complete, checked and flushed; then its name says the number of the newest change in it, and the
oldest copies are deleted.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing, suppress
from typing import TYPE_CHECKING

from photonic.errors import StorageError
from photonic.machine.private_folder import PRIVATE, PRIVATE_FILE
from photonic.service.files.directories import Directories
from photonic.service.files.disk import flush
from photonic.service.journal.rebuilding import COPIES, copies
from photonic.service.journal.record import noted

if TYPE_CHECKING:
    from pathlib import Path

STEP_PAGES = 64
"""256 KiB: SQLite holds the connection for about a millisecond."""
PAUSE_SECONDS = 0.002


class CopyStopped(Exception):
    """The index is being closed."""


class DamagedCopyError(StorageError):
    """The copy is damaged, as the index itself then is, or the disk."""


class IndexCopier:
    """Makes copies of the index. Everything here blocks; ``stop`` may be called on any thread.

    Args:
        path: Of the index.
        using: Held while the connection of the index is used.
    """

    def __init__(self, path: Path, using: threading.Lock) -> None:
        self._path = path
        self._using = using
        self._stopping = threading.Event()
        self._busy = threading.Lock()

    def stop(self) -> None:
        """Give up the copy that is being made, and wait until its files are closed; none is made from now on."""
        self._stopping.set()
        with self._busy:
            pass

    def newest(self) -> tuple[int, int] | None:
        """The number of the newest change in the newest copy, and its running time in seconds. Raises ``OSError``."""
        for copy in copies(self._path):
            with suppress(sqlite3.Error), closing(sqlite3.connect(copy)) as connection:
                (seconds,) = connection.execute("SELECT seconds FROM running").fetchone()
                return noted(connection)[0], int(seconds)
        return None

    def copy(self, connection: sqlite3.Connection, kept: int) -> Path:
        """Make a copy, and keep the newest ``kept`` ones. Returns its path.

        Raises ``StorageError`` if the copy is not whole, ``CopyStopped``, ``OSError``, ``sqlite3.Error``.
        """
        with self._busy:
            if self._stopping.is_set():
                raise CopyStopped("the index is being closed")
            return self._copy(connection, kept)

    def _copy(self, connection: sqlite3.Connection, kept: int) -> Path:
        folder = self._path.parent / COPIES
        Directories().make(folder, mode=PRIVATE)
        part = folder / f".{self._path.name}.part"
        part.unlink(missing_ok=True)
        part.touch(mode=PRIVATE_FILE)
        try:
            with closing(sqlite3.connect(part)) as target, self._using:
                target.execute("PRAGMA synchronous = OFF")  # flushed below: the last step would hold the connection
                connection.backup(target, pages=STEP_PAGES, progress=self._between_steps)
            number = _checked(part)
            with part.open("rb") as content:
                os.fsync(content.fileno())
            copy = folder / f"{self._path.stem}-{number:012}{self._path.suffix}"
            part.replace(copy)
            flush(folder)
        finally:
            part.unlink(missing_ok=True)
        for old in copies(self._path)[kept:]:
            old.unlink(missing_ok=True)
        return copy

    def _between_steps(self, _status: int, _remaining: int, _total: int) -> None:
        self._using.release()
        try:
            stopped = self._stopping.wait(PAUSE_SECONDS)
        finally:
            self._using.acquire()
        if stopped:
            raise CopyStopped("the index is being closed")


def _checked(part: Path) -> int:
    """The number of the newest change in a copy. Raises ``StorageError`` if it is not whole."""
    with closing(sqlite3.connect(part)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        if connection.execute("PRAGMA quick_check(1)").fetchall() != [("ok",)]:
            raise DamagedCopyError(f"the copy {part} of the photo index is damaged: check the disk")
        return noted(connection)[0]
