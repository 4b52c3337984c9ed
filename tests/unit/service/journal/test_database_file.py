"""The database as a file: who may read it, and what a disk that cannot read it makes of it."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.surroundings import THIS_MACHINE
from tests.support.waiting import until_true

from photonic.errors import StorageError
from photonic.service.journal import database, stops
from photonic.service.journal.connection import IndexConnection
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
        entries = list(path.parent.rglob("*"))
        modes = {entry.name: entry.stat().st_mode & 0o777 for entry in entries if entry.is_file()}
        assert set(modes.values()) == {0o600}, modes
        assert {entry.stat().st_mode & 0o777 for entry in entries if entry.is_dir()} == {0o700}
    finally:
        await journal.close()


def set_aside(place: Path) -> list[Path]:
    return list(place.glob("journal.damaged-*"))


class UnreadableDatabase(IndexConnection):
    """The check of the integrity meets a page that the disk does not read, and reports it among the damages."""

    finding = ""

    def execute(self, sql: str, *parameters: object) -> sqlite3.Cursor:
        if "integrity_check" in sql:
            sql = f"SELECT '*** in database main ***\n{self.finding}'"
        return super().execute(sql, *parameters)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("finding", "is_damage"),
    [
        ("Page 7: unable to get the page. error code=266", False),  # SQLITE_IOERR_READ
        ("failed to get page 7", False),
        ("Page 7: unable to get the page. error code=11", True),  # SQLITE_CORRUPT
        ("Page 7 is never used", True),
    ],
)
async def test_an_index_that_the_disk_does_not_read_is_not_taken_for_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, finding: str, *, is_damage: bool
) -> None:
    monkeypatch.setattr(UnreadableDatabase, "finding", finding)
    monkeypatch.setattr("photonic.service.journal.opening.IndexConnection", UnreadableDatabase)
    journal = JournalFile(tmp_path / "journal", time=THIS_MACHINE.time)
    with pytest.raises(StorageError, match=finding):
        await journal.open()
    monkeypatch.undo()
    await journal.open()
    await journal.close()
    assert len(set_aside(tmp_path)) == is_damage


async def test_an_error_that_is_remembered_keeps_no_closed_index_locked(tmp_path: Path) -> None:
    journal = JournalFile(tmp_path / "journal", time=THIS_MACHINE.time)
    await journal.open()
    rows = [(1, "serial", "sight", 0)]

    def refused(connection: sqlite3.Connection) -> sqlite3.Cursor:
        kept = connection.executemany("INSERT INTO sights VALUES (?, ?, ?, ?)", rows)
        assert kept.rowcount == 1
        raise sqlite3.OperationalError("database or disk is full")

    with pytest.raises(StorageError) as remembered:
        await journal.write(refused)
    await journal.close()
    again = JournalFile(tmp_path / "journal", time=THIS_MACHINE.time)
    await again.open()
    await again.close()
    assert "full" in str(remembered.value)


async def test_what_a_cancelled_call_opened_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Event(), threading.Event()
    started = stops.started

    def slowly(connection: sqlite3.Connection, machine_boot: str) -> None:
        begun.set()
        assert go_on.wait(20)
        started(connection, machine_boot)

    made: list[sqlite3.Connection] = []

    class RememberedConnection(IndexConnection):
        """One that the test keeps open."""

        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            made.append(self)

    monkeypatch.setattr("photonic.service.journal.opening.IndexConnection", RememberedConnection)
    monkeypatch.setattr(stops, "started", slowly)
    journal = JournalFile(tmp_path / "journal", time=THIS_MACHINE.time)
    opening = asyncio.create_task(journal.open())
    await until_true(begun.is_set)
    opening.cancel()
    await asyncio.wait([opening])
    go_on.set()
    await journal.close()
    again = JournalFile(tmp_path / "journal", time=THIS_MACHINE.time)
    await again.open()
    await again.close()
    assert len(made) == 2


async def test_a_disk_that_does_not_answer_does_not_keep_the_service_from_stopping(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "CLOSE_SECONDS", 0.01)
    begun, go_on = threading.Event(), threading.Event()
    journal = JournalFile(tmp_path / "journal", time=THIS_MACHINE.time)
    await journal.open()

    def wait(_connection: sqlite3.Connection) -> bool:
        begun.set()
        return go_on.wait(20)

    reading = asyncio.create_task(journal.read(wait))
    await until_true(begun.is_set)
    await journal.close()
    assert not reading.done()
    go_on.set()
    assert await reading
    again = JournalFile(tmp_path / "journal", time=THIS_MACHINE.time)
    await again.open()
    await again.close()
