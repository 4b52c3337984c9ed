"""The copies on the second disk in the journal: those that were made, those that wait, those that are to be deleted.

A row is written in the transaction that records the file, so the queue survives restarts and kills. It has at most one
row for each file, and is read in pages: nothing of it is kept in memory.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from photonic.model.saved import SaveLevel
from photonic.service.journal.turns import Urgency
from photonic.service.photo.staged import StoredFile

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from photonic.service.journal.database import JournalFile

COUNTED_ROWS = 5_000
"""How many rows are counted at a time, in about a millisecond."""
# A member that is null is removed (RFC 7396).
_REACHED = json.dumps({"saved": SaveLevel.SECOND.value, "saved_reason": None, "saved_reason_code": None})


@dataclass(frozen=True, slots=True)
class CopyToMake:
    """A stored file that has no second copy yet. ``number``: of its row."""

    number: int
    capture_id: str
    file: StoredFile


@dataclass(frozen=True, slots=True)
class CopyToDelete:
    """A second copy of a photo that was removed permanently; ``place``: below the second folder."""

    number: int
    place: PurePosixPath
    sha256: str


class SecondCopyJournal:
    """The second copies' part of the journal; every method raises ``StorageError`` when the disk fails."""

    def __init__(self, file: JournalFile) -> None:
        self._file = file

    async def to_make(self, after: int, limit: int) -> list[CopyToMake]:
        """At most ``limit`` files that wait for their copy, oldest first, after the row ``after``."""
        statement = (
            "SELECT copies.number, copies.capture_id, files.path, size_bytes, files.sha256, media_type "
            "FROM second_copies AS copies JOIN files ON files.capture_id = copies.capture_id "
            "AND files.number = copies.file WHERE state = 'waiting' AND copies.number > ? "
            "ORDER BY copies.number LIMIT ?"
        )

        def read(connection: sqlite3.Connection) -> list[CopyToMake]:
            return [
                CopyToMake(number, capture_id, StoredFile(PurePosixPath(path), *rest))
                for number, capture_id, path, *rest in connection.execute(statement, (after, limit))
            ]

        return await self._file.read(read, Urgency.IDLE)

    async def count_to_make(self) -> int:
        """How many files wait for their copy."""
        statement = (
            "SELECT count(*), coalesce(max(number), 0) FROM (SELECT number FROM second_copies "
            "WHERE state = 'waiting' AND number > ? ORDER BY number LIMIT ?)"
        )
        count, found, last = 0, COUNTED_ROWS, 0
        while found == COUNTED_ROWS:
            values = (last, COUNTED_ROWS)
            found, last = await self._file.read(
                lambda connection, values=values: connection.execute(statement, values).fetchone(), Urgency.IDLE
            )
            count += found
        return count

    async def forget_without_file(self) -> None:
        """Forget waiting rows without a file: a user has freed its name, and another photo got it."""
        statement = (
            "DELETE FROM second_copies WHERE state = 'waiting' AND NOT EXISTS (SELECT * FROM files "
            "WHERE files.capture_id = second_copies.capture_id AND files.number = second_copies.file)"
        )
        await self._file.write(lambda connection: connection.execute(statement), Urgency.IDLE)

    async def any_made(self) -> bool:
        """Whether a copy was ever made, and is still wanted or yet to be deleted."""
        statement = "SELECT EXISTS (SELECT * FROM second_copies WHERE path IS NOT NULL)"
        return await self._file.read(lambda connection: bool(connection.execute(statement).fetchone()[0]))

    async def made(self, copy: CopyToMake, place: PurePosixPath) -> bool:
        """Record a copy; the still's record says so once each of its files has one.

        Returns whether it is still wanted: the photo may have been removed permanently in the meantime.
        """

        def change(connection: sqlite3.Connection) -> bool:
            statement = "UPDATE second_copies SET path = ?, state = 'made' WHERE number = ? AND path IS NULL"
            if connection.execute(statement, (str(place), copy.number)).rowcount == 0:
                return False
            connection.execute(
                "UPDATE captures SET record = json_patch(record, ?1) WHERE id = ?2 AND NOT EXISTS "
                "(SELECT * FROM second_copies WHERE capture_id = ?2 AND path IS NULL)",
                (_REACHED, copy.capture_id),
            )
            return True

        return await self._file.write(change, Urgency.IDLE)

    async def to_delete(self, limit: int) -> list[CopyToDelete]:
        """At most ``limit`` copies of photos that were removed permanently."""
        statement = "SELECT number, path, sha256 FROM second_copies WHERE state = 'unwanted' ORDER BY number LIMIT ?"
        return await self._file.read(
            lambda connection: [
                CopyToDelete(number, PurePosixPath(path), sha256)
                for number, path, sha256 in connection.execute(statement, (limit,))
            ],
            Urgency.IDLE,
        )

    async def deleted(self, copies: Sequence[CopyToDelete]) -> None:
        """Record that these copies are deleted."""
        rows = [(copy.number,) for copy in copies]
        await self._file.write(
            lambda connection: connection.executemany("DELETE FROM second_copies WHERE number = ?", rows),
            Urgency.IDLE,
        )

    async def waits(self, sha256: str) -> bool:
        """Whether a stored file with this content waits for its copy."""
        statement = "SELECT EXISTS (SELECT * FROM second_copies WHERE path IS NULL AND sha256 = ?)"
        return await self._file.read(lambda connection: bool(connection.execute(statement, (sha256,)).fetchone()[0]))


def put(
    connection: sqlite3.Connection,
    capture_id: str,
    files: Sequence[StoredFile],
    first: int,
    places: Sequence[PurePosixPath | None],
) -> None:
    """Record files and their copies, within the transaction that records the photo.

    Args:
        connection: Of the transaction.
        capture_id: Of the still.
        files: The new files.
        first: The number of the first one.
        places: Where their copies are; ``None``, or none at all: yet to be made.
    """
    made = dict(enumerate(places, first))
    rows = [
        (capture_id, number, file.sha256, *_place_and_state(made.get(number)))
        for number, file in enumerate(files, first)
    ]
    statement = "INSERT INTO second_copies (capture_id, file, sha256, path, state) VALUES (?, ?, ?, ?, ?)"
    connection.executemany(statement, rows)


def pause(connection: sqlite3.Connection, capture_id: str) -> None:
    """Make no copies of a still while it is in the trash, within the transaction that moves it there."""
    _turn(connection, capture_id, "waiting", "paused")


def resume(connection: sqlite3.Connection, capture_id: str) -> None:
    """Make the copies of a still that is restored, within that transaction."""
    _turn(connection, capture_id, "paused", "waiting")


def discard(connection: sqlite3.Connection, capture_id: str) -> None:
    """Make no copies of a still that is removed permanently, and delete those there are, within that transaction."""
    connection.execute("DELETE FROM second_copies WHERE capture_id = ? AND path IS NULL", (capture_id,))
    _turn(connection, capture_id, "made", "unwanted")


def _turn(connection: sqlite3.Connection, capture_id: str, before: str, after: str) -> None:
    statement = "UPDATE second_copies SET state = ? WHERE capture_id = ? AND state = ?"
    connection.execute(statement, (after, capture_id, before))


def _place_and_state(place: PurePosixPath | None) -> tuple[str | None, str]:
    return (None, "waiting") if place is None else (str(place), "made")
