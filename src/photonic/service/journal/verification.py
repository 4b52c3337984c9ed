"""What the checks of stored files read from the journal, and what they leave there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from photonic.service.journal.database import PIECE_ROWS
from photonic.service.journal.paths import recorded
from photonic.service.journal.turns import Urgency
from photonic.worker.link.card_messages import CardObject

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Sequence

    from photonic.service.journal.database import JournalFile

LAST, CLEAN, ENDED, PASS = "last", "clean", "ended", "pass"
"""The names under which the last report is kept, when a check last ended clean, the running time at the end of the last
one, and how far the check in idle time is."""
_FILES = (
    "SELECT files.rowid, files.capture_id, files.number, files.path, size_bytes, files.sha256, copies.path FROM files "
    "LEFT JOIN second_copies AS copies ON copies.capture_id = files.capture_id AND copies.file = files.number "
    "AND state = 'made'"
)


@dataclass(frozen=True, slots=True)
class RecordedFile:
    """A file on record.

    Args:
        row: orders the files; never changes.
        capture_id: of its still.
        number: its number in the still.
        path: below the photo root.
        size_bytes: as stored.
        sha256: of what the camera sent.
        second: its copy below the second folder; ``None``: there is none.
    """

    row: int
    capture_id: str
    number: int
    path: PurePosixPath
    size_bytes: int
    sha256: str
    second: PurePosixPath | None


class VerificationJournal:
    """The checks' part of the journal; every method raises ``StorageError`` when the disk fails."""

    def __init__(self, file: JournalFile) -> None:
        self._file = file

    async def files_after(self, row: int) -> list[RecordedFile]:
        """The next files on record, in their order; at most ``PIECE_ROWS``."""
        return await self._files("files.rowid > ? ORDER BY files.rowid LIMIT ?", row, PIECE_ROWS)

    async def file(self, capture_id: str, number: int) -> RecordedFile | None:
        """The file as it is on record now; ``None``: it is not any more."""
        return next(iter(await self._files("files.capture_id = ? AND files.number = ?", capture_id, number)), None)

    async def moved_from(self, file: RecordedFile) -> PurePosixPath | None:
        """Where a photo in the trash was before; ``None``: it is not there, or another photo has that name now."""

        def read(connection: sqlite3.Connection) -> PurePosixPath | None:
            statement = "SELECT parent FROM trash WHERE capture_id = ? AND removed = 0"
            row = connection.execute(statement, (file.capture_id,)).fetchone()
            before = None if row is None else PurePosixPath(row[0], file.path.name)
            return None if before is None or recorded(connection, [before]) else before

        return await self._file.read(read, Urgency.IDLE)

    async def with_content(self, sha256: str) -> list[RecordedFile]:
        """The files on record with this content."""
        return await self._files("files.sha256 = ? LIMIT ?", sha256, PIECE_ROWS)

    async def count(self) -> int:
        """About how many files are on record."""
        statement = "SELECT coalesce(max(rowid), 0) FROM files"
        return await self._file.read(lambda connection: int(connection.execute(statement).fetchone()[0]), Urgency.IDLE)

    async def recorded(self, paths: Collection[PurePosixPath]) -> frozenset[PurePosixPath]:
        """Those of the paths that are on record."""
        return await self._file.read(lambda connection: recorded(connection, paths), Urgency.IDLE)

    async def on_card(self, file: RecordedFile) -> tuple[str, CardObject] | None:
        """The camera's serial number and the copy that was on its card; ``None``: there never was one.

        One whose deletion was recorded may still be there: the deletion may have been given up.
        """
        statement = (
            "SELECT serial, folder, name, size_bytes, taken_at FROM objects WHERE capture_id = ? AND sha256 = ? "
            "AND serial IS NOT NULL AND folder IS NOT NULL ORDER BY removed, rowid DESC LIMIT 1"
        )
        values = (file.capture_id, file.sha256)
        row = await self._file.read(lambda connection: connection.execute(statement, values).fetchone(), Urgency.IDLE)
        if row is None:
            return None
        serial, folder, name, size_bytes, taken_at = row
        return serial, CardObject(folder=folder, name=name, size_bytes=size_bytes, taken_at=taken_at)

    async def copy_again(self, file: RecordedFile) -> None:
        """Have the second copy of a file made again: the one there is missing or damaged."""
        statement = (
            "UPDATE second_copies SET path = NULL, state = 'waiting' WHERE capture_id = ? AND file = ? "
            "AND state = 'made'"
        )
        values = (file.capture_id, file.number)
        await self._file.write(lambda connection: connection.execute(statement, values), Urgency.IDLE)

    async def unread(self) -> list[RecordedFile]:
        """The files that have to be read after an unclean stop of the machine; at most ``PIECE_ROWS``."""
        noted = "SELECT files.rowid FROM checks CROSS JOIN files USING (capture_id, number) LIMIT ?"
        return await self._files(f"files.rowid IN ({noted})", PIECE_ROWS)

    async def unread_count(self) -> int:
        """How many files have to be read."""
        statement = "SELECT count(*) FROM checks"
        return await self._file.read(lambda connection: int(connection.execute(statement).fetchone()[0]))

    async def read(self, files: Sequence[RecordedFile]) -> None:
        """Record that these files have been read."""
        rows = [(file.capture_id, file.number) for file in files]
        statement = "DELETE FROM checks WHERE capture_id = ? AND number = ?"
        await self._file.write(lambda connection: connection.executemany(statement, rows))

    async def forget_removed(self) -> None:
        """Forget files that have to be read and are not on record any more."""
        statement = (
            "DELETE FROM checks WHERE NOT EXISTS (SELECT * FROM files WHERE checks.capture_id = files.capture_id "
            "AND checks.number = files.number)"
        )
        await self._file.write(lambda connection: connection.execute(statement))

    async def load(self, name: str) -> str | None:
        """What was kept under this name."""
        statement = "SELECT report FROM verification WHERE name = ?"
        row = await self._file.read(lambda connection: connection.execute(statement, (name,)).fetchone())
        return None if row is None else str(row[0])

    async def keep(self, name: str, text: str | None) -> None:
        """Keep a text under a name; ``None``: forget it."""

        def change(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM verification WHERE name = ?", (name,))
            if text is not None:
                connection.execute("INSERT INTO verification VALUES (?, ?)", (name, text))

        await self._file.write(change, Urgency.IDLE)

    @property
    def running_seconds(self) -> int:
        """The total running time of the service."""
        return self._file.running.seconds

    async def _files(self, condition: str, *values: object) -> list[RecordedFile]:
        def read(connection: sqlite3.Connection) -> list[RecordedFile]:
            rows = connection.execute(f"{_FILES} WHERE {condition}", values)
            return [
                RecordedFile(
                    row, capture_id, number, PurePosixPath(path), size, sha256, second and PurePosixPath(second)
                )
                for row, capture_id, number, path, size, sha256, second in rows
            ]

        return await self._file.read(read, Urgency.IDLE)
