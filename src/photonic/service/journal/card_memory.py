"""What the journal knows about the objects on a card, read in pieces: as much as the card holds, not all photos.

A camera reuses its names: with a million photos, there are a hundred of each name and more. Only the photos that may be
an object on the card, or its twin, are read: those with its stem whose time is not further away than a change of the
time zone. One photo more may be needed. If nothing is on a card that is known to have been on it, it is a different
card, unless everything is deleted that was on it (``card_plan``). So one photo that must still be there is looked for;
usually, it is the first one. Of the copies that are being deleted, those with the name of a photo in question are read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.model.camera_file import TWIN_SECONDS
from photonic.service.journal.card_rows import IndexedPhoto
from photonic.service.journal.database import PIECE_ROWS
from photonic.service.photo.identity import ZONE_SPAN_SECONDS, Likeness, PhotoIdentity, likeness, twins

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from photonic.service.journal.database import JournalFile

PIECE_STEMS = 10
"""Stems whose photos are read and compared in one piece."""
NEAR_SECONDS = ZONE_SPAN_SECONDS + TWIN_SECONDS
_COLUMNS = "SELECT rowid, serial, folder, name, size_bytes, taken_at, sha256, capture_id, sight, removed FROM objects"
_Row = tuple[int, str | None, str | None, str, int | None, int | None, str, str, int | None, int]


async def photos_like(
    file: JournalFile, serial: str, seen: Iterable[PhotoIdentity], scan: int | None
) -> tuple[list[IndexedPhoto], list[PhotoIdentity]]:
    """The imported photos that may be one of these objects, or a twin of one; and which copies are being deleted.

    Of those that are on the card of ``scan``, also the deleted ones that may be the same photo.
    """
    by_stem: dict[str, list[PhotoIdentity]] = {}
    for identity in seen:
        by_stem.setdefault(identity.stem, []).append(identity)
    stems = sorted(by_stem)
    photos: list[IndexedPhoto] = []
    leaving: list[PhotoIdentity] = []

    def piece(connection: sqlite3.Connection, some: Sequence[str]) -> None:
        # Both at one moment: a deletion that is done meanwhile would be in neither.
        for stem in some:
            found = _like(connection, serial, stem, by_stem[stem], scan)
            photos.extend(found)
            for name in {one.name for one in (*by_stem[stem], *(photo.identity for photo in found))}:
                leaving.extend(_leaving(connection, serial, name))

    for first in range(0, len(stems), PIECE_STEMS):
        some = stems[first : first + PIECE_STEMS]
        await file.read(lambda connection, some=some: piece(connection, some))
    return photos, leaving


async def photo_that_stays(file: JournalFile, serial: str, scan: int) -> IndexedPhoto | None:
    """A photo that must be on the card of ``scan``, if it is that card: one that is neither deleted nor being so."""

    def piece(connection: sqlite3.Connection, after: int | None) -> list[tuple[int, IndexedPhoto, bool]]:
        statement = f"{_COLUMNS} WHERE sight = ? AND removed = 0 AND rowid > ? ORDER BY rowid LIMIT ?"
        rows = connection.execute(statement, (scan, after or 0, PIECE_ROWS // 4)).fetchall()
        return [(row[0], one := _photo(row), _is_gone(connection, serial, one)) for row in rows]

    async for rows in file.pieces(piece, lambda row: row[0]):
        for _rowid, photo, gone in rows:
            if photo.identity.serial in {None, serial} and not gone:
                return photo
    return None


def with_same_stem(connection: sqlite3.Connection, identity: PhotoIdentity) -> list[IndexedPhoto]:
    """The imported photos with the stem of ``identity``, as far as their times are near, newest first."""
    return [_photo(row) for row in sorted(_rows(connection, identity.stem, [identity]), reverse=True)]


def _like(
    connection: sqlite3.Connection, serial: str, stem: str, seen: Sequence[PhotoIdentity], scan: int | None
) -> list[IndexedPhoto]:
    # Twice as far: a deleted photo may be like one that is like an object.
    rows = [row for row in _rows(connection, stem, seen, 2 * NEAR_SECONDS) if row[1] in {None, serial}]
    photos = [_photo(row) for row in rows]
    found = [one for one in photos if any(_may_be(one.identity, identity) for identity in seen)]
    here = [one.identity for one in found if one.card_scan == scan and not one.removed]
    deleted = (one for one in photos if one.removed and one not in found)
    return found + [
        one for one in deleted if any(likeness(one.identity, other) is not Likeness.OTHER for other in here)
    ]


def _may_be(one: PhotoIdentity, other: PhotoIdentity) -> bool:
    return likeness(one, other) is not Likeness.OTHER or twins(one, other)


def _is_gone(connection: sqlite3.Connection, serial: str, photo: IndexedPhoto) -> bool:
    """Whether this photo's copy was deleted, or is being deleted."""
    rows = _rows(connection, photo.identity.stem, [photo.identity])
    gone = [_photo(row).identity for row in rows if row[-1]] + _leaving(connection, serial, photo.identity.name)
    return any(likeness(photo.identity, one) is not Likeness.OTHER for one in gone)


def _leaving(connection: sqlite3.Connection, serial: str, name: str) -> list[PhotoIdentity]:
    statement = "SELECT folder, name, size_bytes, taken_at FROM deletions WHERE serial = ? AND name = ?"
    return [PhotoIdentity(serial, *row) for row in connection.execute(statement, (serial, name))]


def _rows(
    connection: sqlite3.Connection, stem: str, near: Sequence[PhotoIdentity], span_seconds: int = NEAR_SECONDS
) -> list[_Row]:
    """The rows with this stem whose time is unknown or near that of one of these identities."""
    times = [identity.taken_at for identity in near if identity.taken_at is not None]
    if len(times) < len(near):
        return connection.execute(f"{_COLUMNS} WHERE stem = ?", (stem,)).fetchall()
    rows = connection.execute(f"{_COLUMNS} WHERE stem = ? AND taken_at IS NULL", (stem,)).fetchall()
    statement = f"{_COLUMNS} WHERE stem = ? AND taken_at BETWEEN ? AND ?"
    # A camera's clock may be in no calendar.
    earliest, latest = max(min(times) - span_seconds, -(2**63)), min(max(times) + span_seconds, 2**63 - 1)
    return rows + connection.execute(statement, (stem, earliest, latest)).fetchall()


def _photo(row: _Row) -> IndexedPhoto:
    _rowid, serial, folder, name, size_bytes, taken_at, sha256, capture_id, sight, removed = row
    identity = PhotoIdentity(serial, folder, name, size_bytes, taken_at)
    return IndexedPhoto(identity, sha256, capture_id, sight, bool(removed))
