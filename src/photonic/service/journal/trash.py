"""The trash in the journal: which stills are in it, where their files came from, which were deleted permanently."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from photonic.service.journal import second_copies
from photonic.service.journal.cards import COPY, settle_deletions
from photonic.service.journal.paths import recorded

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import AsyncIterator, Collection, Sequence

    from photonic.service.journal.database import JournalFile

PIECE_STILLS = 50
"""Stills that are read in one piece, each with a statement for its files."""
_ROWS = "SELECT capture_id, parent, deleted_at, running_at, rowid FROM trash WHERE removed = 0"


@dataclass(frozen=True, slots=True)
class Discarded:
    """A still in the trash.

    Args:
        capture_id: of the still.
        parent: the folder below the photo root that held its files.
        deleted_at: unix seconds, for display.
        files: their current paths below the photo root.
        digests: their SHA-256, in the order of ``files``.
        age_seconds: how long the service has run since the deletion.
    """

    capture_id: str
    parent: PurePosixPath
    deleted_at: int
    files: tuple[PurePosixPath, ...]
    digests: tuple[str, ...]
    age_seconds: int = 0


_Deleted = tuple[tuple[int, int], Discarded]
"""When a still was deleted, as the key of its row, and the still."""


class TrashJournal:
    """The trash's part of the journal; every method raises ``StorageError`` when the disk fails."""

    def __init__(self, file: JournalFile) -> None:
        self._file = file

    async def discard(
        self, capture_id: str, parent: PurePosixPath, places: Sequence[PurePosixPath], deleted_at: int
    ) -> None:
        """Record that a still's files were moved to ``places`` in the trash. Its copy on the camera's card stays."""

        def change(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT INTO trash (capture_id, parent, deleted_at, running_at) VALUES (?, ?, ?, ?)",
                (capture_id, str(parent), deleted_at, self._file.running.seconds),
            )
            _move(connection, capture_id, places)
            second_copies.pause(connection, capture_id)
            # The copy may be deleted only while the photo is safe here; in the trash it is not.
            due = f"SELECT number FROM deletions JOIN objects ON {COPY} WHERE objects.capture_id = ?"  # noqa: S608 - our own words
            settle_deletions(connection, [row[0] for row in connection.execute(due, (capture_id,)).fetchall()])

        await self._file.write(change)

    async def recorded(self, paths: Collection[PurePosixPath]) -> frozenset[PurePosixPath]:
        """Those of the paths, below the photo root, that are on record; final, as ``CaptureJournal.recorded``."""
        return await self._file.write(lambda connection: recorded(connection, paths))

    async def restore(self, capture_id: str, places: Sequence[PurePosixPath]) -> None:
        """Record that a still's files were moved back to ``places``."""

        def change(connection: sqlite3.Connection) -> None:
            _move(connection, capture_id, places)
            second_copies.resume(connection, capture_id)
            connection.execute("DELETE FROM trash WHERE capture_id = ?", (capture_id,))

        await self._file.write(change)

    async def keep_time(self) -> None:
        """Record the running time of the service, so that the photos in the trash age."""
        await self._file.keep_time()

    async def remove(self, capture_id: str) -> None:
        """Record that a still was deleted permanently. Its capture stays on record, so it is not imported again."""

        def change(connection: sqlite3.Connection) -> None:
            second_copies.discard(connection, capture_id)
            connection.execute("DELETE FROM files WHERE capture_id = ?", (capture_id,))
            connection.execute("UPDATE trash SET removed = 1 WHERE capture_id = ?", (capture_id,))

        await self._file.write(change)

    async def discarded(self) -> AsyncIterator[Discarded]:
        """Yield the stills in the trash, in the order of their deletion."""

        def piece(connection: sqlite3.Connection, after: tuple[int, int] | None) -> list[_Deleted]:
            statement = f"{_ROWS} AND (running_at, rowid) > (?, ?) ORDER BY running_at, rowid LIMIT ?"
            rows = connection.execute(statement, (*(after or (-1, -1)), PIECE_STILLS)).fetchall()
            return [((row[3], row[4]), self._discarded(connection, *row[:4])) for row in rows]

        async for found in self._file.pieces(piece, itemgetter(0)):
            for _key, discarded in found:
                yield discarded

    async def of_id(self, capture_id: str) -> Discarded | None:
        """The still with this id if it is in the trash, else ``None``."""

        def read(connection: sqlite3.Connection) -> Discarded | None:
            row = connection.execute(f"{_ROWS} AND capture_id = ?", (capture_id,)).fetchone()
            return None if row is None else self._discarded(connection, *row[:4])

        return await self._file.read(read)

    def _discarded(self, connection: sqlite3.Connection, capture_id: str, parent: str, at: int, ran: int) -> Discarded:
        statement = "SELECT path, sha256 FROM files WHERE capture_id = ? ORDER BY number"
        rows = connection.execute(statement, (capture_id,)).fetchall()
        return Discarded(
            capture_id,
            PurePosixPath(parent),
            at,
            tuple(PurePosixPath(path) for path, _digest in rows),
            tuple(digest for _path, digest in rows),
            self._file.running.seconds - ran,
        )


def _move(connection: sqlite3.Connection, capture_id: str, places: Sequence[PurePosixPath]) -> None:
    numbers = connection.execute("SELECT number FROM files WHERE capture_id = ? ORDER BY number", (capture_id,))
    rows = [(str(place), capture_id, number) for place, (number,) in zip(places, numbers.fetchall(), strict=True)]
    # As in ``captures``: a name that a user has freed belongs to the file that has it now.
    connection.executemany("DELETE FROM files WHERE path = ? AND NOT (capture_id = ? AND number = ?)", rows)
    connection.executemany("UPDATE files SET path = ? WHERE capture_id = ? AND number = ?", rows)
