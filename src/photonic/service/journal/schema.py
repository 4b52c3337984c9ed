"""The schema of the journal's database, and how an older one is upgraded.

Each version is one file ``migrations/NNNN.sql`` that turns the version before it into this one; the first one creates
the tables. A published file is never changed: databases that have been through it would differ from new ones. A new
version is a new file.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from importlib.resources import files
from typing import TYPE_CHECKING

from photonic.errors import StorageError
from photonic.machine.private_folder import PRIVATE_FILE
from photonic.service.files.disk import flush

if TYPE_CHECKING:
    from pathlib import Path

COPIED_PAGES = 4096
"""In one step of the copy that is made before an upgrade; nobody else uses the index yet."""

VERSION = 16


def upgrade(path: Path, connection: sqlite3.Connection, *, copied: bool = True) -> None:
    """Bring the database to ``VERSION``, in one transaction. Foreign keys must not be enforced: tables are replaced.

    It is copied first (``copy_of``), unless ``copied`` is false; the copy is what an older photonic can go back to.

    Raises ``StorageError`` when a newer photonic has written it, ``sqlite3.Error`` or ``OSError`` when a migration or
    its copy fails.
    """
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if not 0 <= version <= VERSION:
        copies = [copy for older in range(VERSION, 0, -1) if (copy := copy_of(path, older)).exists()]
        back = f", or go back to the copy {copies[0]}, which lacks the photos since" if copies else ""
        raise StorageError(
            f"the photo index {path} has version {version}, and this photonic supports versions up to {VERSION}: "
            f"use the version of photonic that wrote it, or another photo root{back}"
        )
    if version < VERSION:
        if version and copied:
            _copy(connection, copy_of(path, version))
        connection.executescript(f"BEGIN; {''.join(map(migration, range(version + 1, VERSION + 1)))} COMMIT;")


def copy_of(path: Path, version: int) -> Path:
    """Where the copy of the index at ``path`` is that was made before it was upgraded from ``version``."""
    return path.with_name(f"{path.name}.version-{version}")


def _copy(connection: sqlite3.Connection, copy: Path) -> None:
    part = copy.with_name(f"{copy.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=PRIVATE_FILE)
    try:
        with closing(sqlite3.connect(part)) as target:
            connection.backup(target, pages=COPIED_PAGES)
            target.execute("PRAGMA journal_mode = DELETE")
        with part.open("rb") as content:
            os.fsync(content.fileno())
        part.replace(copy)
        flush(copy.parent)
    finally:
        part.unlink(missing_ok=True)


def migration(version: int) -> str:
    """The SQL that upgrades a database from the version before ``version``."""
    script = files("photonic.service.journal").joinpath("migrations", f"{version:04}.sql").read_text(encoding="utf-8")
    return f"{script}\nPRAGMA user_version = {version};\n"
