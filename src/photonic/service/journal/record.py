"""The record beside the photos: what the index says, once more, in a form that damage cannot take as a whole.

Theory of operation
-------------------
**What it is.** A folder with text files, one line for each transaction that changed the index: the new content of each
row that was changed, or that it was deleted. A line has a checksum and a number, so each is worth something by itself,
and a missing one is noticed. Applied one after the other, the lines make the index again (``rebuilding``): captures
with their keys, files with their hashes, the trash, the memory of the cards, sequences, and what later versions add.

**How it is filled.** Triggers note each changed row in the table ``unrecorded``, in the same transaction. After the
commit, the line is written; within a second it is flushed (``flush``); the next transaction then forgets the notes. So
the record is never behind an index that is intact: what a power cut took from it is still noted, and is written again
at the next start. What is lost is at most the last second, and only if the index is lost in the same moment.

**Generations.** Each file begins with nothing or, if the index had rows already, gets a copy of them in small pieces
(``copy_some``) while lines for changes go on. A line says what a row is, not what was done, so the order of the pieces
does not matter. A file is begun when there is none, when the newest one has lost lines or could not be flushed, or when
it has grown to a multiple of what the index needs. The one before it is kept.

**Errors.** A record that cannot be written fails no capture: the notes stay, and each transaction tries again.

All methods but ``flush`` run on the journal's thread.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from typing import TYPE_CHECKING, Any

from photonic.machine.private_folder import PRIVATE, PRIVATE_FILE
from photonic.service.files.directories import Directories
from photonic.service.files.disk import flush
from photonic.service.journal.record_lines import Line, generations, last_line

if TYPE_CHECKING:
    from pathlib import Path

NOT_RECORDED = frozenset({"running", "unrecorded", "record", "checks", "verification", "sessions", "counts"})
"""What the index says about itself, or about a disk that may be another one by then, or derives (``derived``)."""
GROWTH = 4
"""A new file is begun when the newest one has this many times the size of the index."""
SMALL_BYTES = 16 * 2**20
"""No new file is begun below this size."""

log = logging.getLogger(__name__)


class RecordAheadError(Exception):
    """The record knows transactions that the index does not: the index is new, or was replaced by an older one."""


class IndexRecord:
    """The record of one index.

    Args:
        folder: where its files are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._generation: int | None = None
        self._position = 0
        self._last = 0
        self._torn = False
        self._flushed = 0
        self._forgotten = 0
        self._copied: tuple[str | None, int] | None = None
        self._columns: dict[str, tuple[str, ...]] = {}
        self._version = 0
        self._size_bytes = 0
        self._running = 0
        self._unflushable = False
        self._failing = False

    @property
    def needs_flush(self) -> bool:
        """Whether lines were written that a power cut could take."""
        return self._generation is not None and self._flushed < self._last

    def attach(self, connection: sqlite3.Connection) -> None:
        """Begin to note changes, and write what an earlier run has noted.

        Raises ``RecordAheadError``, ``sqlite3.Error``; a disk that refuses is logged.
        """
        (self._version,) = connection.execute("PRAGMA user_version").fetchone()
        self._columns = _columns(connection)
        connection.execute("PRAGMA recursive_triggers = ON")  # a row that another one replaces is deleted
        for relation in self._columns:
            for event, row in (("INSERT", "new"), ("UPDATE", "new"), ("DELETE", "old")):
                note = f"INSERT INTO unrecorded (relation, row) VALUES ('{relation}', {row}.rowid);"  # noqa: S608 - our own names
                renote = f"DELETE FROM unrecorded WHERE relation = '{relation}' AND row = {row}.rowid; {note}"  # noqa: S608 - our own names
                name = f"record_{relation}_{event}"
                connection.execute(f"CREATE TEMP TRIGGER {name} AFTER {event} ON main.{relation} BEGIN {renote} END")
        (generation,) = connection.execute("SELECT generation FROM record").fetchone()
        newest_number, certain = noted(connection)
        (self._running,) = connection.execute("SELECT seconds FROM running").fetchone()
        try:
            found = generations(self._folder)
            line = last_line(found[-1][1]) if found else None
        except OSError as error:
            self._failed(error)
            return
        if line is not None and line.number > newest_number:
            raise RecordAheadError
        if line is None or found[-1][0] != generation or line.number < certain:
            self._begin(connection)
        else:
            self._generation, self._position, self._last = generation, line.position, line.number
            self._torn = True  # perhaps
            self._size_bytes = found[-1][1].stat().st_size
        self.committed(connection, self._running)

    def forget(self, connection: sqlite3.Connection) -> None:
        """Within a transaction: forget the notes of what is in the record."""
        if self._flushed > self._forgotten:
            self._forgotten = self._flushed
            connection.execute("DELETE FROM unrecorded WHERE number <= ?", (self._flushed,))

    def committed(self, connection: sqlite3.Connection, running_seconds: int) -> None:
        """After a transaction: write its line. Raises nothing; what is not written is noted."""
        self._running = running_seconds
        try:
            if (self._generation is None or self._unflushable) and not self._begin(connection):
                return
            rows = connection.execute(
                "SELECT number, relation, row FROM unrecorded WHERE number > ? ORDER BY number", (self._last,)
            ).fetchall()
            if rows:
                changes = tuple((relation, row, self._content(connection, relation, row)) for _, relation, row in rows)
                self._append(changes, rows[-1][0])
        except FileNotFoundError as error:
            self._unflushable = True
            self._failed(error)
        except (sqlite3.Error, OSError) as error:
            self._failed(error)

    def flush(self) -> None:
        """Make the lines so far survive a power cut. Called on any thread; raises nothing."""
        generation, number = self._generation, self._last
        if generation is None:
            return
        try:
            with self._path(generation).open("rb") as content:
                os.fsync(content.fileno())
        except OSError as error:
            # A second flush would succeed and prove nothing: the next transaction begins a new file.
            self._failed(error)
            self._unflushable = True
        else:
            if generation == self._generation:
                self._flushed = max(self._flushed, number)

    def copy_some(self, connection: sqlite3.Connection, count: int) -> bool:
        """Copy the next ``count`` rows of the index; return whether ``keep_place`` has something to keep.

        Raises ``sqlite3.Error``, ``OSError``.
        """
        if self._generation is None:
            return False
        relation, row = self._copied or connection.execute("SELECT relation, row FROM record").fetchone()
        if relation is None:
            return False
        rows = (
            connection.execute(
                f"SELECT rowid FROM {relation} WHERE rowid > ? ORDER BY rowid LIMIT ?",  # noqa: S608 - our own names
                (row, count),
            ).fetchall()
            if relation in self._columns
            else []
        )
        if rows:
            changes = tuple((relation, number, self._content(connection, relation, number)) for (number,) in rows)
            self._append(changes, self._last)
            self._copied = relation, rows[-1][0]
            return True
        following = sorted(name for name in self._columns if name > relation)
        self._copied = (following[0] if following else None), 0
        if not following:
            self._append((), self._last, whole=True)
        return True

    def keep_place(self, connection: sqlite3.Connection) -> None:
        """Within a transaction, after a ``flush``: note how far the rows are copied."""
        if self._copied is not None and not self.needs_flush:
            connection.execute("UPDATE record SET relation = ?, row = ?", self._copied)
            self._copied = None

    def renew(self, connection: sqlite3.Connection) -> bool:
        """Begin a new file if the newest one has grown too large, and delete those that are of no use any more.

        Returns whether one was begun. Raises ``sqlite3.Error``, ``OSError``.
        """
        if self._generation is None or connection.execute("SELECT relation FROM record").fetchone() != (None,):
            return False
        for _number, path in generations(self._folder)[:-2]:
            path.unlink(missing_ok=True)
        (pages,), (page,) = (connection.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size"))
        if self._size_bytes < max(SMALL_BYTES, GROWTH * pages * page):
            return False
        return self._begin(connection)

    def _begin(self, connection: sqlite3.Connection) -> bool:
        """Begin a new file."""
        rows_of = [
            relation
            for relation in sorted(self._columns)
            if connection.execute(f"SELECT EXISTS (SELECT * FROM {relation})").fetchone()[0]  # noqa: S608 - our own names
        ]
        _newest, certain = noted(connection)
        try:
            Directories().make(self._folder, mode=PRIVATE)
            found = generations(self._folder)
            generation = found[-1][0] + 1 if found else 1
            path = self._path(generation)
            first = Line(1, certain, certain, self._version, self._running, (), whole=not rows_of)
            path.touch(mode=PRIVATE_FILE)
            with path.open("ab") as content:
                content.write(first.text())
                content.flush()
                os.fsync(content.fileno())
            flush(self._folder)
        except OSError as error:
            self._failed(error)
            return False
        with connection:
            connection.execute(
                "UPDATE record SET generation = ?, relation = ?, row = 0", (generation, rows_of[0] if rows_of else None)
            )
        self._generation, self._position, self._last, self._flushed = generation, 1, certain, certain
        self._torn, self._copied, self._failing, self._unflushable = False, None, False, False
        self._size_bytes = len(first.text())
        return True

    def _append(
        self, changes: tuple[tuple[str, int, dict[str, Any] | None], ...], number: int, *, whole: bool = False
    ) -> None:
        line = Line(self._position + 1, self._last, number, self._version, self._running, changes, whole=whole)
        text = (b"\n" if self._torn else b"") + line.text()
        self._torn = True
        with self._path(self._generation or 0).open("r+b") as content:  # not created if somebody has deleted it
            content.seek(0, os.SEEK_END)
            content.write(text)
        self._torn, self._failing = False, False
        self._position, self._last = line.position, number
        self._size_bytes += len(text)

    def _content(self, connection: sqlite3.Connection, relation: str, row: int) -> dict[str, Any] | None:
        columns = self._columns[relation]
        found = connection.execute(
            f"SELECT {', '.join(columns)} FROM {relation} WHERE rowid = ?",  # noqa: S608 - our own names
            (row,),
        ).fetchone()
        return None if found is None else dict(zip(columns, found, strict=True))

    def _path(self, generation: int) -> Path:
        return self._folder / f"{generation:06}.jsonl"

    def _failed(self, error: Exception) -> None:
        if not self._failing:
            log.warning(
                "the record beside the photos cannot be written (%s): captures go on, and it is tried again", error
            )
        self._failing = True


def noted(connection: sqlite3.Connection) -> tuple[int, int]:
    """The number of the newest change, and the number up to which all changes are in the record for certain."""
    newest = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'unrecorded'").fetchone()
    (oldest,) = connection.execute("SELECT min(number) FROM unrecorded").fetchone()
    number = 0 if newest is None else int(newest[0])
    return number, number if oldest is None else int(oldest) - 1


def _columns(connection: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    relations = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return {
        name: tuple(column[1] for column in connection.execute(f"PRAGMA table_info({name})"))
        for (name,) in relations.fetchall()
        if name not in NOT_RECORDED
    }
