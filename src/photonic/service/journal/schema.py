"""The schema of the journal's database, and how an older one is upgraded.

Each version is one file ``migrations/NNNN.sql`` that turns the version before it into this one; the first one creates
the tables. A published file is never changed: databases that have been through it would differ from new ones. A new
version is a new file.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from photonic.errors import StorageError

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

VERSION = 15


def upgrade(path: Path, connection: sqlite3.Connection) -> None:
    """Bring the database to ``VERSION``, in one transaction. Foreign keys must not be enforced: tables are replaced.

    Raises ``StorageError`` when a newer photonic has written it, ``sqlite3.Error`` when a migration fails.
    """
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if not 0 <= version <= VERSION:
        raise StorageError(
            f"the photo index {path} has version {version}, and this photonic supports versions up to {VERSION}: "
            "use the version of photonic that wrote it, or another photo root"
        )
    if version < VERSION:
        connection.executescript(f"BEGIN; {''.join(map(migration, range(version + 1, VERSION + 1)))} COMMIT;")


def migration(version: int) -> str:
    """The SQL that upgrades a database from the version before ``version``."""
    script = files("photonic.service.journal").joinpath("migrations", f"{version:04}.sql").read_text(encoding="utf-8")
    return f"{script}\nPRAGMA user_version = {version};\n"
