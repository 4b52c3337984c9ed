"""The first scan of a card: complete or not there, and never more than some rows in one piece."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.surroundings import timekeeping

from photonic.service.journal import first_scans
from photonic.service.journal.captures import CaptureJournal
from photonic.service.journal.cards import CardJournal
from photonic.service.journal.database import PIECE_ROWS
from photonic.worker.link.card_messages import CardObject

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

OBJECTS = [
    CardObject(folder="/store/DCIM", name=f"IMG_{number:04}.JPG", size_bytes=5, taken_at=number)
    for number in range(2 * PIECE_ROWS + 1)
]


class Killed(BaseException):
    """The process ends."""


@pytest.fixture
def clock() -> list[int]:
    """The unix seconds of the wall clock; the last ones count."""
    return [1_780_000_000]


@pytest.fixture
async def journal(tmp_path: Path, clock: list[int]) -> AsyncGenerator[CaptureJournal]:
    time = timekeeping(wall=lambda: datetime.fromtimestamp(clock[-1], UTC))
    journal = CaptureJournal(tmp_path / "journal", time=time)
    await journal.open()
    yield journal
    await journal.close()


async def rows(journal: CaptureJournal) -> tuple[int, int]:
    statement = "SELECT (SELECT count(*) FROM sights), (SELECT count(*) FROM baseline)"
    return await journal.read(lambda connection: connection.execute(statement).fetchone())


async def test_no_piece_writes_more_than_some_rows(journal: CaptureJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    """A capture waits for one piece at most."""
    write, changed = journal.write, list[int]()

    async def counted(change: Callable[[sqlite3.Connection], Any]) -> Any:
        def counting(connection: sqlite3.Connection) -> Any:
            before = connection.total_changes
            result = change(connection)
            # Each row is also noted for the record beside the photos.
            changed.append((connection.total_changes - before) // 2)
            return result

        return await write(counting)

    with monkeypatch.context() as watched:
        watched.setattr(journal, "write", counted)
        number = await first_scans.record(journal, "A", "card", OBJECTS)
    assert max(changed) == PIECE_ROWS
    found = await first_scans.baseline(journal, [number], "A")
    assert [one.name for one in found[number]] == [one.name for one in OBJECTS]
    assert (await CardJournal(journal).memory("A", "card")).card_scan == number


@pytest.mark.parametrize("after", range(5), ids=["begun", "cleared", "a piece", "two pieces", "all pieces"])
async def test_a_scan_that_a_crash_cut_off_is_not_there_and_the_next_one_writes_it_anew(
    journal: CaptureJournal, clock: list[int], monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """Otherwise, what it had not written yet would be imported as new. Its time is that of the next one."""
    write, left = journal.write, after + 1

    async def killed(change: Callable[[sqlite3.Connection], Any]) -> Any:
        nonlocal left
        if left == 0:
            raise Killed
        left -= 1
        return await write(change)

    cards = CardJournal(journal)
    with monkeypatch.context() as killing:
        killing.setattr(journal, "write", killed)
        with pytest.raises(Killed):
            await cards.record_scan("A", "card", OBJECTS)
    assert (await cards.memory("A", "card")).card_scan is None
    clock.append(clock[-1] + 100)
    number = await cards.record_scan("A", "card", OBJECTS)
    assert await journal.read(lambda connection: connection.execute("SELECT seen_at FROM sights").fetchall()) == [
        (clock[-1],)
    ]
    assert (await cards.memory("A", "card")).card_scan == number
    assert await rows(journal) == (1, len(OBJECTS))
