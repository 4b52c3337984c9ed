"""The outbox in the journal: notifications that have not been delivered yet.

A row is written in the transaction that records the photo and deleted after its delivery. So each notification is
delivered at least once, even after a crash.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.model.hook import PhotoEvent
from photonic.service.journal.database import PIECE_ROWS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Sequence

    from photonic.service.journal.database import JournalFile


COUNTED = 10_000
"""More pending deliveries than these are not counted."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notification that ``target`` has not received yet.

    ``first_file``: number of the still's first new file. ``since``: the running time of the service, in seconds, when
    the photo was recorded.
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
        """At most ``limit`` deliveries to ``target``, oldest first, except the numbers in ``without``."""
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
        """The number of pending deliveries to ``target``, up to ``COUNTED``."""
        statement = "SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE target = ? LIMIT ?)"
        values = (target, COUNTED)
        return await self._file.read(lambda connection: int(connection.execute(statement, values).fetchone()[0]))

    @property
    def running_seconds(self) -> int:
        """The total running time of the service."""
        return self._file.running.seconds

    async def done(self, number: int) -> None:
        """Remove a delivery: it succeeded, or was given up."""
        await self._file.write(
            lambda connection: connection.execute("DELETE FROM deliveries WHERE number = ?", (number,))
        )

    async def forget_others(self, targets: Collection[str]) -> int:
        """Delete the deliveries to all other targets: they are no longer configured. Returns how many."""
        marks = ", ".join("?" * len(targets))
        others = f"SELECT number FROM deliveries WHERE target NOT IN ({marks}) LIMIT ?"  # noqa: S608 - question marks
        values, forgotten = (*targets, PIECE_ROWS), 0
        while count := await self._file.write(
            lambda connection: (
                connection.execute(
                    f"DELETE FROM deliveries WHERE number IN ({others})",  # noqa: S608 - question marks
                    values,
                ).rowcount
            )
        ):
            forgotten += count
        return forgotten


def put(
    connection: sqlite3.Connection,
    targets: Sequence[str],
    event: PhotoEvent,
    capture_id: str,
    *,
    first_file: int,
    since: int,
) -> None:
    """Queue a notification for every target, within the transaction that records the photo.

    ``first_file`` and ``since``: as in ``Delivery``.
    """
    connection.executemany(
        "INSERT INTO deliveries (target, event, capture_id, first_file, since) VALUES (?, ?, ?, ?, ?)",
        [(target, event.value, capture_id, first_file, since) for target in targets],
    )
