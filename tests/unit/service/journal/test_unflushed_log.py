"""Nothing is done on the strength of a transaction that a loss of power can still take back.

A transaction of a process that was killed between the write and the flush of SQLite's write-ahead log is read by the
next start, from the page cache. SQLite flushes the whole log with each commit (``synchronous = FULL``). So the log is
safe up to its length at the newest commit, and a loss of power takes what lies behind that.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from tests.support.surroundings import THIS_MACHINE, timekeeping

from photonic.model.api import CaptureRecord
from photonic.model.reach import EVERYTHING
from photonic.model.status import CapturePhase
from photonic.service.journal.capture_rows import CaptureResult, CaptureStarted
from photonic.service.journal.captures import CaptureJournal
from photonic.service.journal.lists import ListJournal

if TYPE_CHECKING:
    from pathlib import Path

PHOTOS = PurePosixPath("photos")


def failed(capture_id: str) -> CaptureRecord:
    return CaptureRecord(
        id=capture_id,
        camera_id="0123",
        phase=CapturePhase.FAILED,
        session_id="guest",
        sequence_number=1,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


def log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def left_behind(path: Path, target: Path, log_bytes: int) -> Path:
    """The database as it lies on a disk that has the first ``log_bytes`` of its log. Returns its path."""
    target.mkdir()
    copy = target / path.name
    shutil.copyfile(path, copy)
    log_of(copy).write_bytes(log_of(path).read_bytes()[:log_bytes])
    return copy


async def record(journal: CaptureJournal, capture_id: str) -> None:
    await journal.intend(CaptureStarted(failed(capture_id), PHOTOS, PHOTOS))
    await journal.end(CaptureResult(failed(capture_id), (), PHOTOS))


async def killed_before_the_flush(place: Path) -> tuple[Path, int]:
    """A database with a transaction that was written and not flushed, and the length of its log that was."""
    journal = CaptureJournal(place / "journal", time=THIS_MACHINE.time)
    await journal.open()
    await record(journal, "c1")
    flushed = log_of(place / "journal").stat().st_size
    await journal.read(lambda connection: connection.execute("PRAGMA synchronous = OFF"))
    await record(journal, "c2")
    path = left_behind(place / "journal", place / "killed", log_of(place / "journal").stat().st_size)
    await journal.close()
    return path, flushed


async def ids(journal: CaptureJournal) -> list[str]:
    return [one.record.id for one in reversed(await ListJournal(journal).captures(EVERYTHING, None, 10))]


async def test_what_a_start_reads_is_there_after_a_loss_of_power(tmp_path: Path) -> None:
    path, flushed = await killed_before_the_flush(tmp_path)
    written = log_of(path).stat().st_size
    assert flushed < written
    journal = CaptureJournal(path, time=THIS_MACHINE.time)
    await journal.open()
    seen = await ids(journal)
    now = log_of(path).stat().st_size
    cut = left_behind(path, tmp_path / "power", now if now > written else flushed)
    await journal.close()

    again = CaptureJournal(cut, time=THIS_MACHINE.time)
    await again.open()
    assert await ids(again) == seen
    await again.close()


async def test_a_transaction_that_changes_nothing_is_written(tmp_path: Path) -> None:
    journal = CaptureJournal(tmp_path / "journal", time=timekeeping(monotonic=lambda: 1.0))
    await journal.open()
    for _time in range(2):
        before = log_of(tmp_path / "journal").stat().st_size
        assert await journal.recorded([PHOTOS / "x.jpg"]) == frozenset()
        assert log_of(tmp_path / "journal").stat().st_size > before
    await journal.close()
