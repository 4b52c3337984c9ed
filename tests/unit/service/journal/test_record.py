"""The record beside the photos, and the index that is made again from it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import asynccontextmanager, closing
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest
from tests.support.surroundings import THIS_MACHINE, timekeeping

from photonic.model.api import CaptureRecord
from photonic.model.status import CapturePhase
from photonic.service.journal import record, record_lines, schema
from photonic.service.journal.capture_rows import CaptureResult, CaptureStarted
from photonic.service.journal.captures import CaptureJournal
from photonic.service.journal.cards import CardJournal
from photonic.service.journal.trash import TrashJournal
from photonic.service.photo.identity import PhotoIdentity
from photonic.service.photo.staged import StoredFile
from photonic.worker.link.card_messages import CardObject

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

OLD = CardObject(folder="/store/DCIM", name="OLD.JPG", size_bytes=5, taken_at=7)
KEPT = ("captures", "files", "objects", "sights", "baseline", "trash", "sequences", "deliveries", "staged", "owed")
"""Relations that have to be the same in an index that was made again."""


@asynccontextmanager
async def journal_in(folder: Path, **time: object) -> AsyncGenerator[CaptureJournal]:
    journal = CaptureJournal(folder / "captures.sqlite3", ("hooks.a",), time=timekeeping(**time))  # pyright: ignore[reportArgumentType]
    await journal.open()
    try:
        yield journal
    finally:
        await journal.close()


def capture(number: int, key: str | None = None) -> CaptureRecord:
    return CaptureRecord(
        id=f"{number:032x}",
        idempotency_key=key,
        owner="guest",
        session_id="s",
        sequence_number=number,
        phase=CapturePhase.QUEUED,
        created_at=THIS_MACHINE.time.wall(),
        camera_id="camera",
    )


async def save(journal: CaptureJournal, number: int, *, ends: bool = True) -> None:
    """Record a capture, with an end unless it is interrupted."""
    wanted = capture(number, f"key-{number}")
    place = PurePosixPath("photos")
    await journal.intend(CaptureStarted(wanted, place, PurePosixPath(f"s_{number}")))
    if ends:
        identity = PhotoIdentity("serial", "/store/DCIM", f"IMG_{number:04}.JPG", 100, 1_700_000_000 + number)
        file = StoredFile(place / f"s_{number}.jpg", 100, f"{number:064x}", "image/jpeg", identity)
        await journal.end(CaptureResult(wanted.model_copy(update={"phase": CapturePhase.SAVED}), (file,), place))


def content(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(folder / "captures.sqlite3")) as connection:
        return {name: connection.execute(f"SELECT rowid, * FROM {name} ORDER BY rowid").fetchall() for name in KEPT}


def unwritten(_record: object, _connection: object, _running_seconds: int) -> None:
    """In the place of ``IndexRecord.committed``: the process dies before the line is written."""


async def a_day(folder: Path) -> None:
    """Captures, a scan of the card, a deleted photo, an interrupted capture."""
    async with journal_in(folder) as journal:
        cards, trash = CardJournal(journal), TrashJournal(journal)
        await cards.record_scan("serial", "card", [OLD])
        for number in range(1, 6):
            await save(journal, number)
        await trash.discard(capture(2).id, PurePosixPath("photos"), [PurePosixPath(".photonic/trash/2/s_2.jpg")], 9)
    async with journal_in(folder) as journal:
        await save(journal, 6)
        await save(journal, 7, ends=False)


def set_aside(folder: Path) -> list[Path]:
    return list(folder.glob("captures.sqlite3.older-*"))


def ruin(path: Path, how: str) -> None:
    match how:
        case "gone":
            path.unlink()
        case "empty":
            path.write_bytes(b"")
        case "zeros":
            path.write_bytes(bytes(path.stat().st_size))
        case "half":
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        case _:
            with closing(sqlite3.connect(path)) as connection:
                pages = connection.execute("PRAGMA page_size").fetchone()[0]
            damaged = bytearray(path.read_bytes())
            damaged[3 * pages : 5 * pages] = bytes(2 * pages)
            path.write_bytes(damaged)


@pytest.mark.parametrize("how", ["gone", "empty", "zeros", "half", "pages"])
async def test_an_index_that_is_lost_is_made_again_with_its_keys_and_the_cards_memory(tmp_path: Path, how: str) -> None:
    await a_day(tmp_path)
    before = content(tmp_path)
    ruin(tmp_path / "captures.sqlite3", how)
    async with journal_in(tmp_path) as journal:
        found = await journal.of_key("key-4", "guest")
        assert found is not None
        assert found.record.id == capture(4).id
        memory = await CardJournal(journal).memory("serial", "card")
        assert [one.name for one in memory.baseline] == ["OLD.JPG"]
        assert [started.record.id for started, _rows in await journal.unfinished()] == [capture(7).id]
    assert content(tmp_path) == before


async def test_an_older_index_is_brought_up_to_date(tmp_path: Path) -> None:
    await a_day(tmp_path)
    older = (tmp_path / "captures.sqlite3").read_bytes()
    async with journal_in(tmp_path) as journal:
        await save(journal, 8)
    before = content(tmp_path)
    (tmp_path / "captures.sqlite3").write_bytes(older)
    async with journal_in(tmp_path) as journal:
        assert await journal.of_key("key-8", "guest") is not None
    assert content(tmp_path) == before
    assert set_aside(tmp_path)


async def test_the_record_goes_on_after_the_index_was_made_again(tmp_path: Path) -> None:
    await a_day(tmp_path)
    for number in (8, 9):
        ruin(tmp_path / "captures.sqlite3", "gone")
        async with journal_in(tmp_path) as journal:
            assert await journal.of_key("key-6", "guest") is not None
            while await journal.keep_record(3):
                pass
            await save(journal, number)
    before = content(tmp_path)
    ruin(tmp_path / "captures.sqlite3", "gone")
    async with journal_in(tmp_path):
        pass
    assert content(tmp_path) == before
    assert len(record_lines.generations(tmp_path / record_lines.FOLDER)) == 3


async def test_a_record_that_is_lost_is_written_again_from_the_index(tmp_path: Path) -> None:
    await a_day(tmp_path)
    for _number, path in record_lines.generations(tmp_path / record_lines.FOLDER):
        path.unlink()
    async with journal_in(tmp_path) as journal:
        await save(journal, 8)
        for number in range(9, 12):  # the copy goes on between captures
            assert await journal.keep_record(2)
            await save(journal, number)
        while await journal.keep_record(2):
            pass
    before = content(tmp_path)
    ruin(tmp_path / "captures.sqlite3", "gone")
    async with journal_in(tmp_path):
        pass
    assert content(tmp_path) == before


async def test_where_a_copy_is_is_noted_only_of_what_is_flushed_and_not_after_each_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A note of what a power cut takes would leave a gap that nobody notices; one for each piece costs a flush each."""
    monkeypatch.setattr(record, "PLACE_PIECES", 3)
    await a_day(tmp_path)
    for _number, path in record_lines.generations(tmp_path / record_lines.FOLDER):
        path.unlink()
    flushed: list[int] = []
    flush = os.fsync

    def noted(descriptor: int) -> None:
        flush(descriptor)
        if Path(f"/proc/self/fd/{descriptor}").readlink().suffix == ".jsonl":
            flushed.append(os.fstat(descriptor).st_size)

    async with journal_in(tmp_path) as journal:
        await journal._flush.now()  # pyright: ignore[reportPrivateUsage]
        monkeypatch.setattr(os, "fsync", noted)
        (_number, path), *_others = record_lines.generations(tmp_path / record_lines.FOLDER)
        place = await journal.read(lambda connection: connection.execute("SELECT relation, row FROM record").fetchone())
        pieces, since = 0, 0
        while await journal.keep_record(2):
            pieces, since, size, before = pieces + 1, since + 1, path.stat().st_size, place
            place = await journal.read(
                lambda connection: connection.execute("SELECT relation, row FROM record").fetchone()
            )
            if place != before:
                assert flushed[-1] == size
                assert since == 3 or place[0] is None
                since = 0
        assert place == (None, 0)
        assert pieces > 6


async def test_lines_that_a_power_cut_took_are_written_again(tmp_path: Path) -> None:
    await a_day(tmp_path)
    path = record_lines.generations(tmp_path / record_lines.FOLDER)[-1][1]
    async with journal_in(tmp_path) as journal:
        await save(journal, 8)
        flushed = path.stat().st_size
        await save(journal, 9)
        left = path.read_bytes()[: flushed + 40]  # a torn line
        await journal._flush.now()  # pyright: ignore[reportPrivateUsage]
        with closing(sqlite3.connect(tmp_path / "captures.sqlite3")):
            pass
    # As if the notes of the last line had not been forgotten: nothing was flushed.
    path.write_bytes(left)
    with closing(sqlite3.connect(tmp_path / "captures.sqlite3")) as connection:
        number = record_lines.last_line(path).number  # pyright: ignore[reportOptionalMemberAccess]
        connection.execute("UPDATE sqlite_sequence SET seq = seq WHERE name = 'unrecorded'")
        (newest,) = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'unrecorded'").fetchone()
        assert newest > number
    async with journal_in(tmp_path) as journal:
        while await journal.keep_record(100):
            pass
    before = content(tmp_path)
    ruin(tmp_path / "captures.sqlite3", "gone")
    async with journal_in(tmp_path):
        pass
    assert content(tmp_path) == before


async def test_what_is_noted_and_not_recorded_is_recorded_by_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with journal_in(tmp_path) as journal:
        await save(journal, 1)
        with monkeypatch.context() as patch:
            patch.setattr(record.IndexRecord, "committed", unwritten)
            await save(journal, 2)
    before = content(tmp_path)
    async with journal_in(tmp_path):
        pass
    ruin(tmp_path / "captures.sqlite3", "gone")
    async with journal_in(tmp_path):
        pass
    assert content(tmp_path) == before
    assert len(record_lines.generations(tmp_path / record_lines.FOLDER)) == 2  # the one that the new index began


async def test_a_record_that_cannot_be_written_fails_no_capture(tmp_path: Path) -> None:
    (tmp_path / record_lines.FOLDER).write_bytes(b"in the way")
    async with journal_in(tmp_path) as journal:
        await save(journal, 1)
        (tmp_path / record_lines.FOLDER).unlink()
        await save(journal, 2)
        while await journal.keep_record(100):
            pass
    before = content(tmp_path)
    ruin(tmp_path / "captures.sqlite3", "gone")
    async with journal_in(tmp_path):
        pass
    assert content(tmp_path) == before


async def test_with_a_damaged_record_too_what_can_be_read_of_both_is_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await a_day(tmp_path)
    path = record_lines.generations(tmp_path / record_lines.FOLDER)[-1][1]
    text = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*text[:4], b"x" * len(text[4]) + b"\n", *text[5:]]))
    ruin(tmp_path / "captures.sqlite3", "gone")
    async with journal_in(tmp_path) as journal:
        assert await journal.of_key("key-6", "guest") is not None
    assert "Not everything could be read" in caplog.text


async def test_an_index_of_an_earlier_version_is_copied_into_the_record(tmp_path: Path) -> None:
    path = tmp_path / "captures.sqlite3"
    with closing(sqlite3.connect(path)) as old:
        for step in range(1, 13):
            old.executescript(schema.migration(step))
        failed = capture(1).model_copy(update={"phase": CapturePhase.FAILED}).model_dump_json()
        columns = "id, owner, idempotency_key, phase, directory, stem, record"
        values = ("1" * 32, None, "old", "failed", "photos", "s_1", failed)
        old.execute(f"INSERT INTO captures ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        old.commit()
    async with journal_in(tmp_path) as journal:
        while await journal.keep_record(100):
            pass
    before = content(tmp_path)
    ruin(path, "zeros")
    async with journal_in(tmp_path) as journal:
        assert await journal.of_key("old", None) is not None
    assert content(tmp_path) == before
