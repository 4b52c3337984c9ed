"""Makes an index again that is damaged, gone, or older than what is recorded: from a copy, the record, and its remains.

Theory of operation. The newest copy that is whole is the base, or an empty index; the lines of the record that the base
does not know yet are applied to it (``replay``). If the record is not whole (a line is damaged or missing),
what can still be read of the index that was set aside is added. The new index is made under another name, flushed, and
renamed at the end: a start that is interrupted begins again. Nothing that it is made from is changed or deleted.

The index is made again without asking. To refuse captures until somebody types a command would cost photos on the one
evening on which the disk fails, and the command would do the same. What could not be read is reported.

Everything here blocks, and runs on the journal's thread.
"""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from photonic.machine.private_folder import PRIVATE_FILE
from photonic.service.files.disk import flush
from photonic.service.journal import schema
from photonic.service.journal.derived import derive_again
from photonic.service.journal.record import NOT_RECORDED, noted
from photonic.service.journal.record_lines import FOLDER, generations
from photonic.service.journal.replay import put_row, replay

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

COPIES = "copies"
"""The folder beside the index that holds its copies."""

log = logging.getLogger(__name__)


@dataclass
class Rebuilt:
    """What an index was made from.

    Args:
        base: the copy that it began with; ``None``: it began empty.
        lines: how many lines of the record were applied.
        lost: what could not be read, for people; empty: nothing is missing.
        salvaged: how many rows were read from the damaged index.
        captures: how many captures it has.
    """

    base: Path | None = None
    lines: int = 0
    lost: list[str] = field(default_factory=list[str])
    salvaged: int = 0
    captures: int = 0

    def text(self) -> str:
        """A sentence about it, for people."""
        base = "" if self.base is None else f"the copy {self.base.name} and "
        salvaged = f", and {self.salvaged} rows of the damaged index" if self.salvaged else ""
        lost = f". Not everything could be read: {'; '.join(self.lost)}" if self.lost else ""
        return f"made again from {base}{self.lines} lines of the record{salvaged}: {self.captures} captures{lost}"


def is_known_elsewhere(path: Path) -> bool:
    """Whether the index at ``path`` is gone or empty, but its record or a copy is there. Raises ``OSError``."""
    if any(part.exists() and part.stat().st_size > 0 for part in (path, path.with_name(f"{path.name}-wal"))):
        return False  # an index that was created just before a power cut may be in its log only
    return bool(generations(path.parent / FOLDER) or copies(path))


def copies(path: Path) -> list[Path]:
    """The copies of the index at ``path``, newest first: their names count up. Raises ``OSError``."""
    folder = path.parent / COPIES
    return sorted(folder.glob(f"{path.stem}-*{path.suffix}"), reverse=True) if folder.is_dir() else []


def rebuild(path: Path, *, older: Sequence[Path] = (), damaged: Path | None = None) -> Rebuilt:
    """Make the index at ``path`` again, where none is now.

    Args:
        path: of the index.
        older: whole indexes that were set aside because the record is ahead of them.
        damaged: the damaged index that was set aside.

    Raises:
        StorageError: a newer photonic has written the record.
        OSError, sqlite3.Error: the disk refuses.
    """
    made = path.with_name(f"{path.name}.rebuilding")
    for leftover in (made, made.with_name(f"{made.name}-journal")):
        leftover.unlink(missing_ok=True)
    rebuilt = Rebuilt()
    base_number = _lay_base(made, [*older, *copies(path)], rebuilt)
    with closing(sqlite3.connect(made)) as connection:
        connection.execute("PRAGMA synchronous = OFF")  # flushed at the end
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("PRAGMA recursive_triggers = ON")
        replayed = replay(connection, path.parent / FOLDER, base_number)
        rebuilt.lines, seconds = replayed.lines, replayed.seconds
        rebuilt.lost += replayed.lost
        if connection.execute("PRAGMA user_version").fetchone() != (schema.VERSION,):
            schema.upgrade(path, connection, copied=False)
        if damaged is not None:
            seconds = max(seconds, _salvage(damaged, connection, rebuilt))
        with connection:
            _settle(connection, replayed.number, seconds)
        (rebuilt.captures,) = connection.execute("SELECT count(*) FROM captures").fetchone()
    with made.open("rb") as content:
        os.fsync(content.fileno())
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    made.replace(path)
    flush(path.parent)
    return rebuilt


def _lay_base(made: Path, candidates: Sequence[Path], rebuilt: Rebuilt) -> int | None:
    """Copy the newest whole index to ``made``. Returns the number of its newest change; ``None``: there is none."""
    best = 0
    chosen: Path | None = None
    for candidate in candidates:
        number = _number_of(candidate)
        if number is None:
            rebuilt.lost.append(f"{candidate.name} is damaged")
        elif chosen is None or number > best:
            best, chosen = number, candidate
    made.touch(mode=PRIVATE_FILE)
    if chosen is None:
        return None
    shutil.copyfile(chosen, made)
    rebuilt.base = chosen
    rebuilt.lost.clear()  # a damaged copy is no loss where another one is whole
    return best


def _number_of(path: Path) -> int | None:
    """The number of the newest change in a whole index; ``None``: it is damaged, or of another version's form."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            if connection.execute("PRAGMA integrity_check(1)").fetchall() != [("ok",)]:
                return None
            return noted(connection)[0]
    except sqlite3.Error:
        return None


def _salvage(damaged: Path, connection: sqlite3.Connection, rebuilt: Rebuilt) -> int:
    """Add the rows of a damaged index that can be read and are not there yet. Returns its running time in seconds."""
    seconds = 0
    try:
        with closing(sqlite3.connect(damaged)) as source:
            seconds = max((row[0] for row in _readable(source, "SELECT seconds FROM running")), default=0)
            rebuilt.salvaged += _salvage_noted(source, connection)
            if rebuilt.lost or (rebuilt.base is None and not rebuilt.lines):
                for relation in _relations(connection):
                    rebuilt.salvaged += _salvage_relation(source, connection, relation)
                rebuilt.lost.append(f"{damaged.name} is damaged")
    except sqlite3.Error as error:
        log.warning("nothing more can be read from %s (%s)", damaged, error)
    return seconds


def _relations(connection: sqlite3.Connection) -> list[str]:
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return [name for (name,) in names if name not in NOT_RECORDED]


def _salvage_noted(source: sqlite3.Connection, target: sqlite3.Connection) -> int:
    """Take over the rows that the damaged index has noted, as it has them: the record may lack the last second."""
    found = 0
    known = set(_relations(target))
    for relation, row in _readable(source, "SELECT relation, row FROM unrecorded"):
        with suppress(sqlite3.Error):
            if relation in known:
                columns = [column[1] for column in target.execute(f"PRAGMA table_info({relation})")]
                query = f"SELECT {', '.join(columns)} FROM {relation} WHERE rowid = ?"  # noqa: S608 - our own names
                content = source.execute(query, (row,)).fetchone()
                put_row(target, relation, row, None if content is None else dict(zip(columns, content, strict=True)))
                found += 1
    target.commit()
    return found


def _salvage_relation(source: sqlite3.Connection, target: sqlite3.Connection, relation: str) -> int:
    known = {column[1] for column in target.execute(f"PRAGMA table_info({relation})")}
    with suppress(sqlite3.Error):
        names = [column[1] for column in source.execute(f"PRAGMA table_info({relation})") if column[1] in known]
        if not names:
            return 0
        columns, marks = ", ".join(names), ", ".join("?" * (len(names) + 1))
        statement = f"INSERT OR IGNORE INTO {relation} (rowid, {columns}) VALUES ({marks})"  # noqa: S608 - our own names
        found = 0
        # From either end: a damaged page hides what is behind it.
        for order in ("", "DESC"):
            query = f"SELECT rowid, {columns} FROM {relation} ORDER BY rowid {order}"  # noqa: S608 - our own names
            for row in _readable(source, query):
                with suppress(sqlite3.Error):
                    found += target.execute(statement, row).rowcount
        target.commit()
        return found
    return 0


def _readable(source: sqlite3.Connection, query: str) -> list[tuple[Any, ...]]:
    """The rows up to the first one that cannot be read."""
    found: list[tuple[Any, ...]] = []
    with suppress(sqlite3.Error):
        found.extend(source.execute(query))
    return found


def _settle(connection: sqlite3.Connection, number: int, seconds: int) -> None:
    """Set what the index says about itself: a new file of the record is begun, and new photos are read again."""
    derive_again(connection)
    connection.execute("DELETE FROM unrecorded")
    connection.execute("DELETE FROM sqlite_sequence WHERE name = 'unrecorded'")
    connection.execute("INSERT INTO sqlite_sequence VALUES ('unrecorded', ?)", (number,))
    connection.execute("UPDATE record SET generation = 0, relation = NULL, row = 0")
    connection.execute("UPDATE running SET seconds = max(seconds, ?), machine_boot = NULL, clean = 0", (seconds,))
