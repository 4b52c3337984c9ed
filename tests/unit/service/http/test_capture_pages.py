from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.errors import BadInput
from photonic.model.api import CapturePage, CaptureRecord, PhotoFile
from photonic.model.reach import EVERYTHING, Reach
from photonic.model.status import CapturePhase
from photonic.service.http.capture_pages import captures_of

if TYPE_CHECKING:
    from photonic.service.http.capture_pages import PageReader

OWN = "session:1"
START = datetime(2026, 1, 1, tzinfo=UTC)


def photo(photo_id: str) -> PhotoFile:
    return PhotoFile(id=photo_id, path=photo_id, size_bytes=1, sha256="", media_type="image/jpeg")


class Listed:
    """A camera with captures at these seconds, the oldest first; of every three, one belongs to session:1."""

    def __init__(self, name: str, seconds: list[int]) -> None:
        self.records = [
            CaptureRecord(
                id=f"{name}{number}",
                camera_id=name,
                owner=OWN if number % 3 == 1 else None,
                phase=CapturePhase.SAVED,
                session_id="s",
                sequence_number=1,
                created_at=START + timedelta(seconds=second),
                files=tuple(photo(f"{name}{number}-{file}") for file in (1, 2)),
            )
            for number, second in enumerate(sorted(seconds))
        ]

    async def captures_page(self, cursor: str | None, limit: int, reach: Reach) -> CapturePage:
        records = list(filter(reach.includes, self.records))
        ids = [record.id for record in records]
        if cursor is not None and cursor not in ids:
            raise BadInput("cursor belongs to no capture", field="cursor")
        end = len(ids) if cursor is None else ids.index(cursor)
        start = max(0, end - limit)
        return CapturePage(captures=tuple(reversed(records[start:end])), next_cursor=ids[start] if start > 0 else None)


def pages_of(cameras: list[Listed]) -> list[PageReader]:
    return [camera.captures_page for camera in cameras]


async def whole(cameras: list[Listed], limit: int, reach: Reach = EVERYTHING) -> list[CaptureRecord]:
    found: list[CaptureRecord] = []
    cursor: str | None = None
    for _ in range(200):
        page = await captures_of(pages_of(cameras), cursor, limit, reach)
        assert len(page.captures) <= limit
        assert all(map(reach.includes, page.captures))
        found += page.captures
        cursor = page.next_cursor
        if cursor is None:
            return found
        assert len(page.captures) == limit, "only the last page is short"
    raise AssertionError("the pages do not end")


@given(
    st.lists(st.lists(st.integers(0, 30), max_size=12), min_size=1, max_size=4),
    st.integers(1, 7),
    st.sampled_from([EVERYTHING, Reach(owner=OWN)]),
)
def test_every_visible_capture_of_every_camera_comes_once_newest_first(
    seconds: list[list[int]], limit: int, reach: Reach
) -> None:
    cameras = [Listed("abcd"[number], own) for number, own in enumerate(seconds)]
    found = asyncio.run(whole(cameras, limit, reach))
    listed = filter(reach.includes, (record for camera in cameras for record in camera.records))
    assert sorted(record.id for record in found) == sorted(record.id for record in listed)
    times = [record.created_at for record in found]
    assert times == sorted(times, reverse=True)


async def test_a_capture_between_two_pages_shifts_nothing() -> None:
    cameras = [Listed("a", [1, 3]), Listed("b", [2])]
    first = await captures_of(pages_of(cameras), None, 1, EVERYTHING)
    cameras[1].records += [record.model_copy(update={"id": "b9"}) for record in Listed("b", [9]).records]
    # A newer capture in a list that no page has reached yet is shown late, but never twice.
    rest = await captures_of(pages_of(cameras), first.next_cursor, 10, EVERYTHING)
    assert [record.id for record in (*first.captures, *rest.captures)] == ["a1", "b9", "b0", "a0"]


@pytest.mark.parametrize("cursor", ["a1", "~~", "x~", ".~x", ""])
async def test_a_cursor_of_another_list_is_refused(cursor: str) -> None:
    with pytest.raises(BadInput) as refused:
        await captures_of(pages_of([Listed("a", [1, 2]), Listed("b", [3])]), cursor, 5, EVERYTHING)
    assert refused.value.field == "cursor"
