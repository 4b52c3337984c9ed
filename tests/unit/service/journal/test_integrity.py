"""A large index is not read at a start; what shows damage later is checked completely by the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.surroundings import THIS_MACHINE

from photonic.errors import StorageError
from photonic.service.journal import integrity
from photonic.service.journal.database import JournalFile

if TYPE_CHECKING:
    from pathlib import Path

PAGE_BYTES = 4096


@pytest.fixture
async def damaged(tmp_path: Path) -> Path:
    """An index with a damaged page in the middle."""
    path = tmp_path / "journal"
    journal = JournalFile(path, time=THIS_MACHINE.time)
    await journal.open()
    rows = [(number, "x" * 200) for number in range(5000)]
    await journal.write(lambda connection: connection.execute("CREATE TABLE seen (number INTEGER PRIMARY KEY, text)"))
    await journal.write(lambda connection: connection.executemany("INSERT INTO seen VALUES (?, ?)", rows))
    await journal.close()
    content = bytearray(path.read_bytes())
    middle = len(content) // PAGE_BYTES // 2 * PAGE_BYTES
    content[middle : middle + PAGE_BYTES] = b"\xff" * PAGE_BYTES
    path.write_bytes(content)
    return path


def beside(path: Path, word: str) -> list[str]:
    return [one.name for one in path.parent.glob(f"{path.name}.{word}*")]


async def test_damage_in_a_large_index_shows_when_it_is_read_and_the_next_start_sets_the_index_aside(
    damaged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(integrity, "CHECKED_BYTES", 0)
    journal = JournalFile(damaged, time=THIS_MACHINE.time)
    for _start in range(2):
        await journal.open()
        assert journal.rebuilt is None
        assert beside(damaged, "damaged") == []
        await journal.close()
    await journal.open()
    with pytest.raises(StorageError, match="malformed"):
        await journal.read(lambda connection: connection.execute("SELECT sum(length(text)) FROM seen").fetchone())
    await journal.close()
    await journal.open()
    assert journal.rebuilt is not None
    assert len(beside(damaged, "damaged")) == 1
    await journal.close()


async def test_a_mark_without_damage_is_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal"
    journal = JournalFile(path, time=THIS_MACHINE.time)
    await journal.open()
    await journal.close()
    integrity.mark(path)
    monkeypatch.setattr(integrity, "CHECKED_BYTES", 0)
    await journal.open()
    assert journal.rebuilt is None
    assert beside(path, "suspect") == []
    await journal.close()
