"""The sequences in the journal: each request, the frames that were begun or missed, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.machine.timekeeping import Anchor
from photonic.model.capture_options import PLAIN, CaptureOptions
from photonic.model.sequence import SequenceGap, SequenceKind, SequenceRecord, SequenceRequest
from photonic.model.status import CapturePhase, SequencePhase

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from photonic.service.journal.database import JournalFile

_FRAME = "INTO sequence_frames VALUES (?, ?, ?, ?, ?, ?)"
_ENDED = {SequencePhase.DONE, SequencePhase.CANCELLED, SequencePhase.FAILED}
_UNFINISHED = tuple(phase.value for phase in SequencePhase if phase not in _ENDED)


@dataclass(frozen=True, slots=True)
class FrameBegun:
    """Frame ``number`` (from 1) of a sequence, begun ``late_us`` after it was due; ``options``: how it is taken."""

    sequence_id: str
    kind: SequenceKind
    number: int
    late_us: int
    options: CaptureOptions = PLAIN


@dataclass(frozen=True, slots=True)
class FrameRow:
    """A frame on record: its capture, or the ``error`` if its capture was not accepted."""

    number: int
    late_us: int
    capture_id: str | None = None
    error: str | None = None
    error_type: str | None = None


@dataclass(frozen=True, slots=True)
class SequenceRow:
    """A sequence on record."""

    record: SequenceRecord
    request: SequenceRequest
    anchor: Anchor


@dataclass(frozen=True, slots=True)
class FrameCount:
    """The frames of a sequence by result; the next frame is ``first`` (counted from 0)."""

    first: int = 0
    saved: int = 0
    failed: int = 0
    missed: int = 0


class SequenceJournal:
    """The durable record of sequences; every method raises ``StorageError`` when the disk fails."""

    def __init__(self, journal: JournalFile) -> None:
        self._journal = journal

    async def begin(self, row: SequenceRow) -> None:
        """Record a sequence before its first frame."""
        record = row.record
        values = (
            record.id,
            record.owner,
            record.idempotency_key,
            record.phase.value,
            row.request.model_dump_json(),
            record.model_dump_json(),
            row.anchor.start_us,
            row.anchor.machine_boot,
        )
        statement = (
            "INSERT INTO sequences (id, owner, idempotency_key, phase, request, record, start_us, machine_boot) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        )
        await self._journal.write(lambda connection: connection.execute(statement, values))

    async def note(self, sequence_id: str, news: Sequence[FrameRow | SequenceGap]) -> None:
        """Record frames that were not accepted, and gaps; existing rows are kept."""

        def insert(connection: sqlite3.Connection) -> None:
            for one in news:
                if isinstance(one, FrameRow):
                    connection.execute(f"INSERT OR IGNORE {_FRAME}", _values(sequence_id, one))
                else:
                    statement = "INSERT OR IGNORE INTO sequence_gaps VALUES (?, ?, ?, ?)"
                    connection.execute(statement, (sequence_id, one.first, one.last, one.reason))

        await self._journal.write(insert)

    async def update(self, record: SequenceRecord) -> None:
        """Record the progress of a sequence, or how it ended."""
        values = (record.phase.value, record.model_dump_json(), record.id)
        statement = "UPDATE sequences SET phase = ?, record = ? WHERE id = ?"
        await self._journal.write(lambda connection: connection.execute(statement, values))

    async def unfinished(self) -> list[SequenceRow]:
        """Sequences that were interrupted by the end of the service, oldest first."""
        return await self._rows(f"phase IN ({_places(_UNFINISHED)}) ORDER BY ordinal", *_UNFINISHED)

    async def of_id(self, sequence_id: str) -> SequenceRow | None:
        """The sequence with this id; ``None`` if it is unknown."""
        return next(iter(await self._rows("id = ?", sequence_id)), None)

    async def of_key(self, idempotency_key: str, owners: Sequence[str | None]) -> SequenceRow | None:
        """The sequence that the first possible of these owners requested with this key; ``None`` if there is none."""
        for owner in owners:
            if rows := await self._rows("idempotency_key = ? AND owner IS ?", idempotency_key, owner):
                return rows[0]
        return None

    async def page(self, cursor: str | None, limit: int, owner: str | None) -> list[SequenceRow]:
        """At most ``limit`` sequences, newest first, from after ``cursor`` (an id, ``None``: the newest).

        ``owner``: only the sequences of this owner; ``None``: those of all.
        """
        conditions: list[str] = []
        values: list[str | int] = []
        if owner is not None:
            conditions.append("owner = ?")
            values.append(owner)
        if cursor is not None:
            conditions.append("ordinal < (SELECT ordinal FROM sequences WHERE id = ?)")
            values.append(cursor)
        condition = " AND ".join(conditions) or "1"
        return await self._rows(f"{condition} ORDER BY ordinal DESC LIMIT ?", *values, limit)

    async def frame_count(self, sequence_id: str) -> FrameCount:
        """The frames so far, by result; no capture may be running."""

        def read(connection: sqlite3.Connection) -> FrameCount:
            taken = (
                "SELECT coalesce(max(f.number), 0), count(*), count(CASE WHEN c.phase = ? THEN 1 END) "
                "FROM sequence_frames f LEFT JOIN captures c ON c.id = f.capture_id WHERE f.sequence_id = ?"
            )
            last, frames, saved = connection.execute(taken, (CapturePhase.SAVED.value, sequence_id)).fetchone()
            gaps = (
                "SELECT coalesce(max(last), 0), coalesce(sum(last - first + 1), 0) "
                "FROM sequence_gaps WHERE sequence_id = ?"
            )
            last_missed, missed = connection.execute(gaps, (sequence_id,)).fetchone()
            return FrameCount(max(last, last_missed), saved, frames - saved, missed)

        return await self._journal.read(read)

    async def frames(self, sequence_id: str, first: int, last: int) -> tuple[list[FrameRow], list[SequenceGap]]:
        """The rows of frames ``first`` to ``last``, and the gaps within that range."""

        def read(connection: sqlite3.Connection) -> tuple[list[FrameRow], list[SequenceGap]]:
            begun = (
                "SELECT number, late_us, capture_id, error, error_type FROM sequence_frames "
                "WHERE sequence_id = ? AND number BETWEEN ? AND ? ORDER BY number"
            )
            missed = (
                "SELECT max(first, ?), min(last, ?), reason FROM sequence_gaps "
                "WHERE sequence_id = ? AND last >= ? AND first <= ? ORDER BY first"
            )
            return (
                [FrameRow(*row) for row in connection.execute(begun, (sequence_id, first, last))],
                [
                    SequenceGap(first=begin, last=end, reason=reason)
                    for begin, end, reason in connection.execute(missed, (first, last, sequence_id, first, last))
                ],
            )

        return await self._journal.read(read)

    async def _rows(self, condition: str, *values: object) -> list[SequenceRow]:
        def read(connection: sqlite3.Connection) -> list[SequenceRow]:
            statement = f"SELECT record, owner, request, start_us, machine_boot FROM sequences WHERE {condition}"  # noqa: S608 - our own words
            return [
                SequenceRow(
                    SequenceRecord.model_validate_json(record).model_copy(update={"owner": owner}),
                    SequenceRequest.model_validate_json(request),
                    Anchor(start_us, machine_boot),
                )
                for record, owner, request, start_us, machine_boot in connection.execute(statement, values)
            ]

        return await self._journal.read(read)


def begin_frame(connection: sqlite3.Connection, frame: FrameBegun, capture_id: str) -> None:
    """Record a frame in the transaction that records its capture, so that a crash never makes it begin twice."""
    row = FrameRow(frame.number, frame.late_us, capture_id)
    connection.execute(f"INSERT {_FRAME}", _values(frame.sequence_id, row))


def _values(sequence_id: str, row: FrameRow) -> tuple[str | int | None, ...]:
    return (sequence_id, row.number, row.capture_id, row.late_us, row.error, row.error_type)


def _places(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))
