"""A state of a disk as real files, and real files as a state."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from tests.crash.models import DiskState

if TYPE_CHECKING:
    from pathlib import Path


def write(state: DiskState, root: Path) -> None:
    """Make ``root`` anew with this state; files with several names are hard links."""
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    for folder in sorted(state.folders):
        (root / folder).mkdir()
    first: dict[int, Path] = {}
    for name, node in state.files.items():
        path = root / name
        if node in first:
            os.link(first[node], path)
        else:
            path.write_bytes(state.contents[node])
            first[node] = path


def read(root: Path) -> DiskState:
    """What is below ``root``; names of one file share its node."""
    folders: set[str] = set()
    files: dict[str, int] = {}
    contents: dict[int, bytes] = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if path.is_dir():
            folders.add(name)
        else:
            files[name] = node = path.stat().st_ino
            contents[node] = path.read_bytes()
    return DiskState(frozenset(folders), files, contents)
