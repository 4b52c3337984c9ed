"""Rotating copies of the index, made while it is used, and an index that is made again from one."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from tests.support.surroundings import THIS_MACHINE
from tests.support.waiting import until_true

from photonic.errors import StorageError
from photonic.service.journal import copying, record_lines
from photonic.service.journal.copying import IndexCopier
from photonic.service.journal.database import JournalFile
from photonic.service.library import index_upkeep
from photonic.service.library.index_upkeep import IndexUpkeep

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "x" * 4000
"""One row of it needs a page."""


async def opened(folder: Path) -> JournalFile:
    journal = JournalFile(folder / "captures.sqlite3", time=THIS_MACHINE.time)
    await journal.open()
    return journal


async def fill(journal: JournalFile, first: int, count: int) -> None:
    """Rows of the simplest table that is recorded."""

    def insert(connection: sqlite3.Connection) -> None:
        rows = [(number, "serial", f"{number} {TEXT}", 0) for number in range(first, first + count)]
        connection.executemany("INSERT INTO sights VALUES (?, ?, ?, ?)", rows)

    await journal.write(insert)


def numbers(path: Path) -> list[int]:
    with closing(sqlite3.connect(path)) as connection:
        return [number for (number,) in connection.execute("SELECT number FROM sights ORDER BY number")]


def copies(folder: Path) -> list[Path]:
    return sorted((folder / "copies").iterdir())


async def test_the_index_is_used_while_it_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "STEP_PAGES", 5)
    journal = await opened(tmp_path)
    await fill(journal, 1, 200)
    copying_ = asyncio.create_task(journal.copy(2))
    written = 200
    while not copying_.done():
        if written < 210:
            written += 1
            await fill(journal, written, 1)
        await asyncio.sleep(0)
    copy = await copying_
    assert written > 200, "the writes had to wait for the copy"
    assert numbers(copy)[:200] == list(range(1, 201))
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    await journal.close()


async def test_no_step_of_a_copy_falls_into_a_transaction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "STEP_PAGES", 1)
    stepped = threading.Event()
    between_steps = IndexCopier._between_steps

    def noted(copier: IndexCopier, *progress: int) -> None:
        stepped.set()
        between_steps(copier, *progress)

    monkeypatch.setattr(IndexCopier, "_between_steps", noted)
    journal = await opened(tmp_path)
    await fill(journal, 1, 200)

    def change(connection: sqlite3.Connection) -> bool:
        connection.execute("INSERT INTO sights VALUES (1000, 'serial', 'sight', 0)")
        stepped.clear()
        return stepped.wait(0.05)  # as long as many steps take

    copying_ = asyncio.create_task(journal.copy(2))
    await until_true(stepped.is_set)
    assert not await journal.write(change)
    assert numbers(await copying_) == [*range(1, 201), 1000]
    await journal.close()


async def test_the_oldest_copies_are_deleted(tmp_path: Path) -> None:
    journal = await opened(tmp_path)
    for number in range(1, 5):
        await fill(journal, number, 1)
        await journal.copy(2)
    await journal.close()
    assert [numbers(path) for path in copies(tmp_path)] == [[1, 2, 3], [1, 2, 3, 4]]


async def test_closing_ends_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "STEP_PAGES", 1)
    monkeypatch.setattr(copying, "PAUSE_SECONDS", 1000.0)
    journal = await opened(tmp_path)
    await fill(journal, 1, 50)
    copying_ = asyncio.create_task(journal.copy(2))
    await until_true(lambda: list(tmp_path.glob("copies/.*")))
    await journal.close()
    with pytest.raises(StorageError):
        await copying_
    assert copies(tmp_path) == []


@pytest.mark.parametrize("record", [True, False])
async def test_an_index_is_made_again_from_a_copy_and_the_lines_after_it(tmp_path: Path, *, record: bool) -> None:
    journal = await opened(tmp_path)
    await fill(journal, 1, 5)
    await journal.copy(2)
    await fill(journal, 6, 5)
    await journal.close()
    (tmp_path / "captures.sqlite3").unlink()
    (_number, path), *_others = record_lines.generations(tmp_path / record_lines.FOLDER)
    if not record:
        path.unlink()
    journal = await opened(tmp_path)
    await journal.close()
    assert numbers(tmp_path / "captures.sqlite3") == list(range(1, 11 if record else 6))
    assert journal.rebuilt is not None
    assert "the copy captures-" in journal.rebuilt


async def test_a_damaged_copy_is_passed_over(tmp_path: Path) -> None:
    journal = await opened(tmp_path)
    for number in (1, 2):
        await fill(journal, number, 1)
        await journal.copy(2)
    await journal.close()
    copies(tmp_path)[-1].write_bytes(b"\xff" * 20_000)
    for _number, path in record_lines.generations(tmp_path / record_lines.FOLDER):
        path.unlink()
    (tmp_path / "captures.sqlite3").unlink()
    journal = await opened(tmp_path)
    await journal.close()
    assert numbers(tmp_path / "captures.sqlite3") == [1]


async def test_a_copy_is_made_once_a_day_of_running_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_upkeep, "CHECK_SECONDS", 0.01)
    journal = await opened(tmp_path)

    looked: list[int] = []

    async def idle() -> None:
        looked.append(1)

    made: list[int] = []

    async def copy(kept: int) -> Path:
        path = await JournalFile.copy(journal, kept)
        made.append(kept)
        return path

    monkeypatch.setattr(journal, "copy", copy)
    upkeep = IndexUpkeep(journal, copies=3, open_index=journal.open, idle=idle, clock=THIS_MACHINE.time.monotonic)
    running = asyncio.create_task(upkeep.run())
    try:
        await fill(journal, 1, 1)
        await until_true(lambda: made == [3])
        await fill(journal, 2, 1)
        looks = len(looked)
        await until_true(lambda: len(looked) >= looks + 2)
        assert made == [3]
        journal.running.before += index_upkeep.COPY_SECONDS
        await until_true(lambda: made == [3, 3])
    finally:
        running.cancel()
        await asyncio.wait([running])
        await journal.close()
