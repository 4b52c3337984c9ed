"""The database as a file: who may read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.surroundings import THIS_MACHINE

from photonic.service.journal.database import JournalFile

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("before", [None, 0o644])
async def test_only_its_own_user_may_read_the_index(tmp_path: Path, before: int | None) -> None:
    path = tmp_path / "index" / "captures.sqlite3"
    if before is not None:
        path.parent.mkdir()
        path.touch(mode=before)
    journal = JournalFile(path, time=THIS_MACHINE.time)
    await journal.open()
    try:
        modes = {entry.name: entry.stat().st_mode & 0o777 for entry in path.parent.iterdir()}
        assert set(modes.values()) == {0o600}, modes
    finally:
        await journal.close()
