"""Whether an index is damaged, as far as a start can wait for the answer.

SQLite's own check reads the whole file, which takes seconds with many photos. So only a small index, or one that showed
damage while it was in use, is checked completely. Of a larger one, the beginning and the newest rows of each table are
read. Damage elsewhere is found when it is read, or by the check of each copy of the index (``copying``), which delays
nobody; then a mark beside the index says that the next start has to check all of it.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING

from photonic.machine.private_folder import PRIVATE_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHECKED_BYTES = 16 * 2**20
"""An index up to this size is checked completely, in about a tenth of a second."""
NEWEST_ROWS = 100
"""Of each table."""
_DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def check(path: Path, connection: sqlite3.Connection) -> None:
    """Check the index at ``path``.

    Raises ``sqlite3.DatabaseError`` if it is damaged, ``sqlite3.OperationalError`` if the disk does not read it.
    """
    pages, size_bytes = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    suspected = _mark_of(path).exists()
    if pages * size_bytes > CHECKED_BYTES and not suspected:
        _read_ends(connection)
        return
    findings = connection.execute("PRAGMA integrity_check(5)").fetchall()
    if findings != [("ok",)]:
        text = "; ".join(" ".join(str(row[0]).split()) for row in findings)  # a finding can have several lines
        # The check reports a page that the disk does not read among the damages, instead of failing.
        unread = any(code is None or int(code) & 0xFF != sqlite3.SQLITE_CORRUPT for code in _unread_pages(text))
        raise (sqlite3.OperationalError if unread else sqlite3.DatabaseError)(text)
    if suspected:
        _mark_of(path).unlink(missing_ok=True)


def suspect(path: Path, error: sqlite3.Error) -> None:
    """Have the next start check the whole index, if ``error`` says that it is damaged."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None and code & 0xFF in _DAMAGE:
        mark(path)


def mark(path: Path) -> None:
    """Have the next start check the whole index."""
    with suppress(OSError):
        _mark_of(path).touch(mode=PRIVATE_FILE)


def _mark_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.suspect")


def _read_ends(connection: sqlite3.Connection) -> None:
    """Read the beginning and the newest rows of each table."""
    statement = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%WITHOUT ROWID%'"
    for (name,) in connection.execute(statement).fetchall():
        for order, count in (("ASC", 1), ("DESC", NEWEST_ROWS)):
            connection.execute(f"SELECT * FROM {name} ORDER BY rowid {order} LIMIT ?", (count,)).fetchall()  # noqa: S608 - its own names


def _unread_pages(findings: str) -> Iterator[str | None]:
    """The error code of each page that an integrity check could not get; ``None``: it does not say."""
    for found in re.finditer(r"unable to get the page\. error code=(\d+)|failed to get page", findings):
        yield found[1]
