"""The memory cards in the journal: imported photos, the baseline of each card, expected photos, pending deletions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from photonic.model.camera_file import plain, stem
from photonic.service.journal import card_memory, clock_rows, expected_rows, first_scans
from photonic.service.journal.card_rows import CardMemory, Deletion, ExpectedPhoto, StoredCopy
from photonic.service.journal.turns import Urgency
from photonic.service.photo.identity import PhotoIdentity
from photonic.worker.link.card_messages import CardObject

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from photonic.service.journal.card_rows import IndexedPhoto
    from photonic.service.journal.database import JournalFile
    from photonic.service.photo.staged import StoredFile

ARRIVED_PHOTOS = 50
"""How many photos are searched for the one that came soonest, before each capture."""
COPY = (
    "objects.serial = deletions.serial AND objects.folder = deletions.folder AND objects.name = deletions.name "
    "AND objects.taken_at IS deletions.taken_at"
)
"""The condition that a pending deletion is of the copy of an imported photo."""


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

    async def memory(self, serial: str, card: str, objects: Sequence[CardObject] = ()) -> CardMemory:
        """What the journal knows about this card of this camera, as far as it concerns the ``objects`` on it."""

        def read(connection: sqlite3.Connection) -> CardMemory:
            statement = "SELECT number FROM sights WHERE serial = ? AND card = ? ORDER BY number"
            scans = [number for (number,) in connection.execute(statement, (serial, card))]
            scan = scans[-1] if scans else None
            return CardMemory(
                scan,
                expected=expected_rows.expected(connection, serial, self._file.running.seconds),
                ahead=clock_rows.ahead(connection, serial),
                read_at=int(self._file.time.unix_seconds()),
                resolved=expected_rows.resolved(connection, serial) if scan is None else (),
                scans=tuple(scans),
            )

        known = await self._file.read(read)
        seen = [PhotoIdentity(serial, one.folder, one.name, one.size_bytes, one.taken_at) for one in objects]
        found = await first_scans.baseline(self._file, known.scans, serial)
        latest = found.get(known.card_scan or 0, [])
        # Of what a first scan found, those that were imported and deleted do not have to be there.
        photos, leaving = await card_memory.photos_like(self._file, serial, [*seen, *latest], known.card_scan)
        if known.card_scan is not None:
            staying = await card_memory.photo_that_stays(self._file, serial, known.card_scan)
            photos += [] if staying is None else [staying]
        return replace(
            known,
            photos=tuple(photos),
            leaving=tuple(leaving),
            baseline=tuple(identity for identities in found.values() for identity in identities),
            latest=tuple(latest),
        )

    async def record_scan(self, serial: str, card: str, objects: Sequence[CardObject]) -> int:
        """Record the first scan of a card and the photos on it. Returns the scan's number."""
        return await first_scans.record(self._file, serial, card, objects)

    async def with_same_stem(self, identity: PhotoIdentity) -> tuple[IndexedPhoto, ...]:
        """Imported photos with the same stem and a near time, newest first: the same photo, its twins, or others."""
        return tuple(await self._file.read(lambda connection: card_memory.with_same_stem(connection, identity)))

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
        return await self._file.read(lambda connection: clock_rows.ahead(connection, serial), Urgency.CAPTURE)

    async def ahead_by_exif(self, serial: str) -> float | None:
        """Like ``ahead``, of the Exif times of its photos (``exif_seconds``), which need no copy on a card."""
        found = await self._file.read(lambda connection: clock_rows.ahead_by_exif(connection, serial), Urgency.CAPTURE)
        return clock_rows.agreed(found)

    async def least_ahead_by_exif(self, serial: str) -> float | None:
        """Like ``ahead_by_exif``, at the capture whose release took the shortest; ``None``: few captures say so.

        Only captures of the last ``clock_rows.EXACT_SECONDS`` do: a camera's clock may lose or gain seconds a day.
        """
        since = self._file.time.unix_seconds() - clock_rows.EXACT_SECONDS
        found = await self._file.read(
            lambda connection: clock_rows.ahead_by_exif(connection, serial, since), Urgency.CAPTURE
        )
        return min(one.most for one in found) if len(found) >= clock_rows.EXACT_CAPTURES else None

    async def unattributed(self, serial: str, capture_id: str, *, by_exif: bool) -> tuple[float | None, ...]:
        """When the photos were taken that were imported since a capture was accepted, and attributed to no capture.

        Of the camera ``serial``, and of an unknown one; in seconds on the camera's clock, ``None``: unknown.
        ``by_exif``: by the times in the photos (``exif_seconds``).
        """
        times = expected_rows.unattributed_by_exif if by_exif else expected_rows.unattributed
        return await self._file.read(lambda connection: times(connection, serial, capture_id), Urgency.CAPTURE)

    async def resolved(self, serial: str) -> tuple[ExpectedPhoto, ...]:
        """The newest captures of this camera that failed and were given a photo later."""
        return await self._file.read(lambda connection: expected_rows.resolved(connection, serial), Urgency.CAPTURE)

    async def stop_expecting(self, capture_ids: Sequence[str]) -> None:
        """Record that no photo of these captures is expected: the card has been searched since."""
        rows = [(capture_id,) for capture_id in capture_ids]
        await self._file.write(lambda connection: connection.executemany("DELETE FROM owed WHERE capture_id = ?", rows))

    async def deletions(self, serial: str, after: int, limit: int) -> tuple[Deletion, ...]:
        """At most ``limit`` copies on this camera's card that wait to be deleted, oldest first, after row ``after``."""
        statement = (
            # The plus sign: in the order of the rows, not of the index of names.
            "SELECT number, folder, name, size_bytes, taken_at FROM deletions WHERE +serial = ? AND number > ? "
            "ORDER BY number LIMIT ?"
        )

        def read(connection: sqlite3.Connection) -> tuple[Deletion, ...]:
            return tuple(
                Deletion(number, CardObject(folder=folder, name=name, size_bytes=size, taken_at=taken_at))
                for number, folder, name, size, taken_at in connection.execute(statement, (serial, after, limit))
            )

        return await self._file.read(read, Urgency.IDLE)

    async def stored(self, serial: str, copied: CardObject) -> tuple[StoredCopy, ...]:
        """The photos on record that this object on the card is a copy of."""
        statement = (
            "SELECT path, files.sha256 FROM objects JOIN files "
            "ON files.capture_id = objects.capture_id AND files.sha256 = objects.sha256 "
            "WHERE stem = ? AND taken_at IS ? AND serial = ? AND folder = ? AND name = ?"
        )
        values = (stem(copied.name), copied.taken_at, serial, copied.folder, copied.name)
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
    due = "SELECT name, taken_at, serial, folder FROM deletions WHERE number = ?"
    for number in numbers:
        for name, taken_at, serial, folder in connection.execute(due, (number,)).fetchall():
            connection.execute(
                "UPDATE objects SET removed = 1 "
                "WHERE stem = ? AND taken_at IS ? AND serial = ? AND folder = ? AND name = ?",
                (stem(name), taken_at, serial, folder, name),
            )
        connection.execute("DELETE FROM deletions WHERE number = ?", (number,))


def newest_arrived(connection: sqlite3.Connection, serial: str) -> tuple[int, float] | None:
    """The time on the camera, and the running time in seconds of its arrival, of the photo that came soonest.

    Of the newest capture and the photos that were imported since, at most ``ARRIVED_PHOTOS``: an older one may be from
    before the camera's clock was set back. ``None``: there is none.
    """
    # The inner query reads so many rows and no more, whatever is known of them.
    statement = (
        "SELECT capture_id, taken_at, running_at, json_extract(record, '$.capture_time_ms'), "
        "json_extract(record, '$.kind') IN ('body', 'reconciled') FROM (SELECT rowid AS number, capture_id, taken_at "
        "FROM objects WHERE serial = ? AND taken_at IS NOT NULL ORDER BY rowid DESC LIMIT ?) "
        "CROSS JOIN captures ON captures.id = capture_id WHERE running_at IS NOT NULL ORDER BY number DESC"
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
