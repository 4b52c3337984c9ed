"""Which files below the photo root are on record."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection


class NameBeforeTrash(NamedTuple):
    """The name that a file in the trash had before, and its place there, both below the photo root."""

    name: PurePosixPath
    place: PurePosixPath


def recorded(connection: sqlite3.Connection, paths: Collection[PurePosixPath]) -> frozenset[PurePosixPath]:
    """Those of the paths, below the photo root, that are on record."""
    statement = "SELECT path FROM files WHERE path = ?"
    return frozenset(path for path in paths if connection.execute(statement, (str(path),)).fetchone())


def before_trash(connection: sqlite3.Connection, sha256: str) -> list[NameBeforeTrash]:
    """Which names the files in the trash with this content had before."""
    statement = "SELECT parent, path FROM files JOIN trash USING (capture_id) WHERE sha256 = ? AND removed = 0"
    rows = connection.execute(statement, (sha256,)).fetchall()
    places = [(PurePosixPath(parent), PurePosixPath(path)) for parent, path in rows]
    return [NameBeforeTrash(parent / place.name, place) for parent, place in places]
