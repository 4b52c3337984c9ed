"""Which files below the photo root are on record."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection
    from pathlib import PurePosixPath


def recorded(connection: sqlite3.Connection, paths: Collection[PurePosixPath]) -> frozenset[PurePosixPath]:
    """Those of the paths, below the photo root, that are on record."""
    statement = "SELECT path FROM files WHERE path = ?"
    return frozenset(path for path in paths if connection.execute(statement, (str(path),)).fetchone())
