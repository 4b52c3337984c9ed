"""The captures in the journal: how each started, which files were staged for it, and how it ended."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from photonic.model.capture_options import ArrivedPhoto
from photonic.model.hook import PhotoEvent
from photonic.model.status import CapturePhase
from photonic.service.journal import cards, deliveries, expected_rows, reading, second_copies, sequences, staged_rows
from photonic.service.journal.capture_rows import CaptureStarted, CommitEffects
from photonic.service.journal.database import JournalFile
from photonic.service.journal.paths import before_trash, recorded
from photonic.service.journal.turns import Urgency

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from photonic.machine.timekeeping import Timekeeping
    from photonic.model.api import CaptureRecord
    from photonic.model.exif import ExifFacts
    from photonic.service.journal.capture_rows import CaptureResult, StagedRow
    from photonic.service.journal.paths import NameBeforeTrash
    from photonic.service.photo.staged import StagedFile, StoredFile

NONE = CommitEffects()


class CaptureJournal(JournalFile):
    """The durable record of captures; every method raises ``StorageError`` when the disk fails.

    Args:
        path: of the database.
        targets: where a notification of each photo is delivered.
        copies: whether each file gets a copy on a second disk.
        time: see ``JournalFile``.
    """

    def __init__(self, path: Path, targets: Sequence[str] = (), *, copies: bool = False, time: Timekeeping) -> None:
        super().__init__(path, time=time)
        self._targets = targets
        self._copies = copies

    async def intend(self, started: CaptureStarted) -> int:
        """Record a capture before its shutter fires. Returns its position in the order of acceptance."""
        return await self.write(lambda connection: self._insert(connection, started), Urgency.CAPTURE)

    async def name_camera(self, capture_id: str, serial: str) -> None:
        """Record the camera of a capture, if it was accepted before that was known."""
        statement = "UPDATE captures SET serial = ? WHERE id = ? AND serial IS NULL"
        await self.write(lambda connection: connection.execute(statement, (serial, capture_id)), Urgency.CAPTURE)

    async def stage(self, capture_id: str, files: Sequence[StagedFile]) -> None:
        """Record the files that the camera process has staged: sizes, hashes, and identities on the camera."""
        await self.write(lambda connection: staged_rows.put(connection, capture_id, files), Urgency.CAPTURE)

    async def end(self, result: CaptureResult, effects: CommitEffects = NONE) -> None:
        """Record how a capture ended. When this returns, the result survives a power cut."""
        await self.write(lambda connection: self._end(connection, result, effects), Urgency.CAPTURE)

    def dated(self, effects: CommitEffects) -> CommitEffects:
        """Return the effects of an end with the present as its time, for the case that it is recorded later."""
        return replace(effects, failed_at=int(self.time.unix_seconds()), failed_running_at=self.running.seconds)

    async def add(self, result: CaptureResult, effects: CommitEffects = NONE) -> CaptureResult:
        """Record an unrequested photo, start and end in one transaction. Returns it with its ordinal."""

        def insert(connection: sqlite3.Connection) -> CaptureResult:
            stem = PurePosixPath(result.files[0].path.stem)
            ordinal = self._insert(connection, CaptureStarted(result.record, result.directory, stem, effects.serial))
            self._end(connection, result, effects)
            return replace(result, ordinal=ordinal)

        return await self.write(insert)

    async def adopt(self, result: CaptureResult) -> None:
        """Record a photo that was found in the photo root. Nobody is notified of it."""

        def insert(connection: sqlite3.Connection) -> None:
            stem = PurePosixPath(result.files[0].path.stem)
            self._insert(connection, CaptureStarted(result.record, result.directory, stem))
            _end(connection, result, self.dated(NONE))

        await self.write(insert)

    async def extend(self, result: CaptureResult, late: Sequence[StoredFile], effects: CommitEffects) -> None:
        """Record files that arrived ``late``, after their still had ended; ``result`` already includes them."""
        first = len(result.files) - len(late) + 1

        def update(connection: sqlite3.Connection) -> None:
            _insert_files(connection, result.record.id, late, first)
            cards.record_imported(connection, result.record.id, late, effects.card_scan, delete=effects.delete)
            if self._copies:
                second_copies.put(connection, result.record.id, late, first, effects.copies)
            _update(connection, result.record)
            self._tell(connection, PhotoEvent.EXTENDED, result.record.id, first)

        await self.write(update)

    async def unfinished(self) -> list[tuple[CaptureStarted, list[StagedRow]]]:
        """Captures that were interrupted by the end of the service, oldest first, with their staged files."""

        def read(connection: sqlite3.Connection) -> list[tuple[CaptureStarted, list[StagedRow]]]:
            columns = "SELECT record, owner, directory, stem, serial, machine_boot, running_at FROM captures"
            rows = connection.execute(f"{columns} WHERE {reading.UNFINISHED} ORDER BY ordinal").fetchall()
            unfinished = [
                CaptureStarted(
                    record := reading.record(text, owner),
                    PurePosixPath(below),
                    PurePosixPath(stem),
                    serial,
                    machine_boot=boot,
                    lived_until=None if ran is None else record.created_at.timestamp() + self.running.before - ran,
                )
                for text, owner, below, stem, serial, boot, ran in rows
            ]
            return [(started, staged_rows.of(connection, started.record.id)) for started in unfinished]

        return await self.read(read)

    async def boot_of(self, capture_id: str | None) -> str | None:
        """The boot of the machine in which a capture was recorded; ``None``: unknown.

        If the capture is not on record: that of the newest one.
        """

        def read(connection: sqlite3.Connection) -> str | None:
            own = "SELECT machine_boot FROM captures WHERE id = ?"
            newest = "SELECT machine_boot FROM captures ORDER BY ordinal DESC LIMIT 1"
            row = connection.execute(own, (capture_id,)).fetchone() or connection.execute(newest).fetchone()
            return None if row is None else row[0]

        return await self.read(read)

    async def staged(self, capture_id: str) -> list[StagedRow]:
        """The staged files on record for a capture that is not saved."""
        return await self.read(lambda connection: staged_rows.of(connection, capture_id))

    async def of_id(self, capture_id: str) -> CaptureResult | None:
        """The capture with this id; ``None`` if it is unknown or has not ended."""
        return await self._one("id = ?", capture_id)

    async def of_key(self, idempotency_key: str, owner: str | None) -> CaptureResult | None:
        """The capture that ``owner`` requested with this key; ``None`` if it is unknown or has not ended."""
        condition = "idempotency_key = ? AND ifnull(owner, '') = ifnull(?, '')"
        return await self._one(condition, idempotency_key, owner, urgency=Urgency.CAPTURE)

    async def holds(self, sha256: str) -> bool:
        """Whether a photo with this content is recorded."""
        statement = "SELECT EXISTS (SELECT * FROM files WHERE sha256 = ?)"
        return await self.read(lambda connection: bool(connection.execute(statement, (sha256,)).fetchone()[0]))

    async def recorded(self, paths: Collection[PurePosixPath]) -> frozenset[PurePosixPath]:
        """Those of the paths (below the photo root) that are recorded as photos.

        The answer is final: it is given by ``write``, so a transaction that failed before does not come back.
        """
        return await self.write(lambda connection: recorded(connection, paths))

    async def before_trash(self, sha256: str) -> list[NameBeforeTrash]:
        """Which names the files in the trash with this content had before."""
        return await self.read(lambda connection: before_trash(connection, sha256))

    async def newest_arrived(self, serial: str) -> ArrivedPhoto | None:
        """The photo that shows best how far this camera's clock is ahead; ``None``: there is none whose time is known.

        Its age does not count the time in which the service did not run: it is a lower bound.
        """

        def read(connection: sqlite3.Connection) -> ArrivedPhoto | None:
            found = cards.newest_arrived(connection, serial)
            if found is None:
                return None
            taken_at, arrived_at = found
            # Both running times are in whole seconds.
            return ArrivedPhoto(taken_at, max(0.0, self.running.seconds - arrived_at - 1.0))

        return await self.read(read, Urgency.CAPTURE)

    async def last_number(self, session_id: str) -> int:
        """The highest sequence number of a session's captures; 0 without captures."""
        statement = "SELECT max(sequence_number) FROM captures WHERE session_id = ?"
        return await self.read(lambda connection: connection.execute(statement, (session_id,)).fetchone()[0] or 0)

    def _end(self, connection: sqlite3.Connection, result: CaptureResult, effects: CommitEffects) -> None:
        _end(connection, result, effects if effects.failed_at is not None else self.dated(effects))
        if result.files:
            if self._copies:
                second_copies.put(connection, result.record.id, result.files, 1, effects.copies)
            self._tell(connection, PhotoEvent.SAVED, result.record.id, 1)

    def _tell(self, connection: sqlite3.Connection, event: PhotoEvent, capture_id: str, first_file: int) -> None:
        since = self.running.seconds
        deliveries.put(connection, self._targets, event, capture_id, first_file=first_file, since=since)

    async def _one(
        self, condition: str, *values: str | None, urgency: Urgency = Urgency.NORMAL
    ) -> CaptureResult | None:
        def read(connection: sqlite3.Connection) -> CaptureResult | None:
            row = connection.execute(f"{reading.CAPTURES} WHERE {condition} AND {reading.ENDED}", values).fetchone()
            return None if row is None else reading.result(row, self.running.seconds)

        return await self.read(read, urgency)

    def _insert(self, connection: sqlite3.Connection, started: CaptureStarted) -> int:
        record = started.record
        values = (
            record.id,
            record.owner,
            record.idempotency_key,
            record.phase.value,
            str(started.directory),
            str(started.stem),
            _text(record),
            started.serial,
            self.running.seconds,
            self.time.machine_boot or None,
        )
        columns = "id, owner, idempotency_key, phase, directory, stem, record, serial, running_at, machine_boot"
        statement = f"INSERT INTO captures ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING ordinal"  # noqa: S608 - our own names
        (ordinal,) = connection.execute(statement, values).fetchone()
        if started.frame is not None:
            sequences.begin_frame(connection, started.frame, record.id)
        return int(ordinal)


def _end(connection: sqlite3.Connection, result: CaptureResult, effects: CommitEffects) -> None:
    record = result.record
    _insert_files(connection, record.id, result.files, 1)
    cards.record_imported(connection, record.id, result.files, effects.card_scan, delete=effects.delete)
    if record.phase is CapturePhase.SAVED:
        staged_rows.drop(connection, record.id)
    if effects.expects_photo:
        expected_rows.expect(connection, record.id, effects)
    if effects.resolves is not None:
        _update(connection, effects.resolves)
        connection.execute("DELETE FROM owed WHERE capture_id = ?", (effects.resolves.id,))
        connection.execute("UPDATE captures SET resolved_by = ? WHERE id = ?", (record.id, effects.resolves.id))
    if effects.noted is not None:
        _update(connection, effects.noted)
    _update(connection, record)


def _update(connection: sqlite3.Connection, record: CaptureRecord) -> None:
    connection.execute(
        "UPDATE captures SET phase = ?, record = ? WHERE id = ?", (record.phase.value, _text(record), record.id)
    )


def _insert_files(connection: sqlite3.Connection, capture_id: str, files: Sequence[StoredFile], first: int) -> None:
    rows = [
        (capture_id, number, str(file.path), file.size_bytes, file.sha256, file.media_type, _exif_text(file.exif))
        for number, file in enumerate(files, first)
    ]
    # If a user deletes a file, another photo can get its name; the row belongs to that photo then.
    connection.executemany("DELETE FROM files WHERE path = ?", [(row[2],) for row in rows])
    columns = "capture_id, number, path, size_bytes, sha256, media_type, exif"
    connection.executemany(f"INSERT INTO files ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", rows)  # noqa: S608 - our own names


def _text(record: CaptureRecord) -> str:
    return record.model_dump_json(exclude={"files", "deleted_at"})


def _exif_text(exif: ExifFacts | None) -> str | None:
    return None if exif is None else exif.model_dump_json(exclude_none=True)
