"""The copies of a photo index that this version can go back to when a newer one has written the index."""

from __future__ import annotations

import shlex
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from photonic.service.journal.rebuilding import COPIES, copies
from photonic.service.journal.record_lines import FOLDER
from photonic.service.journal.schema import VERSION, copy_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class IndexCopy:
    """A copy of an index: where it is, the version of its schema, and when it was made."""

    path: Path
    version: int
    made_at: datetime


def newest_usable(index: Path) -> IndexCopy | None:
    """The newest copy of an index that this version can open: a rotating one, or one made before an upgrade.

    Creates no file. Raises ``OSError``.
    """
    return max(_usable(index), key=lambda copy: copy.made_at, default=None)


def way_back(copy: IndexCopy, index: Path) -> str:
    """The command that puts the newer index and what was made with it aside, and goes on with the copy.

    Photos since then are in the folder; ``photonic reindex`` lists them.
    """
    folder, aside = index.parent, _free(index.parent)
    newer = [f"{index.name}*", *(name for name in (FOLDER, COPIES) if (folder / name).exists())]
    kept = aside / copy.path.relative_to(folder)
    return (
        f"cd {shlex.quote(str(folder))} && mkdir -m 700 {aside.name} && mv {' '.join(newer)} {aside.name}/ && "
        f"cp -p {shlex.quote(str(kept.relative_to(folder)))} {index.name} && "
        f"photonic reindex --photo-root {shlex.quote(str(folder.parent))}"
    )


def _usable(index: Path) -> Iterator[IndexCopy]:
    before_upgrades = (copy_of(index, version) for version in range(1, VERSION + 1))
    for path in (*copies(index), *before_upgrades):
        if path.is_file() and (version := _version(path)) is not None and 0 < version <= VERSION:
            yield IndexCopy(path, version, datetime.fromtimestamp(path.stat().st_mtime, UTC))


def _version(path: Path) -> int | None:
    """The version of the schema; ``None``: it is damaged."""
    try:
        # Immutable: SQLite creates no files beside it. Nobody writes to a copy.
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True)) as connection:
            connection.execute("SELECT * FROM captures ORDER BY rowid DESC LIMIT 1").fetchone()
            return int(connection.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.Error:
        return None


def _free(folder: Path) -> Path:
    """A folder that does not exist yet."""
    names = (folder / "newer", *(folder / f"newer-{number}" for number in range(2, 10_000)))
    return next(name for name in names if not name.exists())
