"""Replays the record of an index: applies its lines to an index that is older than they are, or empty.

Theory of operation. The record is a series of files (generations), each with numbered lines. A file that holds
everything up to some line (``Line.whole``) makes an index from nothing; any other one needs what the files before it
say. So an empty index begins with the newest file that is whole, and an index that knows the changes up to a number
skips those. A line that is missing shows in the positions of its file, or in the number of the change before it: the
lines that follow are applied nevertheless, and what is missing is reported.

A line has the content of rows, whatever changed them. The triggers are therefore dropped meanwhile: what they would
change is in the lines as well, or is derived again. Lines of an earlier version are applied to an index of that
version; it is upgraded where the first line of the next version comes, by the same migrations, which may replace
triggers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from photonic.errors import StorageError
from photonic.service.journal import schema
from photonic.service.journal.record import NOT_RECORDED
from photonic.service.journal.record_lines import Line, generations, lines

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path


@dataclass
class Replayed:
    """What was applied.

    Args:
        number: the number of the newest change that the index knows now.
        seconds: the newest running time in the record.
        lines: how many lines were applied.
        lost: what is missing in the record, for people.
    """

    number: int
    seconds: int = 0
    lines: int = 0
    lost: list[str] = field(default_factory=list[str])


def replay(connection: sqlite3.Connection, folder: Path, base_number: int | None) -> Replayed:
    """Apply what an index does not know of the record in ``folder``. Not in one transaction.

    Args:
        connection: of an index that nobody else uses.
        folder: of the record.
        base_number: the number of the newest change that the index knows; ``None``: it is empty.

    Raises:
        StorageError: a newer photonic has written the record.
        OSError, sqlite3.Error: the disk refuses.
    """
    triggers = _without_triggers(connection)
    replayed = Replayed(number=base_number or 0)
    files = generations(folder)
    begin = 0
    if base_number is None:
        whole = [place for place, (_number, file) in enumerate(files) if _is_whole(file)]
        if whole:
            begin = whole[-1]
        elif files:
            replayed.lost.append("the record does not reach back to the first photo")
    for _generation, file in files[begin:]:
        position = 0
        for line in lines(file):
            if line is None:
                continue  # a line that was torn is written again; what is missing shows in the positions
            is_new = base_number is None or line.number > base_number
            gap = line.position > position + 1 or (position == 0 and line.after > replayed.number)
            position = line.position
            if gap and is_new:
                replayed.lost.append(f"lines are missing in {file.name}")
            replayed.seconds = max(replayed.seconds, line.running)
            if is_new:
                _apply(connection, line, triggers)
                replayed.lines += bool(line.changes)
            replayed.number = max(replayed.number, line.number)
    connection.commit()
    for statement in triggers.values():
        connection.execute(statement)
    return replayed


def _is_whole(file: Path) -> bool:
    """Whether a file of the record alone makes the index up to its end."""
    position, whole = 0, False
    for line in lines(file):
        if line is not None:
            if line.position > position + 1:
                return False
            position, whole = line.position, whole or line.whole
    return whole


def _without_triggers(connection: sqlite3.Connection) -> dict[str, str]:
    """Drop the triggers: the lines have what they would do, and what they derive is derived again. Returns them."""
    found = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall())
    for name in found:
        connection.execute(f"DROP TRIGGER {name}")
    return found


def _apply(connection: sqlite3.Connection, line: Line, triggers: dict[str, str]) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if line.version > schema.VERSION:
        raise StorageError(
            f"a newer photonic has written the record of the index (version {line.version}, this one knows "
            f"{schema.VERSION}): use that version"
        )
    for step in range(version + 1, line.version + 1):
        connection.commit()
        again = "".join(f"{statement};\n" for statement in triggers.values())  # it may replace them
        connection.executescript(f"BEGIN; {again} {schema.migration(step)} COMMIT;")
        triggers.clear()
        triggers |= _without_triggers(connection)
    for relation, row, content in line.changes:
        if relation not in NOT_RECORDED and relation.isidentifier():
            put_row(connection, relation, row, content)


def put_row(connection: sqlite3.Connection, relation: str, row: int, content: dict[str, Any] | None) -> None:
    """Give a row this content; ``None``: delete it."""
    if content is None:
        connection.execute(f"DELETE FROM {relation} WHERE rowid = ?", (row,))  # noqa: S608 - an identifier
        return
    names = [name for name in content if name.isidentifier()]
    marks = ", ".join("?" * (len(names) + 1))
    statement = f"INSERT OR REPLACE INTO {relation} (rowid, {', '.join(names)}) VALUES ({marks})"  # noqa: S608 - identifiers
    connection.execute(statement, (row, *(content[name] for name in names)))
