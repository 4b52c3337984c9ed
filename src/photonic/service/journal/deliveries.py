"""What must survive of telling others: which photo was not told of yet, and to whom.

A row is written with the photo's own record, in one transaction, and goes when it was told. So each photo is told of at
least once, whatever is killed on the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.model.hook import PhotoEvent

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Sequence

    from photonic.service.journal.database import JournalFile


@dataclass(frozen=True, slots=True)
class Delivery:
    """A photo that ``target`` has not been told of; ``first_file``: of the still's files, the first that is new.

    ``since``: when the photo came in, in seconds that the service has run.
    """

    number: int
    target: str
    event: PhotoEvent
    capture_id: str
    first_file: int
    since: int


class OutboxJournal:
    """The outbox's part of the journal; every method raises ``StorageError`` when the disk fails."""

    def __init__(self, file: JournalFile) -> None:
        self._file = file

    async def waiting(self, target: str, limit: int, without: Collection[int]) -> list[Delivery]:
        """The oldest deliveries to ``target``, but for those whose numbers are in ``without``."""
        statement = (
            "SELECT number, target, event, capture_id, first_file, since FROM deliveries "
            "WHERE target = ? ORDER BY number LIMIT ?"
        )

        def read(connection: sqlite3.Connection) -> list[Delivery]:
            rows = connection.execute(statement, (target, limit + len(without))).fetchall()
            found = [Delivery(number, to, PhotoEvent(event), *rest) for number, to, event, *rest in rows]
            return [delivery for delivery in found if delivery.number not in without][:limit]

        return await self._file.read(read)

    async def count(self, target: str) -> int:
        """How many deliveries to ``target`` there are."""
        statement = "SELECT count(*) FROM deliveries WHERE target = ?"
        return await self._file.read(lambda connection: int(connection.execute(statement, (target,)).fetchone()[0]))

    @property
    def running_seconds(self) -> int:
        """How long the service has run in all."""
        return self._file.running.seconds

    async def done(self, number: int) -> None:
        """A photo was told of, or never will be."""
        await self._file.write(
            lambda connection: connection.execute("DELETE FROM deliveries WHERE number = ?", (number,))
        )

    async def forget_others(self, targets: Collection[str]) -> int:
        """Drop what is for targets that there are no more; how much that was."""
        marks = ", ".join("?" * len(targets))
        statement = f"DELETE FROM deliveries WHERE target NOT IN ({marks})"  # noqa: S608 - question marks
        return await self._file.write(lambda connection: connection.execute(statement, tuple(targets)).rowcount)


def put(
    connection: sqlite3.Connection,
    targets: Sequence[str],
    event: PhotoEvent,
    capture_id: str,
    *,
    first_file: int,
    since: int,
) -> None:
    """Have every target told of a photo, in the transaction that records it; ``since``: as in ``Delivery``."""
    connection.executemany(
        "INSERT INTO deliveries (target, event, capture_id, first_file, since) VALUES (?, ?, ?, ?, ?)",
        [(target, event.value, capture_id, first_file, since) for target in targets],
    )
