from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.gallery import NOON, still

from photonic.errors import BadInput
from photonic.service.albums import Albums, session_page, sessions, shown_by, still_page

STILLS = [
    still("a", "early", at=NOON),
    still("b", "late", "b.cr2", "b.jpg", at=NOON + timedelta(hours=2)),
    still("c", "early", at=NOON + timedelta(hours=1)),
]


def test_sessions_stand_newest_first_with_their_counts_times_and_a_cover_that_can_be_seen() -> None:
    late, early = sessions(STILLS)
    assert (late.session_id, late.photo_count, late.cover) == ("late", 1, "b-2")
    assert (early.session_id, early.photo_count, early.cover) == ("early", 2, "c-1")
    assert (early.first_at, early.last_at) == (NOON, NOON + timedelta(hours=1))
    page = session_page([late, early], None, 1)
    assert (page.sessions, page.total) == ((late,), 2)
    assert session_page([late, early], page.next_cursor, 1).sessions == (early,)
    assert session_page([late, early], page.next_cursor, 1).next_cursor is None


def test_a_raw_file_alone_shows_itself() -> None:
    assert shown_by(still("r", "s", "r.cr2")) == "r-1"


@given(
    seconds=st.lists(st.integers(0, 5), max_size=30),
    limit=st.integers(1, 7),
    gone=st.sets(st.integers(0, 29)),
)
def test_pages_hold_each_still_once_newest_first_whatever_is_deleted_meanwhile(
    seconds: list[int], limit: int, gone: set[int]
) -> None:
    all_ = [still(f"c{number}", at=NOON + timedelta(seconds=at)) for number, at in enumerate(seconds)]
    left = list(all_)
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = still_page(left, cursor, limit)
        seen += [one.id for one in page.stills]
        if (cursor := page.next_cursor) is None:
            break
        # What has been seen goes: the cursor still holds.
        left = [one for one in left if not (one.id in seen and int(one.id[1:]) in gone)]
    ordered = sorted(all_, key=lambda one: (one.created_at, one.id), reverse=True)
    assert seen == [one.id for one in ordered]


@pytest.mark.parametrize("cursor", ["", "x", "12", "-a", "1e3-a", "٣-a", "9" * 21 + "-a"])
def test_a_cursor_of_somebody_elses_is_refused(cursor: str) -> None:
    with pytest.raises(BadInput, match="begin again"):
        still_page(STILLS, cursor, 5)


def test_deleted_stills_are_listed_apart_until_they_are_restored_or_removed() -> None:
    albums = Albums()
    for one in STILLS:
        albums.put(one)
    deleted = STILLS[1].model_copy(update={"deleted_at": NOON})
    albums.put(deleted)
    assert ([one.id for one in albums.stills()], albums.stills("late"), albums.deleted()) == (["a", "c"], [], [deleted])
    albums.put(STILLS[1])
    assert (albums.stills("late"), albums.deleted()) == ([STILLS[1]], [])
    albums.put(deleted)
    assert [file.id for file in albums.forget(deleted)] == ["b-1", "b-2"]
    assert albums.deleted() == []
    assert albums.forget(deleted) == ()
