"""Captures in memory: pages for readers who see all of them, some or none."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.errors import BadInput
from photonic.model.api import CaptureRecord
from photonic.model.status import CapturePhase
from photonic.service.journal.capture_rows import CaptureResult
from photonic.service.library.table import CaptureTable
from photonic.service.photo.staged import StoredFile

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
PHOTOS = PurePosixPath("photos")
OWNERS = st.sampled_from([None, "session:1", "session:2"])


def record(number: int, owner: str | None, phase: CapturePhase = CapturePhase.SAVED) -> CaptureRecord:
    return CaptureRecord(
        id=f"c{number}",
        camera_id="booth",
        owner=owner,
        phase=phase,
        session_id="party",
        sequence_number=1,
        created_at=NOON,
    )


def table_of(owners: list[str | None]) -> CaptureTable:
    table = CaptureTable(Path("/photos"), "relative")
    for number, owner in enumerate(owners):
        file = StoredFile(PHOTOS / f"{number}.jpg", 5, "abc", "image/jpeg")
        table.put(CaptureResult(record(number, owner), (file,), PHOTOS, ordinal=number + 1))
    return table


@given(st.lists(OWNERS, max_size=40), st.lists(OWNERS, max_size=3), OWNERS, st.integers(1, 9))
def test_each_reader_gets_every_capture_of_its_own_once_newest_first_in_full_pages(
    owners: list[str | None], waiting: list[str | None], reader: str | None, limit: int
) -> None:
    table = table_of(owners)
    running = [record(number + 100, owner, CapturePhase.QUEUED) for number, owner in enumerate(waiting)]

    def visible(one: CaptureRecord) -> bool:
        return reader is None or one.owner == reader

    found: list[str] = []
    cursor: str | None = None
    for _page in range(50):
        page = table.page(running, cursor, limit, visible)
        assert all(map(visible, page.captures))
        found += [one.id for one in page.captures]
        cursor = page.next_cursor
        if cursor is None:
            break
        assert len(page.captures) == limit
    ended = [f"c{number}" for number, owner in enumerate(owners) if reader in {None, owner}][::-1]
    assert found == [one.id for one in reversed(running) if visible(one)] + ended
    assert cursor is None, "the pages end"
    assert [photo.id for photo in table.photos(visible)] == [f"{one}-1" for one in ended]


def test_the_capture_of_somebody_else_is_an_unknown_cursor() -> None:
    table = table_of(["session:1", "session:2", "session:1"])
    for cursor in ("c1", "c9"):
        with pytest.raises(BadInput, match="unknown cursor") as refused:
            table.page([], cursor, 5, lambda one: one.owner == "session:1")
        assert refused.value.field == "cursor"


def test_photos_are_looked_at_only_as_far_as_they_are_needed() -> None:
    table = table_of([None] * 1000)
    asked: list[str] = []

    def visible(one: CaptureRecord) -> bool:
        asked.append(one.id)
        return True

    assert len(tuple(islice(table.photos(visible), 3))) == 3
    assert len(asked) == 3


def test_a_key_is_found_for_its_owner() -> None:
    table = CaptureTable(Path("/photos"), "relative")
    for number, owner in enumerate((None, "session:1")):
        one = record(number, owner).model_copy(update={"idempotency_key": "key"})
        table.put(CaptureResult(one, (), PHOTOS))
    found = {owner: table.of_key("key", owner) for owner in (None, "session:1", "session:2")}
    assert {owner: one and one[0].id for owner, one in found.items()} == {
        None: "c0",
        "session:1": "c1",
        "session:2": None,
    }
