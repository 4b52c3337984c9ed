"""Captures use the journal's thread before everything else, and idle work after everything else."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from tests.support.surroundings import THIS_MACHINE

from photonic.errors import StorageError
from photonic.service.journal.database import PIECE_ROWS, JournalFile
from photonic.service.journal.turns import Turns, Urgency

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[JournalFile]:
    journal = JournalFile(tmp_path / "journal", time=THIS_MACHINE.time)
    await journal.open()
    yield journal
    await journal.close()


async def test_a_capture_waits_only_for_the_work_that_runs(journal: JournalFile) -> None:
    let_go = threading.Event()
    done: list[str] = []

    async def work(name: str, urgency: Urgency) -> None:
        await journal.read(lambda _connection: done.append(name), urgency)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(journal.read(lambda _connection: let_go.wait(10)))
        await asyncio.sleep(0)
        for name, urgency in [
            ("copy", Urgency.IDLE),
            ("list", Urgency.NORMAL),
            ("first", Urgency.CAPTURE),
            ("other list", Urgency.NORMAL),
            ("second", Urgency.CAPTURE),
        ]:
            tasks.create_task(work(name, urgency))
            await asyncio.sleep(0)
        let_go.set()
    assert done == ["first", "second", "list", "other list", "copy"]


async def test_a_caller_that_gives_up_holds_up_nobody() -> None:
    turns = Turns()
    having = asyncio.Event()
    let_go = asyncio.Event()

    async def have() -> None:
        async with turns.turn(Urgency.NORMAL):
            having.set()
            await let_go.wait()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(have())
        await having.wait()
        waiting = [tasks.create_task(have()) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        let_go.set()
        await asyncio.sleep(0)  # the turn has been passed on to the second one, which has not run yet
        waiting[1].cancel()
    assert not waiting[2].cancelled()
    async with asyncio.timeout(1), turns.turn(Urgency.IDLE):
        pass


async def test_many_rows_are_read_in_pieces_between_which_a_capture_is_recorded(journal: JournalFile) -> None:
    rows = [(number,) for number in range(2 * PIECE_ROWS + 1)]
    await journal.write(lambda connection: connection.execute("CREATE TABLE seen (number INTEGER PRIMARY KEY)"))
    await journal.write(lambda connection: connection.executemany("INSERT INTO seen VALUES (?)", rows))

    def piece(connection: sqlite3.Connection, after: int | None) -> Sequence[int]:
        statement = "SELECT number FROM seen WHERE number > ? ORDER BY number LIMIT ?"
        return [row[0] for row in connection.execute(statement, (-1 if after is None else after, PIECE_ROWS))]

    found: list[int] = []
    async for numbers in journal.pieces(piece, lambda number: number, Urgency.IDLE):
        found += numbers
        if len(found) == PIECE_ROWS:
            await journal.write(lambda connection: connection.execute("DELETE FROM seen WHERE number = ?", rows[-1]))
    assert found == [row[0] for row in rows[:-1]]


async def test_what_was_called_for_before_the_end_is_done(journal: JournalFile) -> None:
    let_go = threading.Event()
    done: list[str] = []
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(journal.read(lambda _connection: let_go.wait(10)))
        await asyncio.sleep(0)
        tasks.create_task(journal.read(lambda _connection: done.append("copy"), Urgency.IDLE))
        await asyncio.sleep(0)
        closing = tasks.create_task(journal.close())
        await asyncio.sleep(0)
        let_go.set()
        await closing
    assert done == ["copy"]
    with suppress(StorageError):
        await journal.read(lambda _connection: done.append("later"))
    assert done == ["copy"]
