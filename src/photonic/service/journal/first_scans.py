"""The first scan of each card in the journal: what was on it already, and is not imported.

A card may hold fifty thousand photos: they are written and read in pieces. A scan counts from the last transaction on,
which gives it the name of its card. What a crash leaves of one before that is found by nobody, and written again by the
next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.service.journal.database import PIECE_ROWS
from photonic.service.photo.identity import PhotoIdentity

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from photonic.service.journal.database import JournalFile
    from photonic.worker.link.card_messages import CardObject

UNFINISHED = ""
"""No card has this name."""


async def record(file: JournalFile, serial: str, card: str, objects: Sequence[CardObject]) -> int:
    """Record a scan and the photos on the card. Returns its number. Raises ``StorageError``."""
    number = await file.write(lambda connection: _unfinished(connection, serial, int(file.time.unix_seconds())))
    left = "DELETE FROM baseline WHERE rowid IN (SELECT rowid FROM baseline WHERE sight = ? LIMIT ?)"
    while await file.write(lambda connection: connection.execute(left, (number, PIECE_ROWS)).rowcount):
        pass
    add = "INSERT INTO baseline VALUES (?, ?, ?, ?, ?)"
    for first in range(0, len(objects), PIECE_ROWS):
        some = objects[first : first + PIECE_ROWS]
        rows = [(number, one.folder, one.name, one.size_bytes, one.taken_at) for one in some]
        await file.write(lambda connection, rows=rows: connection.executemany(add, rows))
    name = "UPDATE sights SET card = ? WHERE number = ?"
    await file.write(lambda connection: connection.execute(name, (card, number)))
    return number


async def baseline(file: JournalFile, scans: Sequence[int], serial: str) -> dict[int, list[PhotoIdentity]]:
    """What each of these first scans of a card found on it."""
    found: dict[int, list[PhotoIdentity]] = {}
    for scan in scans:

        def piece(connection: sqlite3.Connection, after: int | None, scan: int = scan) -> Sequence[tuple[object, ...]]:
            statement = (
                "SELECT rowid, folder, name, size_bytes, taken_at FROM baseline "
                "WHERE sight = ? AND rowid > ? ORDER BY rowid LIMIT ?"
            )
            return connection.execute(statement, (scan, after or 0, PIECE_ROWS)).fetchall()

        found[scan] = []
        async for rows in file.pieces(piece, lambda row: int(str(row[0]))):
            found[scan] += [PhotoIdentity(serial, *row[1:]) for row in rows]  # pyright: ignore[reportArgumentType]
    return found


def _unfinished(connection: sqlite3.Connection, serial: str, seen_at: int) -> int:
    """The number of a scan that has no card yet: a new one, or what a crash has left."""
    values = (serial, UNFINISHED)
    again = "UPDATE sights SET seen_at = ? WHERE serial = ? AND card = ? RETURNING number"
    left = connection.execute(again, (seen_at, *values)).fetchone()
    if left is not None:
        return int(left[0])
    begin = "INSERT INTO sights (serial, card, seen_at) VALUES (?, ?, ?) RETURNING number"
    return int(connection.execute(begin, (*values, seen_at)).fetchone()[0])
