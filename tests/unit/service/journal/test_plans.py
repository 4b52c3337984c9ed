"""No statement of the journal reads a whole table of photos, sorts one, or builds an index of its own for one.

Every statement that the journal runs here is explained by SQLite. With a million photos, one that reads all of them
would hold up captures for seconds.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from tests.support.surroundings import THIS_MACHINE

from photonic.model.api import CaptureRecord
from photonic.model.reach import EVERYTHING, Reach
from photonic.model.status import CapturePhase
from photonic.service.journal import second_copies, stops
from photonic.service.journal.capture_rows import CaptureResult, CaptureStarted, CommitEffects
from photonic.service.journal.captures import CaptureJournal
from photonic.service.journal.cards import CardJournal
from photonic.service.journal.deliveries import OutboxJournal
from photonic.service.journal.lists import ListJournal, Shelf
from photonic.service.journal.second_copies import SecondCopyJournal
from photonic.service.journal.sequences import SequenceJournal
from photonic.service.journal.trash import TrashJournal
from photonic.service.journal.verification import VerificationJournal
from photonic.service.photo.identity import PhotoIdentity
from photonic.service.photo.staged import StoredFile
from photonic.worker.link.card_messages import CardObject

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

PHOTOS = PurePosixPath("photos")
MANY = (
    "captures",
    "files",
    "objects",
    "trash",
    "sessions",
    "counts",
    "staged",
    "sequences",
    "sequence_frames",
    "second_copies",
    "deletions",
)
"""Tables that grow with the photos."""
SERIAL = "A"


def record(capture_id: str, **fields: object) -> CaptureRecord:
    return CaptureRecord(
        id=capture_id,
        camera_id="0123",
        phase=CapturePhase.QUEUED,
        session_id="guest",
        sequence_number=1,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        **fields,  # pyright: ignore[reportArgumentType]
    )


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncGenerator[CaptureJournal]:
    journal = CaptureJournal(tmp_path / "journal", ("hook",), copies=True, time=THIS_MACHINE.time)
    await journal.open()
    yield journal
    await journal.close()


def identity(number: int) -> PhotoIdentity:
    return PhotoIdentity(SERIAL, "/store/DCIM", f"IMG_{number:04}.JPG", 5, 1000 + number)


def card_object(number: int) -> CardObject:
    one = identity(number)
    return CardObject(folder=one.folder or "", name=one.name, size_bytes=one.size_bytes, taken_at=one.taken_at)


async def use(journal: CaptureJournal) -> None:
    """Call everything that captures, imports, lists and the trash call."""
    lists, cards, trash = ListJournal(journal), CardJournal(journal), TrashJournal(journal)
    for number in range(3):
        started = record(f"c{number}", owner="session:1", idempotency_key=f"key {number}")
        await journal.intend(CaptureStarted(started, PHOTOS, PHOTOS, SERIAL))
        saved = started.model_copy(update={"phase": CapturePhase.SAVED})
        file = StoredFile(PHOTOS / f"{number}.jpg", 5, f"{number}", "image/jpeg", identity(number))
        await journal.end(CaptureResult(saved, (file,), PHOTOS), CommitEffects(serial=SERIAL, delete=True))
        late = StoredFile(PHOTOS / f"{number}.cr2", 5, f"raw {number}", "image/x-canon-cr2")
        await journal.extend(CaptureResult(saved, (file, late), PHOTOS), [late], CommitEffects())
    failed = record("c9").model_copy(update={"phase": CapturePhase.FAILED})
    await journal.intend(CaptureStarted(record("c9"), PHOTOS, PHOTOS, SERIAL))
    await journal.end(CaptureResult(failed, (), PHOTOS), CommitEffects(serial=SERIAL, expects_photo=True))
    await look(lists)
    await journal.unfinished()
    await journal.staged("c1")
    await journal.of_id("c1")
    await journal.of_key("key 1", "session:1")
    await journal.holds("1")
    await journal.recorded([PHOTOS / "1.jpg"])
    await journal.newest_arrived(SERIAL)
    await journal.last_number("guest")
    await scan(cards)
    await trash.discard("c0", PHOTOS, [PHOTOS / "a", PHOTOS / "b"], 0)
    await trash.discard("c1", PHOTOS, [PHOTOS / "c", PHOTOS / "d"], 0)
    await trash.of_id("c0")
    await journal.before_trash("0")
    async for _discarded in trash.discarded():
        pass
    await trash.restore("c0", [PHOTOS / "0.jpg", PHOTOS / "0.cr2"])
    await trash.remove("c1")
    await copy(SecondCopyJournal(journal))
    await SequenceJournal(journal).unfinished()
    await SequenceJournal(journal).page(None, 5, None)
    await SequenceJournal(journal).page(None, 5, "session:1")
    await SequenceJournal(journal).frames("s", 1, 5)
    await OutboxJournal(journal).waiting("hook", 5, ())
    await check(journal)


async def copy(copies: SecondCopyJournal) -> None:
    """Call everything that the second disk calls."""
    assert await copies.count_to_make() == 4
    assert not await copies.any_made()
    assert await copies.waits("2")
    first, *_others = await copies.to_make(0, 5)
    assert await copies.made(first, PHOTOS / "copy")
    assert not await copies.made(first, PHOTOS / "copy")
    await copies.forget_without_file()
    await copies.deleted(await copies.to_delete(5))


async def check(journal: CaptureJournal) -> None:
    """Call everything that the checks of stored photos call, after an unclean stop, too."""
    await journal.read(lambda connection: stops.started(connection, "another boot"))
    checks = VerificationJournal(journal)
    unread = await checks.unread()
    assert await checks.unread_count() == len(unread) > 0
    await checks.read(unread)
    await checks.forget_removed()
    first, *_others = await checks.files_after(0)
    await checks.file(first.capture_id, first.number)
    await checks.moved_from(first)
    await checks.with_content(first.sha256)
    await checks.count()
    await checks.on_card(first)
    await checks.copy_again(first)


async def look(lists: ListJournal) -> None:
    """Call everything that lists."""
    for reach in (EVERYTHING, Reach(owner="session:1"), Reach(session_id="guest"), Reach(capture_id="c1")):
        for session in (None, "guest"):
            for before in (None, (2**60, "c")):
                await lists.stills(reach, session, before, 5)
        await lists.still_count(reach, "guest")
        await lists.position(reach, "c1")
        async for _stills in lists.oldest_first(reach, "guest"):
            pass
    await lists.taken_near(datetime(2026, 1, 1, tzinfo=UTC), 5)
    for reach in (EVERYTHING, Reach(owner="session:1")):
        for position in (None, (2**60, 2**60)):
            await lists.captures(reach, position, 5)
    for owner in (None, "session:1"):
        for before in (None, (2**60, "z")):
            await lists.sessions(owner, before, 5)
        await lists.session(owner, "guest")
        await lists.session_ids(owner, "", 5)
        await lists.session_count(owner)
    for before in (None, (2**60, "c")):
        await lists.stills(EVERYTHING, None, before, 5, Shelf.TRASH)
    await lists.deleted_count()
    await lists.saved_count()
    await lists.last_saved_at()


async def scan(cards: CardJournal) -> None:
    """Call everything that an import calls."""
    await cards.record_scan(SERIAL, "card", [card_object(7)])
    await cards.memory(SERIAL, "card", [card_object(number) for number in range(4)])
    await cards.with_same_stem(identity(1))
    await cards.expected(SERIAL)
    await cards.expected(None)
    await cards.ahead(SERIAL)
    await cards.ahead_by_exif(SERIAL)
    await cards.least_ahead_by_exif(SERIAL)
    await cards.resolved(SERIAL)
    for by_exif in (False, True):
        await cards.unattributed(SERIAL, "c0", by_exif=by_exif)
    await cards.stored(SERIAL, card_object(1))
    assert len(await cards.deletions(SERIAL, 0, 2)) == 2
    for deletion in await cards.deletions(SERIAL, 0, 5):
        await cards.settle(deletion)


def faults(plan: list[str]) -> list[str]:
    """The steps that take longer the more photos there are."""
    tables = "|".join(MANY)
    slow = re.compile(rf"SCAN (main\.)?({tables})( AS \w+)?$|USE TEMP B-TREE FOR (ORDER BY|GROUP BY)$|AUTOMATIC")
    return [step for step in plan if slow.search(step)]


async def test_no_statement_reads_or_sorts_a_whole_table(journal: CaptureJournal) -> None:
    run: set[str] = set()
    await journal.read(lambda connection: connection.set_trace_callback(run.add))
    await use(journal)
    await journal.read(lambda connection: connection.set_trace_callback(None))
    statements = {re.sub(r"\s+", " ", one) for one in run if re.match(r"\s*(SELECT|UPDATE|DELETE|INSERT)", one)}
    assert len(statements) > 100

    def explain(connection: sqlite3.Connection) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for one in statements:
            plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {one}")]
            found[one] = [step for step in faults(plan) if not _is_harmless(one, step)]
        return {one: steps for one, steps in found.items() if steps}

    assert await journal.read(explain) == {}


def _is_harmless(statement: str, step: str) -> bool:
    """Whether a statement sorts only what a condition with an index has left, such as unfinished captures.

    Or whether it reads the newest rows until a page is full, or would look for rows that wait for the inserted one
    (foreign keys) if any did.
    """
    if step.startswith("SCAN"):
        soon = ("ORDER BY ordinal DESC LIMIT", "ORDER BY files.rowid DESC")
        return statement.startswith("INSERT") or any(one in statement for one in soon)
    few = (
        "phase IN ('queued'",
        "phase IN ('countdown'",
        "FROM owed",
        "AS timed",
        "LIMIT 50)",
        "AND ordinal > (",
        "ORDER BY removed",
    )
    return any(one in statement for one in few)


def test_a_statement_that_reads_a_whole_table_is_noticed(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "database")) as connection:
        connection.execute("CREATE TABLE captures (id TEXT, place INTEGER)")
        for statement in (
            "SELECT * FROM captures WHERE id = 'c1'",
            "SELECT * FROM captures ORDER BY place",
            "SELECT * FROM captures AS a JOIN captures AS b ON a.id = b.id",
        ):
            assert faults([row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")])


async def test_waiting_copies_are_counted_in_pieces(journal: CaptureJournal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_copies, "COUNTED_ROWS", 2)
    for number in range(5):
        await journal.intend(CaptureStarted(record(f"c{number}"), PHOTOS, PHOTOS, SERIAL))
        saved = record(f"c{number}").model_copy(update={"phase": CapturePhase.SAVED})
        file = StoredFile(PHOTOS / f"{number}.jpg", 5, f"{number}", "image/jpeg")
        await journal.end(CaptureResult(saved, (file,), PHOTOS), CommitEffects())
    run: list[str] = []
    await journal.read(lambda connection: connection.set_trace_callback(run.append))
    assert await SecondCopyJournal(journal).count_to_make() == 5
    assert len(run) == 3


async def test_a_photo_of_a_long_exposure_is_read_again_although_its_capture_began_before(
    journal: CaptureJournal,
) -> None:
    for number, took_ms in enumerate((1_000, 900_000)):
        await journal.intend(CaptureStarted(record(f"c{number}"), PHOTOS, PHOTOS, SERIAL))
        saved = record(f"c{number}").model_copy(update={"phase": CapturePhase.SAVED, "capture_time_ms": took_ms})
        file = StoredFile(PHOTOS / f"{number}.jpg", 5, f"{number}", "image/jpeg")
        await journal.end(CaptureResult(saved, (file,), PHOTOS), CommitEffects())

    def stop(connection: sqlite3.Connection) -> None:
        with connection:
            connection.execute("UPDATE running SET seconds = seconds + 1000")
        stops.started(connection, "another boot")

    await journal.read(stop)
    assert [file.capture_id for file in await VerificationJournal(journal).unread()] == ["c1"]
