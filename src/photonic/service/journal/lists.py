"""The lists of the journal: stills and sessions page by page, counted without reading them, and looked up.

Every page begins after the last item of the one before (keyset), and every order and condition has an index. So a page
takes as long with a million photos as with a hundred, and items that are added or removed meanwhile move no others.
"""

from __future__ import annotations

from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING

from photonic.service.journal import reading, session_rows
from photonic.service.journal.session_rows import ALL_OWNERS, Place

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime

    from photonic.model.api import CaptureRecord
    from photonic.model.reach import Reach
    from photonic.service.journal.capture_rows import CaptureResult
    from photonic.service.journal.database import JournalFile
    from photonic.service.journal.session_rows import SessionRow

Position = tuple[int, int]
"""``ordinal`` and ``place`` of a capture."""
PIECE_STILLS = 25
"""Stills that are read in one piece, with their files."""
PIECE_SESSIONS = 50
"""Sessions that are read in one piece."""


class Shelf(Enum):
    """Where stills are: in the photo root or in the trash; the value is that of ``captures.listed``."""

    LISTED = 1
    TRASH = 2


class ListJournal:
    """Reads the lists of one camera; every method raises ``StorageError`` when the disk fails."""

    def __init__(self, file: JournalFile) -> None:
        self._file = file

    async def stills(
        self,
        reach: Reach,
        session_id: str | None,
        before: Place | None,
        limit: int,
        shelf: Shelf = Shelf.LISTED,
    ) -> list[CaptureResult]:
        """At most ``limit`` stills, newest first.

        Args:
            reach: only of these captures.
            session_id: of this session; ``None``: of all.
            before: only those that are before this place; ``None``: from the newest one on.
            limit: how many.
            shelf: where they are.
        """
        conditions, values = _conditions(reach, session_id)
        where = f"{conditions} AND listed = {shelf.value}"
        found: list[CaptureResult] = []
        while len(found) < limit:
            wanted = min(limit - len(found), PIECE_STILLS)
            piece = await self._file.read(
                lambda connection, before=before, wanted=wanted: self._stills(
                    connection, where, values, before=before, limit=wanted
                )
            )
            found += piece
            if len(piece) < wanted:
                break
            before = (piece[-1].place, piece[-1].record.id)
        return found

    async def oldest_first(self, reach: Reach, session_id: str) -> AsyncIterator[Sequence[CaptureResult]]:
        """Yield the stills of a session piece by piece, oldest first."""

        def piece(connection: sqlite3.Connection, after: int | None) -> Sequence[CaptureResult]:
            conditions, values = _conditions(reach, session_id)
            statement = f"{reading.CAPTURES} WHERE {conditions} AND listed = 1 AND place > ? ORDER BY place LIMIT ?"
            rows = connection.execute(statement, (*values, -1 if after is None else after, PIECE_STILLS)).fetchall()
            return self._results(rows)

        async for stills in self._file.pieces(piece, lambda still: still.place):
            yield stills

    async def still_count(self, reach: Reach, session_id: str) -> int:
        """How many stills a session has, of those within reach."""
        if reach.nothing or reach.session_id not in {None, session_id}:
            return 0
        if reach.capture_id is not None:
            return len(await self.stills(reach, session_id, None, 1))
        statement = "SELECT stills FROM sessions WHERE owner = ? AND session_id = ?"
        values = (reach.owner or ALL_OWNERS, session_id)
        return await self._file.read(lambda connection: _number(connection.execute(statement, values).fetchone()))

    async def deleted_count(self) -> int:
        """How many stills are in the trash."""
        return await self._count("deleted", ALL_OWNERS)

    async def sessions(self, owner: str | None, before: Place | None, limit: int) -> list[SessionRow]:
        """At most ``limit`` sessions, the one with the newest still first.

        ``owner``: sessions consist of the stills of this owner; ``None``: of all stills. ``before``: as in ``stills``.
        """
        found: list[SessionRow] = []
        while len(found) < limit:
            wanted = min(limit - len(found), PIECE_SESSIONS)
            piece = await self._file.read(
                lambda connection, before=before, wanted=wanted: session_rows.page(connection, owner, before, wanted)
            )
            found += piece
            if len(piece) < wanted:
                break
            before = piece[-1].place
        return found

    async def session(self, owner: str | None, session_id: str) -> SessionRow | None:
        """The session with this name; ``None``: it has no stills. ``owner``: as in ``sessions``."""
        return await self._file.read(lambda connection: session_rows.one(connection, owner, session_id))

    async def session_ids(self, owner: str | None, after: str, limit: int) -> list[str]:
        """At most ``limit`` names of sessions, in their own order, from after ``after`` on."""
        statement = "SELECT session_id FROM sessions WHERE owner = ? AND session_id > ? ORDER BY session_id LIMIT ?"
        values = (owner or ALL_OWNERS, after, limit)
        return await self._file.read(lambda connection: [row[0] for row in connection.execute(statement, values)])

    async def session_count(self, owner: str | None) -> int:
        """How many sessions there are; ``owner``: as in ``sessions``."""
        return await self._count("sessions", owner or ALL_OWNERS)

    async def captures(self, reach: Reach, before: Position | None, limit: int) -> list[CaptureResult]:
        """At most ``limit`` captures that have ended, newest first; ``before``: as in ``stills``."""
        found: list[CaptureResult] = []
        while len(found) < limit:
            wanted = min(limit - len(found), PIECE_STILLS)
            piece = await self._file.read(
                lambda connection, before=before, wanted=wanted: self._captures(connection, reach, before, wanted)
            )
            found += piece
            if len(piece) < wanted:
                break
            before = (piece[-1].ordinal, piece[-1].place)
        return found

    async def taken_near(self, taken_at: datetime, searched: int) -> list[CaptureResult]:
        """The captures with a file whose Exif time is within a second of ``taken_at``, newest first.

        ``taken_at`` is on the camera's clock: offsets from UTC do not count. Of the newest ``searched`` captures.
        """
        seconds = [f"{taken_at + timedelta(seconds=one):%Y-%m-%dT%H:%M:%S}" for one in (-1, 0, 1)]
        statement = (
            f"{reading.CAPTURES} WHERE ordinal IN (SELECT ordinal FROM (SELECT ordinal, id FROM captures "  # noqa: S608 - our own words
            "ORDER BY ordinal DESC LIMIT ?) AS searched CROSS JOIN files ON capture_id = searched.id "
            "WHERE substr(json_extract(exif, '$.taken_at'), 1, 19) IN (?, ?, ?)) "
            f"AND {reading.ENDED} ORDER BY ordinal DESC"
        )

        def read(connection: sqlite3.Connection) -> list[CaptureResult]:
            return self._results(connection.execute(statement, (searched, *seconds)).fetchall())

        return await self._file.read(read)

    async def position(self, reach: Reach, capture_id: str) -> Position | None:
        """Where a capture is, ended or not; ``None``: there is none within reach."""
        conditions, values = _conditions(reach, None)
        statement = f"SELECT ordinal, place FROM captures WHERE id = ? AND {conditions}"  # noqa: S608 - our own words
        return await self._file.read(lambda connection: connection.execute(statement, (capture_id, *values)).fetchone())

    async def last_saved_at(self) -> datetime | None:
        """When the newest saved capture was taken; ``None``: there is none."""
        statement = f"{reading.CAPTURES} WHERE phase = 'saved' ORDER BY ordinal DESC LIMIT 1"

        def read(connection: sqlite3.Connection) -> datetime | None:
            row = connection.execute(statement).fetchone()
            return None if row is None else taken_at(reading.record(row[0], row[1]))

        return await self._file.read(read)

    async def saved_count(self) -> int:
        """The number of saved captures, deleted ones included."""
        return await self._count("saved", ALL_OWNERS)

    async def _count(self, what: str, owner: str) -> int:
        statement = "SELECT value FROM counts WHERE what = ? AND owner = ?"
        return await self._file.read(
            lambda connection: _number(connection.execute(statement, (what, owner)).fetchone())
        )

    def _stills(
        self, connection: sqlite3.Connection, where: str, values: Sequence[str], *, before: Place | None, limit: int
    ) -> list[CaptureResult]:
        rest, place = _rest(("place", "id"), before)
        statement = f"{reading.CAPTURES} WHERE {where} AND {rest} ORDER BY place DESC LIMIT ?"
        return self._results(connection.execute(statement, (*values, *place, limit)).fetchall())

    def _captures(
        self, connection: sqlite3.Connection, reach: Reach, before: Position | None, limit: int
    ) -> list[CaptureResult]:
        conditions, values = _conditions(reach, None)
        # Places of one camera are in the order of the ordinals. An index by place exists only for each owner.
        key = "ordinal" if reach.owner is None else "place"
        rest, last = ("1", ()) if before is None else (f"{key} < ?", (before[key == "place"],))
        statement = f"{reading.CAPTURES} WHERE {conditions} AND {rest} AND {reading.ENDED} ORDER BY {key} DESC LIMIT ?"
        return self._results(connection.execute(statement, (*values, *last, limit)).fetchall())

    def _results(self, rows: Sequence[reading.Row]) -> list[CaptureResult]:
        return [reading.result(row, self._file.running.seconds) for row in rows]


def taken_at(record: CaptureRecord) -> datetime:
    """When a still was taken, as far as that is known."""
    return record.metadata.timestamp if record.metadata is not None else record.created_at


def _conditions(reach: Reach, session_id: str | None) -> tuple[str, tuple[str, ...]]:
    """What a capture must fulfil, and the values for the question marks."""
    if reach.nothing:
        return "0", ()
    found = [*reach.conditions(), *([] if session_id is None else [("session_id", session_id)])]
    return " AND ".join(f"{name} = ?" for name, _value in found) or "1", tuple(value for _name, value in found)


def _rest(keys: tuple[str, str], before: Place | None) -> tuple[str, tuple[int | str, ...]]:
    """The condition for what is before a place, and its values."""
    return ("1", ()) if before is None else (f"({keys[0]}, {keys[1]}) < (?, ?)", before)


def _number(row: tuple[int] | None) -> int:
    return 0 if row is None else int(row[0])
