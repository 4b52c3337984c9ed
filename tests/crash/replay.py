"""A state of a disk as real files."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.crash.models import DiskState


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
