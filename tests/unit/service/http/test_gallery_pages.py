"""Stills and sessions of several cameras as one list."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.gallery import NOON, FakeGallery, still

from photonic.errors import BadInput
from photonic.model.reach import EVERYTHING
from photonic.service.http import gallery_pages
from photonic.service.http.gallery_pages import oldest_first, session_page, still_page
from photonic.service.library.sessions import shown_by

if TYPE_CHECKING:
    from photonic.model.gallery import SessionSummary

CAMERAS = st.lists(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 4)), max_size=12), min_size=1, max_size=3)


def galleries_of(cameras: list[list[tuple[int, int]]]) -> list[FakeGallery]:
    """A gallery for each camera, with a still for each time and session."""
    galleries: list[FakeGallery] = []
    for camera, stills in enumerate(cameras):
        galleries.append(FakeGallery())
        for number, (seconds, session) in enumerate(stills):
            taken = NOON + timedelta(seconds=seconds)
            galleries[-1].add(still(f"{'abc'[camera]}{number}", f"s{session}", at=taken))
    return galleries


@given(CAMERAS, st.integers(1, 5))
def test_sessions_of_all_cameras_come_once_the_newest_first(cameras: list[list[tuple[int, int]]], limit: int) -> None:
    async def listed() -> list[SessionSummary]:
        found: list[SessionSummary] = []
        cursor: str | None = None
        for _ in range(100):
            page = await session_page(galleries_of(cameras), EVERYTHING, cursor, limit)
            assert page.total == len({session for stills in cameras for _at, session in stills})
            found += page.sessions
            if (cursor := page.next_cursor) is None:
                return found
            assert len(page.sessions) == limit
        raise AssertionError("the pages do not end")

    newest: dict[str, list[int]] = {}
    for seconds, session in (one for stills in cameras for one in stills):
        newest.setdefault(f"s{session}", []).append(seconds)
    found = asyncio.run(listed())
    assert {one.session_id: one.photo_count for one in found} == {name: len(at) for name, at in newest.items()}
    assert len(found) == len(newest)
    for one in found:
        at = newest[one.session_id]
        assert (one.first_at, one.last_at) == (
            NOON + timedelta(seconds=min(at)),
            NOON + timedelta(seconds=max(at)),
        )
    moments = [one.last_at for one in found]
    assert moments == sorted(moments, reverse=True)


@given(CAMERAS, st.integers(1, 5))
def test_stills_of_all_cameras_come_once_newest_first_and_oldest_first(
    cameras: list[list[tuple[int, int]]], limit: int
) -> None:
    async def listed() -> tuple[list[str], list[str]]:
        galleries = galleries_of(cameras)
        oldest = [one.record.id async for part in oldest_first(galleries, EVERYTHING, "s1") for one in part]
        found: list[str] = []
        cursor: str | None = None
        while True:
            page = await still_page(galleries, EVERYTHING, "s1", cursor, limit)
            assert page.total == len(oldest)
            found += [one.id for one in page.stills]
            if (cursor := page.next_cursor) is None:
                return found, oldest

    found, oldest = asyncio.run(listed())
    assert found == oldest[::-1]
    assert len(found) == sum(session == 1 for stills in cameras for _at, session in stills)


async def test_more_sessions_than_can_be_counted_are_counted_for_each_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery_pages, "COUNTED_SESSIONS", 2)
    galleries = galleries_of([[(1, 0), (2, 1)], [(3, 0)]])
    assert (await session_page(galleries, EVERYTHING, None, 9)).total == 3
    assert (await session_page(galleries[:1], EVERYTHING, None, 9)).total == 2


@pytest.mark.parametrize("cursor", ["", "x", "12", "-a", "1e3-a", "٣-a", "9" * 21 + "-a", f"{2**63}-a"])
async def test_a_foreign_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(BadInput, match="start again"):
        await still_page(galleries_of([[(1, 1)]]), EVERYTHING, "s1", cursor, 5)


def test_a_cover_is_a_picture_that_browsers_can_show() -> None:
    assert shown_by(still("b", "late", "b.cr2", "b.jpg")) == "b-2"
    assert shown_by(still("r", "s", "r.cr2")) == "r-1"
