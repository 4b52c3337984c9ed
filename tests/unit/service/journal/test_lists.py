"""The lists: each reader gets each of its own items once, in the order of acceptance, and every query has an index."""

from __future__ import annotations

import asyncio
import random
import tempfile
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.surroundings import THIS_MACHINE

from photonic.model.api import CaptureRecord
from photonic.model.reach import EVERYTHING, NOTHING, Reach
from photonic.model.status import CapturePhase
from photonic.service.journal import lists as lists_module
from photonic.service.journal.capture_rows import CaptureResult, CaptureStarted
from photonic.service.journal.captures import CaptureJournal
from photonic.service.journal.lists import ListJournal, Shelf
from photonic.service.journal.trash import TrashJournal
from photonic.service.photo.staged import StoredFile

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import AsyncGenerator, Callable

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
PHOTOS = PurePosixPath("photos")
OWNERS = (None, "session:1", "session:2")


@asynccontextmanager
async def opened(path: Path) -> AsyncGenerator[CaptureJournal]:
    journal = CaptureJournal(path, time=THIS_MACHINE.time)
    await journal.open()
    try:
        yield journal
    finally:
        await journal.close()


def capture(number: int, session: str = "party", owner: str | None = None, at: datetime = NOON) -> CaptureRecord:
    return CaptureRecord(
        id=f"c{number}",
        camera_id="booth",
        owner=owner,
        phase=CapturePhase.SAVED,
        session_id=session,
        sequence_number=number,
        created_at=at,
    )


async def take(journal: CaptureJournal, record: CaptureRecord, *, fails: bool = False) -> None:
    file = StoredFile(PHOTOS / f"{record.id}.jpg", 5, record.id, "image/jpeg")
    queued = record.model_copy(update={"phase": CapturePhase.QUEUED})
    await journal.intend(CaptureStarted(queued, PHOTOS, PurePosixPath(record.id)))
    if fails:
        failed = record.model_copy(update={"phase": CapturePhase.FAILED})
        await journal.end(CaptureResult(failed, (), PHOTOS))
    else:
        await journal.end(CaptureResult(record, (file,), PHOTOS))


def ids(found: list[CaptureResult]) -> list[str]:
    return [one.record.id for one in found]


class Model:
    """What the lists have to say."""

    def __init__(self) -> None:
        self.taken: list[CaptureRecord] = []
        self.failed: set[str] = set()
        self.deleted: set[str] = set()
        self.removed: set[str] = set()

    def listed(self, reach: Reach = EVERYTHING, session: str | None = None) -> list[str]:
        gone = self.failed | self.deleted | self.removed
        found = [one for one in self.taken if one.id not in gone and reach.includes(one)]
        return [one.id for one in reversed(found) if session in {None, one.session_id}]

    def sessions(self, owner: str | None) -> list[tuple[str, int]]:
        stills = self.listed(Reach(owner=owner))
        named = [next(one.session_id for one in self.taken if one.id == still) for still in stills]
        return [(name, named.count(name)) for name in dict.fromkeys(named)]


async def check(journal: CaptureJournal, model: Model) -> None:
    lists, reaches = ListJournal(journal), [EVERYTHING, *(Reach(owner=owner) for owner in OWNERS if owner)]
    for reach in reaches:
        for session in (None, "s0", "s1", "nobody"):
            assert ids(await lists.stills(reach, session, None, 99)) == model.listed(reach, session)
            if session is not None:
                assert await lists.still_count(reach, session) == len(model.listed(reach, session))
        rows = await lists.sessions(reach.owner, None, 99)
        assert [(row.session_id, row.stills) for row in rows] == model.sessions(reach.owner)
        for row in rows:
            of_session = model.listed(reach, row.session_id)
            assert (row.last_place[1], row.first_place[1]) == (of_session[0], of_session[-1])
            assert row.cover == f"{of_session[0]}-1"
            at = {one.id: one.created_at for one in model.taken}
            assert (row.last_at, row.first_at) == (at[of_session[0]], at[of_session[-1]])
        assert await lists.session_count(reach.owner) == len(rows)
        assert await lists.session_ids(reach.owner, "", 99) == sorted(row.session_id for row in rows)
    assert ids(await lists.stills(EVERYTHING, None, None, 99, Shelf.TRASH)) == [
        one.id for one in reversed(model.taken) if one.id in model.deleted
    ]
    assert await lists.deleted_count() == len(model.deleted)
    assert await lists.saved_count() == len(model.taken) - len(model.failed)
    assert ids(await lists.captures(EVERYTHING, None, 99)) == [one.id for one in reversed(model.taken)]


@pytest.mark.parametrize("seed", range(4))
async def test_the_lists_and_counts_follow_every_change(tmp_path: Path, seed: int) -> None:
    draws, model = random.Random(seed), Model()
    async with opened(tmp_path / "journal") as journal:
        trash = TrashJournal(journal)
        for number in range(60):
            listed, kind = model.listed(), draws.random()
            if kind < 0.55 or not listed:
                # The clock may be set, forward and back.
                at = NOON + timedelta(days=draws.randint(-9, 9))
                one = capture(number, f"s{draws.randint(0, 1)}", draws.choice(OWNERS), at)
                model.taken.append(one)
                if draws.random() < 0.2:
                    model.failed.add(one.id)
                await take(journal, one, fails=one.id in model.failed)
            elif kind < 0.75:
                still = draws.choice(listed)
                await trash.discard(still, PHOTOS, [PHOTOS / "trash" / still], 0)
                model.deleted.add(still)
            elif model.deleted and kind < 0.9:
                still = draws.choice(sorted(model.deleted))
                await trash.restore(still, [PHOTOS / f"{still}.jpg"])
                model.deleted.remove(still)
            elif model.deleted:
                still = draws.choice(sorted(model.deleted))
                await trash.remove(still)
                model.deleted.remove(still)
                model.removed.add(still)
            await check(journal, model)
    async with opened(tmp_path / "journal") as journal:
        await check(journal, model)


@given(st.lists(st.sampled_from(OWNERS), max_size=12), st.sampled_from(OWNERS), st.integers(1, 5))
def test_each_reader_gets_each_of_its_own_once_in_pages(
    owners: list[str | None], reader: str | None, limit: int
) -> None:
    async def pages(path: Path) -> None:
        async with opened(path) as journal:
            for number, owner in enumerate(owners):
                await take(journal, capture(number, owner=owner))
            lists, reach = ListJournal(journal), Reach(owner=reader)
            own = [f"c{number}" for number, owner in enumerate(owners) if reader in {None, owner}]
            found: list[str] = []
            before = None
            while part := await lists.stills(reach, "party", before, limit):
                found += ids(part)
                before = (part[-1].place, part[-1].record.id)
            assert found == own[::-1]
            found, position = [], None
            while part := await lists.captures(reach, position, limit):
                found += ids(part)
                position = (part[-1].ordinal, part[-1].place)
            assert found == own[::-1]
            assert [one async for part in lists.oldest_first(reach, "party") for one in ids([*part])] == own

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(pages(Path(folder) / "journal"))


async def test_a_link_to_a_session_or_a_photo_reaches_that_and_nobody_reaches_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path / "journal") as journal:
        for number, session in enumerate(("a", "b", "a")):
            await take(journal, capture(number, session))
        lists = ListJournal(journal)
        assert ids(await lists.stills(Reach(session_id="a"), None, None, 9)) == ["c2", "c0"]
        assert await lists.still_count(Reach(session_id="a"), "b") == 0
        assert ids(await lists.stills(Reach(capture_id="c0"), "a", None, 9)) == ["c0"]
        assert await lists.still_count(Reach(capture_id="c0"), "a") == 1
        assert await lists.still_count(Reach(capture_id="c0"), "b") == 0
        assert (await lists.stills(NOTHING, None, None, 9), await lists.still_count(NOTHING, "a")) == ([], 0)
        assert await lists.position(Reach(owner="session:1"), "c0") is None
        assert await lists.last_saved_at() == NOON


async def test_a_file_whose_name_another_photo_gets_leaves_no_still_without_files(tmp_path: Path) -> None:
    """A user can free a name; the still that had it has nothing to show any more."""
    async with opened(tmp_path / "journal") as journal:
        await take(journal, capture(1))
        other = capture(2)
        await journal.intend(CaptureStarted(other, PHOTOS, PHOTOS))
        await journal.end(CaptureResult(other, (StoredFile(PHOTOS / "c1.jpg", 5, "other", "image/jpeg"),), PHOTOS))
        assert ids(await ListJournal(journal).stills(EVERYTHING, "party", None, 9)) == ["c2"]
        assert await ListJournal(journal).still_count(EVERYTHING, "party") == 1


async def test_a_session_is_represented_by_the_first_jpeg_that_its_newest_still_has_now(tmp_path: Path) -> None:
    types = {"a.cr2": "image/x-canon-cr2", "b.jpg": "image/jpeg", "c.jpg": "image/jpeg"}
    files = [StoredFile(PHOTOS / name, 5, name, media_type) for name, media_type in types.items()]
    async with opened(tmp_path / "journal") as journal:
        one, lists = capture(1), ListJournal(journal)
        await journal.intend(CaptureStarted(one, PHOTOS, PHOTOS))
        await journal.end(CaptureResult(one, tuple(files), PHOTOS))
        for gone, cover in ((None, "c1-2"), ("b.jpg", "c1-2"), ("c.jpg", "c1-1")):
            if gone is not None:  # another photo gets its name
                other = capture(2 + len(gone), f"other {gone}")
                file = StoredFile(PHOTOS / gone, 5, f"other {gone}", "image/jpeg")
                await journal.intend(CaptureStarted(other.model_copy(update={"id": gone}), PHOTOS, PHOTOS))
                await journal.end(CaptureResult(other.model_copy(update={"id": gone}), (file,), PHOTOS))
            row = await lists.session(None, "party")
            assert row is not None
            assert row.cover == cover
            result = await journal.of_id("c1")
            assert result is not None
            number = int(cover[-1]) - 1
            assert result.files[number].media_type == ("image/jpeg" if number else "image/x-canon-cr2")


async def test_a_piece_of_a_page_is_one_statement_and_few_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a capture waits for at most, however long the page is: time would say it, too, but not reliably."""
    pieces: list[tuple[int, int]] = []
    async with opened(tmp_path / "journal") as journal:
        for number in range(60):
            await take(journal, capture(number, session=f"s{number}"))
        read, lists = journal.read, ListJournal(journal)

        async def counted(work: Callable[[sqlite3.Connection], Any], *urgency: Any) -> Any:
            statements: list[str] = []

            def traced(connection: sqlite3.Connection) -> Any:
                connection.set_trace_callback(statements.append)
                found = work(connection)
                connection.set_trace_callback(None)
                pieces.append((len(statements), len(found)))
                return found

            return await read(traced, *urgency)

        with monkeypatch.context() as watched:
            watched.setattr(journal, "read", counted)
            for page, rows in (
                (lists.stills(EVERYTHING, None, None, 60), [25, 25, 10]),
                (lists.captures(EVERYTHING, None, 60), [25, 25, 10]),
                (lists.sessions(None, None, 60), [50, 10]),
            ):
                assert len(await page) == 60
                assert pieces == [(1, count) for count in rows]
                pieces.clear()


async def test_a_long_page_is_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists_module, "PIECE_STILLS", 2)
    async with opened(tmp_path / "journal") as journal:
        for number in range(5):
            await take(journal, capture(number, session=f"s{number}"))
        lists = ListJournal(journal)
        newest = [f"c{number}" for number in (4, 3, 2, 1, 0)]
        for limit in (1, 2, 3, 4, 5, 9):
            assert ids(await lists.stills(EVERYTHING, None, None, limit)) == newest[:limit]
            assert ids(await lists.captures(EVERYTHING, None, limit)) == newest[:limit]
            assert [row.last_place[1] for row in await lists.sessions(None, None, limit)] == newest[:limit]
