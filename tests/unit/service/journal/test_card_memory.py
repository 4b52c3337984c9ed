"""What is read about a card concerns what is on it, however many copies are still to be deleted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.surroundings import THIS_MACHINE

from photonic.model.api import CaptureRecord
from photonic.model.status import CapturePhase
from photonic.service.journal.capture_rows import CaptureResult, CommitEffects
from photonic.service.journal.captures import CaptureJournal
from photonic.service.journal.cards import CardJournal
from photonic.service.journal.database import PIECE_ROWS
from photonic.service.photo.identity import PhotoIdentity
from photonic.service.photo.staged import StoredFile
from photonic.worker.link.card_messages import CardObject

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

    from photonic.service.journal.turns import Urgency

SERIAL = "A"
MANY = 3 * PIECE_ROWS


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncGenerator[CaptureJournal]:
    journal = CaptureJournal(tmp_path / "journal", time=THIS_MACHINE.time)
    await journal.open()
    yield journal
    await journal.close()


def card_object(number: int) -> CardObject:
    return CardObject(folder="/store/DCIM", name=f"IMG_{number:04}.JPG", size_bytes=5, taken_at=1000 * number)


def identity(number: int) -> PhotoIdentity:
    one = card_object(number)
    return PhotoIdentity(SERIAL, one.folder, one.name, one.size_bytes, one.taken_at)


async def imported(journal: CaptureJournal, number: int, scan: int, *, delete: bool) -> None:
    capture = CaptureRecord(
        id=f"c{number}",
        camera_id="0123",
        phase=CapturePhase.SAVED,
        session_id="guest",
        sequence_number=number,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    photos = PurePosixPath("photos")
    file = StoredFile(photos / f"{number}.jpg", 5, f"{number}", "image/jpeg", identity(number))
    effects = CommitEffects(serial=SERIAL, card_scan=scan, delete=delete)
    await journal.add(CaptureResult(capture, (file,), photos), effects)


async def many_deletions(journal: CaptureJournal, first: int) -> None:
    rows = [(SERIAL, "/store/DCIM", f"IMG_{number:04}.JPG", 5, 1000 * number) for number in range(first, first + MANY)]
    add = "INSERT INTO deletions (serial, folder, name, size_bytes, taken_at) VALUES (?, ?, ?, ?, ?)"
    await journal.write(lambda connection: connection.executemany(add, rows))


async def test_only_deletions_of_what_is_on_the_card_are_read(journal: CaptureJournal) -> None:
    cards = CardJournal(journal)
    scan = await cards.record_scan(SERIAL, "card", [])
    await many_deletions(journal, 1000)
    for number in (1, 2, 3):
        await imported(journal, number, scan, delete=number != 3)
    memory = await cards.memory(SERIAL, "card", [card_object(1), card_object(3), card_object(1007)])
    assert sorted(one.name for one in memory.leaving) == ["IMG_0001.JPG", "IMG_1007.JPG"]


async def test_a_photo_that_is_being_deleted_is_none_that_must_stay(journal: CaptureJournal) -> None:
    cards = CardJournal(journal)
    scan = await cards.record_scan(SERIAL, "card", [])
    for number in range(1, 4):
        await imported(journal, number, scan, delete=True)
    assert (await cards.memory(SERIAL, "card", [card_object(9)])).photos == ()
    await imported(journal, 4, scan, delete=False)
    (staying,) = (await cards.memory(SERIAL, "card", [card_object(9)])).photos
    assert staying.identity == identity(4)


async def test_no_piece_reads_more_than_some_deletions(journal: CaptureJournal) -> None:
    cards, read = CardJournal(journal), list[int]()
    await cards.record_scan(SERIAL, "card", [])
    await many_deletions(journal, 0)
    before = journal.read

    async def counted(work: Callable[[sqlite3.Connection], Any], *urgency: Urgency) -> Any:
        rows = 0

        def counting(connection: sqlite3.Connection) -> Any:
            nonlocal rows

            def note(statement: str) -> None:
                nonlocal rows
                rows += "FROM deletions" in statement

            connection.set_trace_callback(note)
            try:
                return work(connection)
            finally:
                connection.set_trace_callback(None)

        try:
            return await before(counting, *urgency)
        finally:
            read.append(rows)

    journal.read = counted  # pyright: ignore[reportAttributeAccessIssue]
    objects = [card_object(number) for number in range(MANY)]
    assert len((await cards.memory(SERIAL, "card", objects)).leaving) == MANY
    assert max(read) <= PIECE_ROWS
