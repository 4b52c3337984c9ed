"""What must survive a crash of the service: each capture's intent, what was staged for it, and how it ended.

One SQLite file, exactly one connection, one thread that uses it (SQLite 3.40 can reset a write-ahead log wrongly under
two). The file is locked for this process: a second service on the same photo root is refused.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeVar

from photonic.errors import StorageError
from photonic.model.api import CaptureRecord
from photonic.model.status import CapturePhase
from photonic.service.storage import StoredFile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from photonic.service.storage import StagedFile

_Result = TypeVar("_Result")

VERSION = 1
LOCK_WAIT_SECONDS = 1.0
SCHEMA = f"""
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
PRAGMA user_version = {VERSION};
"""
_ENDED = (CapturePhase.SAVED.value, CapturePhase.FAILED.value)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Intent:
    """A capture that has begun: its record so far, and the directory below the photo root that it is for."""

    record: CaptureRecord
    directory: PurePosixPath


@dataclass(frozen=True, slots=True)
class StagedRow:
    """What the camera process said of one staged file; ``name`` is the file's in the staging directory."""

    name: str
    camera_name: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Ending:
    """A capture that has ended, with the files of its still (none when it failed)."""

    record: CaptureRecord
    files: tuple[StoredFile, ...]


class Journal:
    """The durable record of captures in the file ``path``; every method raises ``StorageError`` when the disk fails."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread: ThreadPoolExecutor | None = None
        self._connection: sqlite3.Connection | None = None

    @property
    def is_open(self) -> bool:
        """Whether the file is open and checked."""
        return self._connection is not None

    async def open(self) -> None:
        """Open and check the file, or begin a new one; a damaged one is set aside, never written to."""
        if self._connection is None:
            self._thread = self._thread or ThreadPoolExecutor(max_workers=1, thread_name_prefix="journal")
            try:
                self._connection = await self._on_thread(lambda: _open_or_set_aside(self._path))
            except OSError as error:
                raise StorageError(
                    f"the record of captures {self._path} cannot be opened ({error.strerror or error}): "
                    "check that the photo root is mounted and writable"
                ) from error

    async def close(self) -> None:
        """Finish what was asked for and close the file; does nothing when it is not open."""
        thread, self._thread = self._thread, None
        connection, self._connection = self._connection, None
        if thread is not None:
            if connection is not None:
                await asyncio.get_running_loop().run_in_executor(thread, connection.close)
            thread.shutdown()

    async def intend(self, intent: Intent) -> None:
        """Record a capture before its shutter fires."""
        record = intent.record

        def insert(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT INTO captures (id, idempotency_key, phase, directory, record) VALUES (?, ?, ?, ?, ?)",
                (record.id, record.idempotency_key, record.phase.value, str(intent.directory), _text(record)),
            )

        await self._write(insert)

    async def stage(self, capture_id: str, files: Sequence[StagedFile]) -> None:
        """Record which files the camera process has staged, and how long they are."""
        rows = [(capture_id, file.path.name, file.name, file.size_bytes) for file in files]
        statement = "INSERT OR REPLACE INTO staged (capture_id, name, camera_name, size_bytes) VALUES (?, ?, ?, ?)"
        await self._write(lambda connection: connection.executemany(statement, rows))

    async def end(self, ending: Ending) -> None:
        """Record how a capture ended: when this returns, the acknowledgement survives a power cut."""
        record = ending.record
        rows = [
            (record.id, number, str(file.path), file.size_bytes, file.sha256, file.media_type)
            for number, file in enumerate(ending.files, 1)
        ]

        def update(connection: sqlite3.Connection) -> None:
            # A file that was deleted by hand frees its name; the photo that has it now owns the row.
            connection.executemany("DELETE FROM files WHERE path = ?", [(row[2],) for row in rows])
            connection.executemany("INSERT INTO files VALUES (?, ?, ?, ?, ?, ?)", rows)
            connection.execute("DELETE FROM staged WHERE capture_id = ?", (record.id,))
            connection.execute(
                "UPDATE captures SET phase = ?, record = ? WHERE id = ?", (record.phase.value, _text(record), record.id)
            )

        await self._write(update)

    async def unfinished(self) -> list[tuple[Intent, list[StagedRow]]]:
        """Captures without an end, oldest first, with what was staged for each: a service stopped during them."""

        def read(connection: sqlite3.Connection) -> list[tuple[Intent, list[StagedRow]]]:
            rows = connection.execute(
                "SELECT record, directory FROM captures WHERE phase NOT IN (?, ?) ORDER BY ordinal", _ENDED
            ).fetchall()
            intents = [Intent(CaptureRecord.model_validate_json(text), PurePosixPath(below)) for text, below in rows]
            return [(intent, _staged(connection, intent.record.id)) for intent in intents]

        return await self._run(read)

    async def ended(self, limit: int) -> list[Ending]:
        """The newest ``limit`` captures that have ended, oldest first."""

        def read(connection: sqlite3.Connection) -> list[Ending]:
            statement = "SELECT record FROM captures WHERE phase IN (?, ?) ORDER BY ordinal DESC LIMIT ?"
            rows = connection.execute(statement, (*_ENDED, limit)).fetchall()
            records = [CaptureRecord.model_validate_json(text) for (text,) in reversed(rows)]
            return [Ending(record, _files(connection, record.id)) for record in records]

        return await self._run(read)

    async def saved_count(self) -> int:
        """How many captures have been saved in all."""
        statement = "SELECT count(*) FROM captures WHERE phase = ?"
        saved = (CapturePhase.SAVED.value,)
        return await self._run(lambda connection: int(connection.execute(statement, saved).fetchone()[0]))

    async def _write(self, change: Callable[[sqlite3.Connection], object]) -> None:
        def commit(connection: sqlite3.Connection) -> None:
            with connection:
                change(connection)

        await self._run(commit)

    async def _run(self, work: Callable[[sqlite3.Connection], _Result]) -> _Result:
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


def _text(record: CaptureRecord) -> str:
    return record.model_dump_json(exclude={"files"})


def _staged(connection: sqlite3.Connection, capture_id: str) -> list[StagedRow]:
    statement = "SELECT name, camera_name, size_bytes FROM staged WHERE capture_id = ? ORDER BY name"
    return [StagedRow(*row) for row in connection.execute(statement, (capture_id,))]


def _files(connection: sqlite3.Connection, capture_id: str) -> tuple[StoredFile, ...]:
    statement = "SELECT path, size_bytes, sha256, media_type FROM files WHERE capture_id = ? ORDER BY number"
    return tuple(StoredFile(PurePosixPath(row[0]), *row[1:]) for row in connection.execute(statement, (capture_id,)))


def _open_or_set_aside(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return _open(path)
    except sqlite3.OperationalError:
        raise  # locked, full or unreadable: the content may be well
    except sqlite3.DatabaseError as error:
        aside = path.with_name(f"{path.name}.damaged-{int(time.time())}")
        log.error("the record of captures %s is damaged (%s): set aside as %s, a new one begins", path, error, aside)  # noqa: TRY400
        path.rename(aside)
        for ending in ("-wal", "-shm"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
        return _open(path)


def _open(path: Path) -> sqlite3.Connection:
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
    except BaseException:
        connection.close()
        raise
    return connection


def _check_integrity(connection: sqlite3.Connection) -> None:
    findings = connection.execute("PRAGMA integrity_check(5)").fetchall()
    if findings != [("ok",)]:
        raise sqlite3.DatabaseError("; ".join(str(row[0]) for row in findings))


def _lay_schema(path: Path, connection: sqlite3.Connection) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        connection.executescript(f"BEGIN; {SCHEMA} COMMIT;")
    elif version != VERSION:
        raise StorageError(
            f"the record of captures {path} has version {version}, this photonic knows {VERSION}: "
            "use the photonic that made it, or another photo root"
        )
