"""The journal's file: one SQLite database, exactly one connection, one thread that uses it.

SQLite 3.40 can reset a write-ahead log wrongly under two connections. The file is locked for this process: a second
service on the same photo root is refused.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from photonic.errors import StorageError
from photonic.service.base.timekeeping import RunningTime

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_Result = TypeVar("_Result")

VERSION = 8
LOCK_WAIT_SECONDS = 1.0
_VERSION_1 = """
CREATE TABLE captures (
    ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    idempotency_key TEXT UNIQUE,
    phase TEXT NOT NULL,
    directory TEXT NOT NULL,
    record TEXT NOT NULL
) STRICT;
CREATE INDEX captures_by_phase ON captures (phase);
CREATE TABLE staged (
    capture_id TEXT NOT NULL REFERENCES captures (id),
    name TEXT NOT NULL,
    camera_name TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    PRIMARY KEY (capture_id, name)
) STRICT;
CREATE TABLE files (
    capture_id TEXT NOT NULL REFERENCES captures (id),
    number INTEGER NOT NULL,
    path TEXT NOT NULL UNIQUE,
    size_bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    media_type TEXT NOT NULL,
    PRIMARY KEY (capture_id, number)
) STRICT;
PRAGMA user_version = 1;
"""
# objects: every photo of a camera that was brought in. sights: each first sight of a card, the newest counts;
# baseline: what lay there then. owed: captures that ended without the photo that they may have taken.
# deletions: copies on a card that are to go.
_VERSION_2 = """
ALTER TABLE captures ADD COLUMN serial TEXT;
ALTER TABLE staged ADD COLUMN serial TEXT;
ALTER TABLE staged ADD COLUMN folder TEXT;
ALTER TABLE staged ADD COLUMN taken_at INTEGER;
CREATE TABLE sights (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    serial TEXT NOT NULL,
    card TEXT NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sights_by_card ON sights (serial, card);
CREATE TABLE baseline (
    sight INTEGER NOT NULL REFERENCES sights (number),
    folder TEXT NOT NULL,
    name TEXT NOT NULL,
    size_bytes INTEGER,
    taken_at INTEGER
) STRICT;
CREATE INDEX baseline_by_sight ON baseline (sight);
CREATE TABLE objects (
    serial TEXT,
    folder TEXT,
    name TEXT NOT NULL,
    stem TEXT NOT NULL,
    size_bytes INTEGER,
    taken_at INTEGER,
    sha256 TEXT NOT NULL,
    capture_id TEXT NOT NULL REFERENCES captures (id),
    sight INTEGER REFERENCES sights (number),
    removed INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX objects_by_stem ON objects (stem);
CREATE INDEX objects_by_serial ON objects (serial);
CREATE TABLE owed (
    capture_id TEXT PRIMARY KEY REFERENCES captures (id),
    serial TEXT,
    since INTEGER NOT NULL
) STRICT;
CREATE TABLE deletions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    serial TEXT NOT NULL,
    folder TEXT NOT NULL,
    name TEXT NOT NULL,
    size_bytes INTEGER,
    taken_at INTEGER
) STRICT;
PRAGMA user_version = 2;
"""
# sequences: start_us is when the first frame is due, on the monotonic clock of that run of the machine.
# sequence_frames: capture_id NULL: the frame was not accepted, error says why. sequence_gaps: frames that were missed.
_VERSION_3 = """
CREATE TABLE sequences (
    ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    idempotency_key TEXT UNIQUE,
    phase TEXT NOT NULL,
    request TEXT NOT NULL,
    record TEXT NOT NULL,
    start_us INTEGER NOT NULL,
    machine_boot TEXT NOT NULL
) STRICT;
CREATE TABLE sequence_frames (
    sequence_id TEXT NOT NULL REFERENCES sequences (id),
    number INTEGER NOT NULL,
    capture_id TEXT REFERENCES captures (id),
    late_us INTEGER NOT NULL,
    error TEXT,
    error_type TEXT,
    PRIMARY KEY (sequence_id, number)
) STRICT;
CREATE TABLE sequence_gaps (
    sequence_id TEXT NOT NULL REFERENCES sequences (id),
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (sequence_id, first)
) STRICT;
PRAGMA user_version = 3;
"""
# trash: stills that were deleted; parent is the folder below the photo root where their files lay. removed: for good.
_VERSION_4 = """
CREATE TABLE trash (
    capture_id TEXT PRIMARY KEY REFERENCES captures (id),
    parent TEXT NOT NULL,
    deleted_at INTEGER NOT NULL,
    removed INTEGER NOT NULL DEFAULT 0
) STRICT;
PRAGMA user_version = 4;
"""
# stem: the place of a capture's files below its directory, without extension; before, it was made of these anew.
_VERSION_5 = """
ALTER TABLE captures ADD COLUMN stem TEXT NOT NULL DEFAULT '';
UPDATE captures SET stem = json_extract(record, '$.session_id')
    || '_' || json_extract(record, '$.sequence_number')
    || '_' || strftime('%s', json_extract(record, '$.created_at'));
PRAGMA user_version = 5;
"""
# exif: JSON; NULL: the file says nothing, or it was brought in before this version.
_VERSION_6 = """
ALTER TABLE files ADD COLUMN exif TEXT;
PRAGMA user_version = 6;
"""
# deliveries: who has not been told of a photo; first_file: the first of the still's files that is new.
_VERSION_7 = """
CREATE TABLE deliveries (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    target TEXT NOT NULL,
    event TEXT NOT NULL,
    capture_id TEXT NOT NULL REFERENCES captures (id),
    first_file INTEGER NOT NULL,
    since INTEGER NOT NULL
) STRICT;
CREATE INDEX deliveries_by_target ON deliveries (target);
PRAGMA user_version = 7;
"""
# running: how many seconds the service has run in all; ages count from there. An older row's age counts from this step.
# captures.running_at: when it was accepted; NULL: before this version. deliveries.since: no longer the time of day.
# owed.began_at: unix seconds, when the camera went to expose; NULL: not known.
_VERSION_8 = """
CREATE TABLE running (seconds INTEGER NOT NULL) STRICT;
INSERT INTO running VALUES (0);
ALTER TABLE captures ADD COLUMN running_at INTEGER;
ALTER TABLE trash ADD COLUMN running_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE owed ADD COLUMN running_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE owed ADD COLUMN began_at REAL;
UPDATE deliveries SET since = 0;
PRAGMA user_version = 8;
"""
_STEPS = (_VERSION_1, _VERSION_2, _VERSION_3, _VERSION_4, _VERSION_5, _VERSION_6, _VERSION_7, _VERSION_8)

log = logging.getLogger(__name__)


class JournalFile:
    """The file ``path``; every method raises ``StorageError`` when the disk fails.

    ``clock`` gives seconds, monotonic. ``running`` is the time by which ages are counted, kept with each change.
    """

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self.running = RunningTime(clock)
        self._thread: ThreadPoolExecutor | None = None
        self._connection: sqlite3.Connection | None = None

    @property
    def is_open(self) -> bool:
        """Whether the file is open and checked."""
        return self._connection is not None

    async def open(self) -> None:
        """Open and check the file, or begin a new one; a damaged one is set aside, never written to.

        A file of an earlier version is brought to this one, in one step or not at all.
        """
        if self._connection is None:
            self._thread = self._thread or ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
            try:
                connection, before = await self._on_thread(lambda: _open_or_set_aside(self._path))
            except OSError as error:
                raise StorageError(
                    f"the record of captures {self._path} cannot be opened ({error.strerror or error}): "
                    "check that the photo root is mounted and writable"
                ) from error
            self._connection, self.running = connection, RunningTime(self._clock, before)

    async def close(self) -> None:
        """Finish what was asked for and close the file; does nothing when it is not open."""
        if self._connection is not None:
            with suppress(StorageError):  # what is lost of the time only makes ages shorter
                await self.keep_time()
        thread, self._thread = self._thread, None
        connection, self._connection = self._connection, None
        if thread is not None:
            if connection is not None:
                await asyncio.get_running_loop().run_in_executor(thread, connection.close)
            thread.shutdown()

    async def keep_time(self) -> None:
        """Record how long the service has run, where nothing else is written for a while."""
        await self.write(lambda _connection: None)

    async def write(self, change: Callable[[sqlite3.Connection], _Result]) -> _Result:
        """Make a change, whole or not at all: when this returns, it survives a power cut."""

        def commit(connection: sqlite3.Connection) -> _Result:
            with connection:
                result = change(connection)
                connection.execute("UPDATE running SET seconds = max(seconds, ?)", (self.running.seconds,))
            return result

        return await self.read(commit)

    async def read(self, work: Callable[[sqlite3.Connection], _Result]) -> _Result:
        """What ``work`` finds, on the journal's thread."""
        connection = self._connection
        if connection is None:
            raise StorageError(f"the record of captures {self._path} is not open")
        return await self._on_thread(lambda: work(connection))

    async def _on_thread(self, work: Callable[[], _Result]) -> _Result:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except sqlite3.Error as error:
            raise StorageError(
                f"the record of captures {self._path} failed ({error}): "
                "check that the disk has space and that no other service uses this photo root"
            ) from error
        except (ValueError, OverflowError) as error:
            # Pydantic's errors of a record that is none are ValueErrors; the other is a number that does not fit.
            raise StorageError(
                f"the record of captures {self._path} holds or was given what it cannot hold ({_first_line(error)}): "
                "photos are not touched; see the log, and have the file looked at"
            ) from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _open_or_set_aside(path: Path) -> tuple[sqlite3.Connection, int]:
    """The open database, and how many seconds earlier runs of the service add up to."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _open(path)
    except sqlite3.OperationalError:
        raise  # locked, full or unreadable: the content may be well
    except sqlite3.DatabaseError as error:
        aside = _free(path.with_name(f"{path.name}.damaged-{int(time.time())}"))
        log.error(  # noqa: TRY400 - the line says all
            "the record of captures %s is damaged (%s): set aside as %s, a new one begins. Photos in the photo root "
            "stay; what lies on the camera's card now counts as known, and is not brought in",
            path,
            error,
            aside,
        )
        path.rename(aside)
        for ending in ("-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
        return _open(path)


def _free(wanted: Path) -> Path:
    """The name, or a longer one: a clock that begins anew with each boot gives the same second twice."""
    names = (wanted, *(wanted.with_name(f"{wanted.name}-{number}") for number in range(2, 10_000)))
    return next(name for name in names if not name.exists())


def _open(path: Path) -> tuple[sqlite3.Connection, int]:
    connection = sqlite3.connect(path, timeout=LOCK_WAIT_SECONDS, check_same_thread=False)
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("BEGIN EXCLUSIVE")
        connection.commit()
        _check_integrity(connection)
        _lay_schema(path, connection)
        (before,) = connection.execute("SELECT seconds FROM running").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection, int(before)


def _check_integrity(connection: sqlite3.Connection) -> None:
    findings = connection.execute("PRAGMA integrity_check(5)").fetchall()
    if findings != [("ok",)]:
        raise sqlite3.DatabaseError("; ".join(str(row[0]) for row in findings))


def _lay_schema(path: Path, connection: sqlite3.Connection) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if not 0 <= version <= VERSION:
        raise StorageError(
            f"the record of captures {path} has version {version}, this photonic knows {VERSION}: "
            "use the photonic that made it, or another photo root"
        )
    if steps := _STEPS[version:]:
        connection.executescript(f"BEGIN; {''.join(steps)} COMMIT;")
