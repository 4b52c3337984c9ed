"""How the journal's file is opened, or created, with the record beside it; and what is done where one is not whole.

Theory of operation
-------------------
**A damaged file is renamed, never written to,** and made again from what the record beside the photos says (``record``,
``rebuilding``); so is one that is older than its record, and one that is gone although its record or a copy is there.
That is done once: a file that was just made again and is damaged is an error. A file that is locked, full or unreadable
may be whole, and is left as it is.

**Opening writes.** A process that was killed between the write and the flush of a transaction leaves it in the page
cache, where the next start reads it. What that start does about it (deleting a staged file, for example) must not
outlive it, so the first thing after the upgrade is a transaction: its flush covers everything before it in the log.

Everything here blocks, and runs on the journal's thread.
"""

from __future__ import annotations

import logging
import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING

from photonic.machine.private_folder import PRIVATE, PRIVATE_FILE
from photonic.service.files.directories import Directories
from photonic.service.journal import integrity, rebuilding, schema, stops
from photonic.service.journal.connection import IndexConnection
from photonic.service.journal.record import RecordAheadError

if TYPE_CHECKING:
    from pathlib import Path

    from photonic.machine.timekeeping import Timekeeping
    from photonic.service.journal.record import IndexRecord

LOCK_WAIT_SECONDS = 1.0

log = logging.getLogger(__name__)


def open_with_record(
    path: Path, record: IndexRecord, time: Timekeeping, rebuilt: str | None = None
) -> tuple[sqlite3.Connection, int, str | None]:
    """The open database with its record, the running time of earlier runs in seconds, and how it was made again.

    ``rebuilt``: how it was, in an earlier step. Raises ``sqlite3.Error``, ``OSError``, ``StorageError``.
    """
    Directories().make(path.parent, mode=PRIVATE)
    if rebuilt is None and rebuilding.is_known_elsewhere(path):
        rebuilt = f"it was gone, and was {rebuilding.rebuild(path).text()}"
        log.warning("the photo index %s: %s", path, rebuilt)
    try:
        connection, before = _open(path)
    except sqlite3.OperationalError:
        raise  # locked, full or unreadable: the content may be intact
    except sqlite3.DatabaseError as error:
        if rebuilt is not None:
            raise
        aside = _set_aside(path, "damaged", time)
        rebuilt = f"it was damaged ({error}), is kept as {aside.name}, and was "
        rebuilt += rebuilding.rebuild(path, damaged=aside).text()
        log.error("the photo index %s: %s", path, rebuilt)  # noqa: TRY400 - the message says everything
        return open_with_record(path, record, time, rebuilt)
    try:
        stops.started(connection, time.machine_boot)
        record.attach(connection)
    except RecordAheadError:
        connection.close()
        aside = _set_aside(path, "older", time)
        rebuilt = f"it was older than its record, is kept as {aside.name}, and was "
        rebuilt += rebuilding.rebuild(path, older=[aside]).text()
        log.warning("the photo index %s: %s", path, rebuilt)
        return open_with_record(path, record, time, rebuilt)
    except BaseException:
        connection.close()
        raise
    return connection, before, rebuilt


def _set_aside(path: Path, why: str, time: Timekeeping) -> Path:
    """Rename the index and what SQLite keeps beside it, which may hold its newest transactions. Returns its name."""
    aside = _free(path.with_name(f"{path.name}.{why}-{int(time.unix_seconds())}"))
    for ending in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            path.with_name(path.name + ending).rename(aside.with_name(aside.name + ending))
    return aside


def _free(wanted: Path) -> Path:
    """The name, or the name with a number: a clock that restarts with each boot can repeat a second."""
    names = (wanted, *(wanted.with_name(f"{wanted.name}-{number}") for number in range(2, 10_000)))
    return next(name for name in names if not name.exists())


def _open(path: Path) -> tuple[sqlite3.Connection, int]:
    with suppress(OSError):  # SQLite says why it cannot be created; and some file systems have no permissions
        path.touch(mode=PRIVATE_FILE)  # SQLite gives its further files the same permissions
        path.chmod(PRIVATE_FILE)
    connection = sqlite3.connect(path, timeout=LOCK_WAIT_SECONDS, check_same_thread=False, factory=IndexConnection)
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("BEGIN EXCLUSIVE")
        connection.commit()
        integrity.check(path, connection)
        schema.upgrade(path, connection)
        with connection:
            stops.heartbeat(connection, 0)
        connection.execute("PRAGMA foreign_keys = ON")
        (before,) = connection.execute("SELECT seconds FROM running").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection, int(before)
