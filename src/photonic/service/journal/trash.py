"""What must survive of deleting: which stills lie in the trash, where they came from, which are gone for good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from photonic.service.journal.database import JournalFile


_ROWS = "SELECT capture_id, parent, deleted_at, running_at FROM trash WHERE removed = 0"


@dataclass(frozen=True, slots=True)
class Discarded:
    """A still in the trash: its files as they lie there, and ``parent``, the folder that they came from; both below the
    photo root. ``deleted_at``: unix seconds, for people; ``age_seconds``: how long the service has run since."""

    capture_id: str
    parent: PurePosixPath
    deleted_at: int
    files: tuple[PurePosixPath, ...]
    digests: tuple[str, ...]
    age_seconds: int = 0


class TrashJournal:
    """The trash's part of the journal; every method raises ``StorageError`` when the disk fails."""

    def __init__(self, file: JournalFile) -> None:
        self._file = file

    async def discard(
        self, capture_id: str, parent: PurePosixPath, places: Sequence[PurePosixPath], deleted_at: int
    ) -> None:
        """Record that a still's files lie at ``places`` now, in the trash. Its copy on the camera's card stays."""

        def change(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT INTO trash (capture_id, parent, deleted_at, running_at) VALUES (?, ?, ?, ?)",
                (capture_id, str(parent), deleted_at, self._file.running.seconds),
            )
            _move(connection, capture_id, places)
            # The copy was to go because the photo is safe here; in the trash it is not.
            connection.execute(
                "DELETE FROM deletions WHERE EXISTS (SELECT 1 FROM objects WHERE capture_id = ? AND "
                "objects.serial = deletions.serial AND objects.folder = deletions.folder AND "
                "objects.name = deletions.name AND objects.taken_at IS deletions.taken_at)",
                (capture_id,),
            )

        await self._file.write(change)

    async def restore(self, capture_id: str, places: Sequence[PurePosixPath]) -> None:
        """Record that a still's files lie at ``places`` again."""

        def change(connection: sqlite3.Connection) -> None:
            _move(connection, capture_id, places)
            connection.execute("DELETE FROM trash WHERE capture_id = ?", (capture_id,))

        await self._file.write(change)

    async def keep_time(self) -> None:
        """Record how long the service has run: photos in the trash have grown older."""
        await self._file.keep_time()

    async def remove(self, capture_id: str) -> None:
        """Record that a still is gone for good; that it was taken stays on record, so that it never comes in anew."""

        def change(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM files WHERE capture_id = ?", (capture_id,))
            connection.execute("UPDATE trash SET removed = 1 WHERE capture_id = ?", (capture_id,))

        await self._file.write(change)

    async def discarded(self) -> tuple[Discarded, ...]:
        """The stills that lie in the trash, the one that was deleted first is first."""

        def read(connection: sqlite3.Connection) -> tuple[Discarded, ...]:
            rows = connection.execute(f"{_ROWS} ORDER BY running_at, rowid").fetchall()
            return tuple(self._discarded(connection, *row) for row in rows)

        return await self._file.read(read)

    async def of_id(self, capture_id: str) -> Discarded | None:
        """A still that lies in the trash; ``None`` when it does not."""

        def read(connection: sqlite3.Connection) -> Discarded | None:
            row = connection.execute(f"{_ROWS} AND capture_id = ?", (capture_id,)).fetchone()
            return None if row is None else self._discarded(connection, *row)

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


def deleted_at(connection: sqlite3.Connection, capture_id: str) -> datetime | None:
    """When a still was deleted; ``None`` when it was not."""
    row = connection.execute("SELECT deleted_at FROM trash WHERE capture_id = ?", (capture_id,)).fetchone()
    return None if row is None else datetime.fromtimestamp(row[0], UTC)


def _move(connection: sqlite3.Connection, capture_id: str, places: Sequence[PurePosixPath]) -> None:
    numbers = connection.execute("SELECT number FROM files WHERE capture_id = ? ORDER BY number", (capture_id,))
    rows = [(str(place), capture_id, number) for place, (number,) in zip(places, numbers.fetchall(), strict=True)]
    # As in the index of captures: a name that was freed by hand belongs to the file that has it now.
    connection.executemany("DELETE FROM files WHERE path = ? AND NOT (capture_id = ? AND number = ?)", rows)
    connection.executemany("UPDATE files SET path = ? WHERE capture_id = ? AND number = ?", rows)
