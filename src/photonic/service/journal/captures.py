"""What must survive a crash of the service: each capture's intent, what was staged for it, and how it ended."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from photonic.model.api import CaptureRecord
from photonic.model.exif import ExifFacts
from photonic.model.hook import PhotoEvent
from photonic.model.status import CapturePhase
from photonic.service.journal import cards, deliveries, sequences, trash
from photonic.service.journal.database import JournalFile
from photonic.service.photo.identity import PhotoIdentity
from photonic.service.photo.staged import StoredFile

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from photonic.service.journal.sequences import FrameBegun
    from photonic.service.photo.staged import StagedFile

_ENDED = (CapturePhase.SAVED.value, CapturePhase.FAILED.value)
_CAPTURES = "SELECT record, directory, ordinal, running_at FROM captures"


@dataclass(frozen=True, slots=True)
class CaptureStarted:
    """A capture that has begun: its record so far, the directory below the photo root that it is for, the place of its
    files below that, without extension (what made it may be set otherwise at the next start), its camera's serial
    number (``None``: not known then), and the frame of a sequence that it is, if it is one."""

    record: CaptureRecord
    directory: PurePosixPath
    stem: PurePosixPath
    serial: str | None = None
    frame: FrameBegun | None = None

    @property
    def place(self) -> PurePosixPath:
        """Where its files go, below the photo root, without extension."""
        return self.directory / self.stem


@dataclass(frozen=True, slots=True)
class StagedRow:
    """What the camera process said of one staged file; ``name`` is the file's in the staging directory."""

    name: str
    camera_name: str
    size_bytes: int
    identity: PhotoIdentity | None = None


@dataclass(frozen=True, slots=True)
class CaptureResult:
    """A capture that has ended, with the files of its still (none when it failed), below ``directory``.

    ``ordinal``: its place in the order of acceptance, in which no clock has a say; 0 before it is recorded.
    ``age_seconds``: how long the service has run since it was accepted; ``None``: not known.
    """

    record: CaptureRecord
    files: tuple[StoredFile, ...]
    directory: PurePosixPath
    ordinal: int = field(default=0, compare=False)
    age_seconds: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class CommitEffects:
    """What an ending brings along, in the same transaction.

    ``sight``: the sight of the card that the photo lies on, ``None`` where that is not known. ``delete``: the card's
    copies are to go. ``owed``: the shutter may have fired, and there is no photo; ``exposed_at``: unix seconds, not
    before that, ``None`` where it is not known. ``settles``: the capture whose photo
    this is, which then is owed no more, with its record as it reads now. ``noted``: one that it may be of, with its
    record as it reads now. ``kept``: staged files of other stills of the release, which come in after it.
    """

    sight: int | None = None
    delete: bool = False
    owed: bool = False
    exposed_at: float | None = None
    serial: str | None = None
    settles: CaptureRecord | None = None
    noted: CaptureRecord | None = None
    kept: tuple[str, ...] = ()


NONE = CommitEffects()


class CaptureJournal(JournalFile):
    """The durable record of captures; every method raises ``StorageError`` when the disk fails.

    ``targets``: who is to be told of each photo.
    """

    def __init__(self, path: Path, targets: Sequence[str] = (), *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(path, clock=clock)
        self._targets = targets

    async def intend(self, intent: CaptureStarted) -> int:
        """Record a capture before its shutter fires; its place in the order of acceptance."""
        return await self.write(lambda connection: self._insert(connection, intent))

    async def stage(self, capture_id: str, files: Sequence[StagedFile]) -> None:
        """Record which files the camera process has staged, how long they are, and which photos of the camera."""
        rows = [(capture_id, file.path.name, file.name, file.size_bytes, *_where(file.identity)) for file in files]
        statement = (
            "INSERT OR REPLACE INTO staged (capture_id, name, camera_name, size_bytes, serial, folder, taken_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)"
        )
        await self.write(lambda connection: connection.executemany(statement, rows))

    async def end(self, ending: CaptureResult, consequences: CommitEffects = NONE) -> None:
        """Record how a capture ended: when this returns, the acknowledgement survives a power cut."""
        await self.write(lambda connection: self._end(connection, ending, consequences))

    async def add(self, ending: CaptureResult, consequences: CommitEffects = NONE) -> CaptureResult:
        """Record a photo that nobody asked for, from its beginning to its end at once; with its place in the order."""

        def insert(connection: sqlite3.Connection) -> CaptureResult:
            stem = PurePosixPath(ending.files[0].path.stem)
            ordinal = self._insert(
                connection, CaptureStarted(ending.record, ending.directory, stem, consequences.serial)
            )
            self._end(connection, ending, consequences)
            return replace(ending, ordinal=ordinal)

        return await self.write(insert)

    async def extend(self, ending: CaptureResult, late: Sequence[StoredFile], consequences: CommitEffects) -> None:
        """Record ``late`` files of a still that has ended, whose record and files ``ending`` now are."""
        first = len(ending.files) - len(late) + 1

        def update(connection: sqlite3.Connection) -> None:
            _insert_files(connection, ending.record.id, late, first)
            cards.remember(connection, ending.record.id, late, consequences.sight, delete=consequences.delete)
            _update(connection, ending.record)
            self._tell(connection, PhotoEvent.EXTENDED, ending.record.id, first)

        await self.write(update)

    async def unfinished(self) -> list[tuple[CaptureStarted, list[StagedRow]]]:
        """Captures without an end, oldest first, with what was staged for each: a service stopped during them."""

        def read(connection: sqlite3.Connection) -> list[tuple[CaptureStarted, list[StagedRow]]]:
            columns = "SELECT record, directory, stem, serial FROM captures"
            rows = connection.execute(f"{columns} WHERE phase NOT IN (?, ?) ORDER BY ordinal", _ENDED).fetchall()
            intents = [
                CaptureStarted(
                    CaptureRecord.model_validate_json(text), PurePosixPath(below), PurePosixPath(stem), serial
                )
                for text, below, stem, serial in rows
            ]
            return [(intent, _staged(connection, intent.record.id)) for intent in intents]

        return await self.read(read)

    async def staged(self, capture_id: str) -> list[StagedRow]:
        """What was recorded as staged for a capture that is not saved."""
        return await self.read(lambda connection: _staged(connection, capture_id))

    async def ended(self, limit: int) -> list[CaptureResult]:
        """The newest ``limit`` captures that have ended, oldest first."""

        def read(connection: sqlite3.Connection) -> list[CaptureResult]:
            statement = f"{_CAPTURES} WHERE phase IN (?, ?) ORDER BY ordinal DESC LIMIT ?"
            rows = connection.execute(statement, (*_ENDED, limit)).fetchall()
            return [self._ending(connection, *row) for row in reversed(rows)]

        return await self.read(read)

    async def of_id(self, capture_id: str) -> CaptureResult | None:
        """A capture that has ended; ``None`` when there is none by this id."""
        return await self._one("id", capture_id)

    async def of_key(self, idempotency_key: str) -> CaptureResult | None:
        """The capture that has ended and was asked for with this key; ``None`` when there is none."""
        return await self._one("idempotency_key", idempotency_key)

    async def saved_count(self) -> int:
        """How many captures have been saved in all."""
        statement = "SELECT count(*) FROM captures WHERE phase = ?"
        saved = (CapturePhase.SAVED.value,)
        return await self.read(lambda connection: int(connection.execute(statement, saved).fetchone()[0]))

    async def last_number(self, session_id: str) -> int:
        """The highest sequence number of a session's captures; 0 when it has none."""
        statement = (
            "SELECT max(json_extract(record, '$.sequence_number')) FROM captures "
            "WHERE json_extract(record, '$.session_id') = ?"
        )
        return await self.read(lambda connection: connection.execute(statement, (session_id,)).fetchone()[0] or 0)

    def _end(self, connection: sqlite3.Connection, ending: CaptureResult, consequences: CommitEffects) -> None:
        _end(connection, ending, consequences, self.running.seconds)
        if ending.files:
            self._tell(connection, PhotoEvent.SAVED, ending.record.id, 1)

    def _tell(self, connection: sqlite3.Connection, event: PhotoEvent, capture_id: str, first_file: int) -> None:
        since = self.running.seconds
        deliveries.put(connection, self._targets, event, capture_id, first_file=first_file, since=since)

    async def _one(self, column: str, value: str) -> CaptureResult | None:
        def read(connection: sqlite3.Connection) -> CaptureResult | None:
            row = connection.execute(f"{_CAPTURES} WHERE {column} = ? AND phase IN (?, ?)", (value, *_ENDED)).fetchone()
            return None if row is None else self._ending(connection, *row)

        return await self.read(read)

    def _insert(self, connection: sqlite3.Connection, intent: CaptureStarted) -> int:
        record = intent.record
        values = (
            record.id,
            record.idempotency_key,
            record.phase.value,
            str(intent.directory),
            str(intent.stem),
            _text(record),
            intent.serial,
            self.running.seconds,
        )
        columns = "id, idempotency_key, phase, directory, stem, record, serial, running_at"
        statement = f"INSERT INTO captures ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING ordinal"  # noqa: S608 - our own names
        (ordinal,) = connection.execute(statement, values).fetchone()
        if intent.frame is not None:
            sequences.begin_frame(connection, intent.frame, record.id)
        return int(ordinal)

    def _ending(
        self, connection: sqlite3.Connection, text: str, directory: str, ordinal: int, running_at: int | None
    ) -> CaptureResult:
        record = CaptureRecord.model_validate_json(text)
        statement = "SELECT path, size_bytes, sha256, media_type, exif FROM files WHERE capture_id = ? ORDER BY number"
        rows = connection.execute(statement, (record.id,))
        files = tuple(StoredFile(PurePosixPath(row[0]), *row[1:4], exif=_exif(row[4])) for row in rows)
        record = record.model_copy(update={"deleted_at": trash.deleted_at(connection, record.id)})
        age_seconds = None if running_at is None else self.running.seconds - running_at
        return CaptureResult(record, files, PurePosixPath(directory), ordinal, age_seconds)


def _end(
    connection: sqlite3.Connection, ending: CaptureResult, consequences: CommitEffects, running_seconds: int
) -> None:
    record = ending.record
    _insert_files(connection, record.id, ending.files, 1)
    cards.remember(connection, record.id, ending.files, consequences.sight, delete=consequences.delete)
    if record.phase is CapturePhase.SAVED:
        connection.execute("DELETE FROM staged WHERE capture_id = ?", (record.id,))
    if consequences.owed:
        cards.owe(connection, record.id, consequences.serial, running_seconds, began_at=consequences.exposed_at)
    if consequences.settles is not None:
        _update(connection, consequences.settles)
        connection.execute("DELETE FROM owed WHERE capture_id = ?", (consequences.settles.id,))
    if consequences.noted is not None:
        _update(connection, consequences.noted)
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
    # A file that was deleted by hand frees its name; the photo that has it now owns the row.
    connection.executemany("DELETE FROM files WHERE path = ?", [(row[2],) for row in rows])
    columns = "capture_id, number, path, size_bytes, sha256, media_type, exif"
    connection.executemany(f"INSERT INTO files ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", rows)  # noqa: S608 - our own names


def _text(record: CaptureRecord) -> str:
    return record.model_dump_json(exclude={"files", "deleted_at"})


def _exif_text(exif: ExifFacts | None) -> str | None:
    return None if exif is None else exif.model_dump_json(exclude_none=True)


def _exif(text: str | None) -> ExifFacts | None:
    return None if text is None else ExifFacts.model_validate_json(text)


def _where(identity: PhotoIdentity | None) -> tuple[str | None, str | None, int | None]:
    return (None, None, None) if identity is None else (identity.serial, identity.folder, identity.taken_at)


def _staged(connection: sqlite3.Connection, capture_id: str) -> list[StagedRow]:
    statement = (
        "SELECT name, camera_name, size_bytes, serial, folder, taken_at FROM staged WHERE capture_id = ? ORDER BY name"
    )
    return [
        StagedRow(
            name,
            camera_name,
            size,
            None if folder is None else PhotoIdentity(serial, folder, camera_name, size, taken_at),
        )
        for name, camera_name, size, serial, folder, taken_at in connection.execute(statement, (capture_id,))
    ]
