"""The memory cards in the journal: imported photos, the baseline of each card, expected photos, pending deletions."""

from __future__ import annotations

from datetime import datetime
from pathlib import PurePosixPath
from statistics import median_low
from typing import TYPE_CHECKING

from photonic.model.camera_file import plain
from photonic.model.exif import ExifFacts
from photonic.service.journal import expected_rows
from photonic.service.journal.card_rows import CardMemory, Deletion, ExpectedPhoto, IndexedPhoto, StoredCopy
from photonic.service.journal.turns import Urgency
from photonic.service.photo.identity import PhotoIdentity
from photonic.service.photo.staged import exif_seconds
from photonic.worker.link.card_messages import CardObject

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from photonic.service.journal.database import JournalFile
    from photonic.service.photo.staged import StoredFile

CLOCK_CAPTURES = 5
"""How many captures say how far the camera's clock is ahead: after it was set, the third one says so."""
ARRIVED_PHOTOS = 50
"""How many photos are searched for the one that came soonest, before each capture."""
COPY = (
    "objects.serial = deletions.serial AND objects.folder = deletions.folder AND objects.name = deletions.name "
    "AND objects.taken_at IS deletions.taken_at"
)
"""The condition that a pending deletion is of the copy of an imported photo."""
_DELETIONS = "SELECT number, folder, name, size_bytes, taken_at FROM deletions WHERE serial = ? ORDER BY number"


class CardJournal:
    """The cards' part of the journal; every method raises ``StorageError`` when the disk fails.

    ``present``: the scan of the card that is in the camera; ``None`` before it has been listed.
    """

    def __init__(self, file: JournalFile) -> None:
        self._file = file
        self.present: int | None = None

    @property
    def running_seconds(self) -> int | None:
        """The total running time of the service; ``None`` while the journal is closed, as it is unknown then."""
        return self._file.running.seconds if self._file.is_open else None

    async def memory(self, serial: str, card: str) -> CardMemory:
        """What the journal knows about this card of this camera."""

        def read(connection: sqlite3.Connection) -> CardMemory:
            (sight,) = connection.execute(
                "SELECT max(number) FROM sights WHERE serial = ? AND card = ?", (serial, card)
            ).fetchone()
            rows = connection.execute(
                "SELECT sight, folder, name, size_bytes, taken_at FROM baseline JOIN sights ON number = sight "
                "WHERE serial = ? AND card = ?",
                (serial, card),
            ).fetchall()
            return CardMemory(
                sight,
                tuple(PhotoIdentity(serial, *row[1:]) for row in rows),
                tuple(PhotoIdentity(serial, *row[1:]) for row in rows if row[0] == sight),
                _photos(connection, "serial = ? OR serial IS NULL", serial),
                expected_rows.expected(connection, serial, self._file.running.seconds),
                _ahead(connection, serial),
                int(self._file.time.unix_seconds()),
                tuple(PhotoIdentity(serial, *row[1:]) for row in connection.execute(_DELETIONS, (serial,))),
                expected_rows.resolved(connection, serial) if sight is None else (),
            )

        return await self._file.read(read)

    async def record_scan(self, serial: str, card: str, objects: Sequence[CardObject]) -> int:
        """Record the first scan of a card and the photos on it. Returns the scan's number."""

        def insert(connection: sqlite3.Connection) -> int:
            number = connection.execute(
                "INSERT INTO sights (serial, card, seen_at) VALUES (?, ?, ?) RETURNING number",
                (serial, card, int(self._file.time.unix_seconds())),
            ).fetchone()[0]
            connection.executemany(
                "INSERT INTO baseline VALUES (?, ?, ?, ?, ?)",
                [(number, one.folder, one.name, one.size_bytes, one.taken_at) for one in objects],
            )
            return number

        return await self._file.write(insert)

    async def with_same_stem(self, identity: PhotoIdentity) -> tuple[IndexedPhoto, ...]:
        """Imported photos with the same stem, newest first: the same photo, its twins, or others."""
        return await self._file.read(lambda connection: _photos(connection, "stem = ?", identity.stem))

    async def complete(
        self, photo: IndexedPhoto, identity: PhotoIdentity, card_scan: int | None, *, delete: bool
    ) -> None:
        """Record the camera's identity of an imported photo; ``delete``: delete the copy there."""

        def insert(connection: sqlite3.Connection) -> None:
            _insert(connection, identity, photo.sha256, photo.capture_id, card_scan)
            if delete:
                _delete(connection, identity)

        await self._file.write(insert)

    async def expected(self, serial: str | None) -> tuple[ExpectedPhoto, ...]:
        """Captures, oldest first, that ended without a photo although their shutter may have fired.

        Of the camera ``serial``, and those whose camera is unknown; ``None``: of any camera.
        """
        return await self._file.read(
            lambda connection: expected_rows.expected(connection, serial, self._file.running.seconds), Urgency.CAPTURE
        )

    async def ahead(self, serial: str) -> float | None:
        """By how many seconds this camera's clock was ahead of ours at its newest captures; ``None``: unknown."""
        return await self._file.read(lambda connection: _ahead(connection, serial), Urgency.CAPTURE)

    async def ahead_by_exif(self, serial: str) -> float | None:
        """Like ``ahead``, of the Exif times of its photos (``exif_seconds``), which need no copy on a card."""
        return await self._file.read(lambda connection: _ahead_by_exif(connection, serial), Urgency.CAPTURE)

    async def unattributed(self, serial: str, capture_id: str) -> tuple[int | None, ...]:
        """When the photos were taken that were imported since a capture was accepted, and attributed to no capture.

        Of the camera ``serial``, and of an unknown one; in seconds on the camera's clock, ``None``: unknown.
        """
        return await self._file.read(
            lambda connection: expected_rows.unattributed(connection, serial, capture_id), Urgency.CAPTURE
        )

    async def stop_expecting(self, capture_ids: Sequence[str]) -> None:
        """Record that no photo of these captures is expected: the card has been searched since."""
        rows = [(capture_id,) for capture_id in capture_ids]
        await self._file.write(lambda connection: connection.executemany("DELETE FROM owed WHERE capture_id = ?", rows))

    async def deletions(self, serial: str) -> tuple[Deletion, ...]:
        """Copies on this camera's card that are waiting to be deleted, oldest first."""

        def read(connection: sqlite3.Connection) -> tuple[Deletion, ...]:
            return tuple(
                Deletion(number, CardObject(folder=folder, name=name, size_bytes=size, taken_at=taken_at))
                for number, folder, name, size, taken_at in connection.execute(_DELETIONS, (serial,))
            )

        return await self._file.read(read)

    async def stored(self, serial: str, copied: CardObject) -> tuple[StoredCopy, ...]:
        """The photos on record that this object on the card is a copy of."""
        statement = (
            "SELECT path, files.sha256 FROM objects JOIN files "
            "ON files.capture_id = objects.capture_id AND files.sha256 = objects.sha256 "
            "WHERE serial = ? AND folder = ? AND name = ? AND taken_at IS ?"
        )
        values = (serial, copied.folder, copied.name, copied.taken_at)
        return await self._file.read(
            lambda connection: tuple(
                StoredCopy(PurePosixPath(path), sha256) for path, sha256 in connection.execute(statement, values)
            )
        )

    async def settle(self, deletion: Deletion) -> None:
        """Record that a deletion is done, or given up."""
        await self._file.write(lambda connection: settle_deletions(connection, [deletion.number]))


def record_imported(
    connection: sqlite3.Connection, capture_id: str, files: Sequence[StoredFile], card_scan: int | None, *, delete: bool
) -> None:
    """Within a transaction, record imported photos; ``delete``: delete the camera's copies."""
    for file in files:
        identity = file.identity
        if identity is None:
            continue
        _insert(connection, identity, file.sha256, capture_id, card_scan)
        if delete:
            _delete(connection, identity)


def settle_deletions(connection: sqlite3.Connection, numbers: Sequence[int]) -> None:
    """Within a transaction, record that deletions are done, or given up.

    Either way, the copy does not have to be on the card any more: one that is given up may be done and not on record.
    """
    for number in numbers:
        statement = f"UPDATE objects SET removed = 1 WHERE EXISTS (SELECT 1 FROM deletions WHERE number = ? AND {COPY})"  # noqa: S608 - our own words
        connection.execute(statement, (number,))
        connection.execute("DELETE FROM deletions WHERE number = ?", (number,))


def newest_arrived(connection: sqlite3.Connection, serial: str) -> tuple[int, float] | None:
    """The time on the camera, and the running time in seconds of its arrival, of the photo that came soonest.

    Of the newest capture and the photos that were imported since, at most ``ARRIVED_PHOTOS``: an older one may be from
    before the camera's clock was set back. ``None``: there is none.
    """
    statement = (
        "SELECT capture_id, taken_at, running_at, json_extract(record, '$.capture_time_ms'), "
        "json_extract(record, '$.kind') IN ('body', 'reconciled') "
        "FROM objects JOIN captures ON captures.id = capture_id WHERE objects.serial = ? "
        "AND taken_at IS NOT NULL AND running_at IS NOT NULL ORDER BY objects.rowid DESC LIMIT ?"
    )
    found: dict[str, tuple[int, float]] = {}
    newest_capture: str | None = None
    for capture_id, taken_at, running_at, took_ms, imported in connection.execute(statement, (serial, ARRIVED_PHOTOS)):
        if newest_capture not in {None, capture_id}:
            break
        if took_ms is None and not imported:
            continue  # it was recovered after a crash: when it arrived is unknown
        newest_capture = None if imported else capture_id
        # Another file of the still may have come later.
        taken_at = min(taken_at, found.get(capture_id, (taken_at,))[0])  # noqa: PLW2901
        found[capture_id] = (taken_at, running_at + (took_ms or 0) / 1000.0)
    return max(found.values(), key=lambda one: one[0] - one[1], default=None)


def _insert(
    connection: sqlite3.Connection, identity: PhotoIdentity, sha256: str, capture_id: str, card_scan: int | None
) -> None:
    connection.execute(
        "INSERT INTO objects (serial, folder, name, stem, size_bytes, taken_at, sha256, capture_id, sight) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            identity.serial,
            identity.folder,
            plain(identity.name) if identity.folder is None else identity.name,
            identity.stem,
            identity.size_bytes,
            identity.taken_at,
            sha256,
            capture_id,
            card_scan,
        ),
    )


def _delete(connection: sqlite3.Connection, identity: PhotoIdentity) -> None:
    if identity.serial is not None and identity.folder is not None:
        connection.execute(
            "INSERT INTO deletions (serial, folder, name, size_bytes, taken_at) VALUES (?, ?, ?, ?, ?)",
            (identity.serial, identity.folder, identity.name, identity.size_bytes, identity.taken_at),
        )


def _ahead(connection: sqlite3.Connection, serial: str) -> float | None:
    """The median of the newest captures, the lower one of two.

    A capture can have been given a photo that somebody took with the camera's own button while it waited for its own:
    that photo, and one after slow focusing, is later than the capture's time says.
    """
    # The recorded time of an unrequested still, or of a further still of a release, is the camera's own; that of a
    # capture that was recovered after a crash (no capture_time_ms) is when it was accepted.
    statement = (
        "SELECT objects.taken_at, json_extract(record, '$.metadata.timestamp') FROM objects "
        "JOIN captures ON captures.id = capture_id WHERE objects.serial = ? AND objects.taken_at IS NOT NULL "
        "AND json_extract(record, '$.kind') NOT IN ('body', 'reconciled') "
        "AND json_extract(record, '$.release_of') IS NULL AND json_extract(record, '$.metadata.timestamp') IS NOT NULL "
        "AND json_extract(record, '$.capture_time_ms') IS NOT NULL GROUP BY capture_id "
        "ORDER BY max(objects.rowid) DESC LIMIT ?"
    )
    rows = connection.execute(statement, (serial, CLOCK_CAPTURES)).fetchall()
    return median_low(taken_at - expected_rows.unix(timestamp) for taken_at, timestamp in rows) if rows else None


def _ahead_by_exif(connection: sqlite3.Connection, serial: str) -> float | None:
    """See ``_ahead``."""
    statement = (
        "SELECT json_extract(exif, '$.taken_at'), json_extract(record, '$.metadata.timestamp') FROM captures "
        "JOIN files ON capture_id = captures.id AND number = 1 "
        "WHERE serial = ? AND json_extract(exif, '$.taken_at') IS NOT NULL "
        "AND json_extract(record, '$.kind') NOT IN ('body', 'reconciled') "
        "AND json_extract(record, '$.release_of') IS NULL AND json_extract(record, '$.metadata.timestamp') IS NOT NULL "
        "AND json_extract(record, '$.capture_time_ms') IS NOT NULL ORDER BY ordinal DESC LIMIT ?"
    )
    rows = connection.execute(statement, (serial, CLOCK_CAPTURES)).fetchall()
    times = [
        (exif_seconds(ExifFacts(taken_at=datetime.fromisoformat(at))), expected_rows.unix(stamp)) for at, stamp in rows
    ]
    return median_low(at - timestamp for at, timestamp in times if at is not None) if times else None


def _photos(connection: sqlite3.Connection, condition: str, value: str) -> tuple[IndexedPhoto, ...]:
    statement = (
        "SELECT serial, folder, name, size_bytes, taken_at, sha256, capture_id, sight, removed FROM objects "  # noqa: S608 - our own words
        f"WHERE {condition} ORDER BY rowid DESC"
    )
    return tuple(
        IndexedPhoto(PhotoIdentity(*row[:5]), row[5], row[6], row[7], bool(row[8]))
        for row in connection.execute(statement, (value,))
    )
