"""Invariant 2 at the moment of a kill: in which order names and records have changed.

Theory of operation. Recovery mends much of what a wrong order spoils, so the end of a history does not show it. What a
kill leaves does: it loses nothing of the page cache or of the index's log. Two promises hold before and after each
operation of the disk. A staged file is deleted only after its photo is in place and on record (``files/staging.py``):
a name that no record mentions has another name, in the staging area or in the trash. And a photo is recorded in the
folder only while it is there, also when it is restored (``library/trash.py``).

The index is read from a copy outside of the simulated disk, so that the history does not change. A life whose disk has
failed is not judged: what undoes a failed commit may come before its record. Nor is what an earlier life has left.
"""

from __future__ import annotations

import posixpath
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from tests.simulation.evidence import Broken
from tests.simulation.judge.exposures import RESERVED, STAGING, TRASH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

INDEX = ".photonic/captures.sqlite3"
COPIED = ("", "-wal")


class OrderAtKills:
    """Looks at the disk after each life of one history. To be made before the history begins.

    Args:
        folder: For copies of the index; a real one, and empty.
        roots: The photo root of each camera.
        content: Of the file at a path of the simulated disk; ``None``: there is none.
    """

    def __init__(self, folder: Path, roots: Mapping[int, Path], content: Callable[[Path], bytes | None]) -> None:
        self._copy = folder / "copy.sqlite3"
        self._roots = roots
        self._content = content
        self._lost: set[Path] = set()
        # The first real file that a process opens makes SQLite begin its random numbers anew.
        with closing(sqlite3.connect(self._copy)) as connection:
            connection.execute("PRAGMA user_version = 1")

    def look(self, numbers: Mapping[str, int], *, killed: bool) -> None:
        """Look at what a life has left.

        Args:
            numbers: The number of the file at each path; two names of one file have one number.
            killed: Whether it ended by a kill, without an error of the disk before; otherwise nothing is judged.

        Raises:
            Broken: A name or a record has changed too early.
        """
        lost: set[Path] = set()
        for root in self._roots.values():
            prefix = f"{root}/"
            own = {path.removeprefix(prefix): number for path, number in numbers.items() if path.startswith(prefix)}
            recorded = self._recorded(root)
            missing = sorted(path for path in recorded if not path.startswith(TRASH) and path not in own)
            if killed and missing:
                raise Broken(2, "what is recorded in the folder is there", missing[0])
            kept = {number for path, number in own.items() if path.startswith((STAGING, TRASH))}
            # A photo is recorded in the trash before it is moved there.
            moving = {posixpath.basename(path) for path in recorded if path.startswith(TRASH)}
            lost |= {
                root / path
                for path, number in own.items()
                if not path.startswith(RESERVED)
                and path not in recorded
                and number not in kept
                and posixpath.basename(path) not in moving
            }
        if killed and (new := sorted(lost - self._lost)):
            raise Broken(2, "a staged file stays until its photo is recorded", f"{new[0]} is in no record")
        self._lost = lost

    def _recorded(self, root: Path) -> set[str]:
        """The paths of all recorded files."""
        for ending in COPIED:
            content = self._content(root / f"{INDEX}{ending}")
            self._copy.with_name(self._copy.name + ending).unlink(missing_ok=True)
            if content is not None:
                self._copy.with_name(self._copy.name + ending).write_bytes(content)
        with closing(sqlite3.connect(self._copy)) as connection:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA synchronous = OFF")
            if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'files'").fetchone() is None:
                return set()
            return {path for (path,) in connection.execute("SELECT path FROM files")}
