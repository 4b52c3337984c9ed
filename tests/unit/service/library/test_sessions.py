from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.gallery import NOON, still

from photonic.errors import BadInput
from photonic.service.library.sessions import SessionIndex, in_order, session_page, sessions, shown_by, still_page

if TYPE_CHECKING:
    from random import Random

STILLS = [
    still("a", "early", at=NOON),
    still("b", "late", "b.cr2", "b.jpg", at=NOON + timedelta(hours=2)),
    still("c", "early", at=NOON + timedelta(hours=1)),
]


def test_sessions_are_newest_first_with_their_counts_times_and_a_cover_that_browsers_can_show() -> None:
    late, early = sessions(STILLS)
    assert (late.session_id, late.photo_count, late.cover) == ("late", 1, "b-2")
    assert (early.session_id, early.photo_count, early.cover) == ("early", 2, "c-1")
    assert (early.first_at, early.last_at) == (NOON, NOON + timedelta(hours=1))
    page = session_page([late, early], None, 1)
    assert (page.sessions, page.total) == ((late,), 2)
    assert session_page([late, early], page.next_cursor, 1).sessions == (early,)
    assert session_page([late, early], page.next_cursor, 1).next_cursor is None


def test_a_raw_file_alone_is_its_own_cover() -> None:
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
        # A still that was already listed is deleted: the cursor stays valid.
        left = [one for one in left if not (one.id in seen and int(one.id[1:]) in gone)]
    ordered = sorted(all_, key=lambda one: (one.created_at, one.id), reverse=True)
    assert seen == [one.id for one in ordered]


@pytest.mark.parametrize("cursor", ["", "x", "12", "-a", "1e3-a", "٣-a", "9" * 21 + "-a"])
def test_a_foreign_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(BadInput, match="start again"):
        still_page(STILLS, cursor, 5)


def test_deleted_stills_are_listed_apart_until_they_are_restored_or_removed() -> None:
    session_index = SessionIndex()
    for one in STILLS:
        session_index.put(one)
    deleted = STILLS[1].model_copy(update={"deleted_at": NOON})
    session_index.put(deleted)
    assert ([one.id for one in session_index.stills()], session_index.stills("late"), session_index.deleted()) == (
        ["a", "c"],
        [],
        [deleted],
    )
    session_index.put(STILLS[1])
    assert (session_index.stills("late"), session_index.deleted()) == ([STILLS[1]], [])
    session_index.put(deleted)
    assert [file.id for file in session_index.forget(deleted)] == ["b-1", "b-2"]
    assert session_index.deleted() == []
    assert session_index.forget(deleted) == ()


@given(st.lists(st.integers(-60 * 365 * 86_400, 30 * 365 * 86_400), min_size=1, max_size=12), st.randoms())
def test_stills_are_in_the_order_of_acceptance_even_if_the_clock_is_set(jumps: list[int], random: Random) -> None:
    stills = [still(f"c{n}", f"s{n % 3}", at=NOON + timedelta(seconds=jump)) for n, jump in enumerate(jumps)]
    session_index = SessionIndex()
    for ordinal, one in enumerate(stills, 1):
        session_index.put(one, ordinal)
    given_order = [one.id for one in stills]
    shuffled = random.sample(stills, len(stills))
    page = still_page(shuffled, None, len(stills), session_index.order)
    assert [one.id for one in page.stills] == given_order[::-1]
    assert [one.id for one in in_order(shuffled, session_index.order)] == given_order
    newest = sessions(shuffled, session_index.order)[0]
    assert newest.session_id == stills[-1].session_id
    # The order is the same after a restart and across pages.
    cursor, seen = None, list[str]()
    while True:
        part = still_page(shuffled, cursor, 2, session_index.order)
        seen += [one.id for one in part.stills]
        if (cursor := part.next_cursor) is None:
            break
    assert seen == given_order[::-1]


def test_the_stills_of_two_cameras_are_merged_by_the_time_of_day_while_it_advances() -> None:
    left, right = SessionIndex(), SessionIndex()
    for ordinal, minute in enumerate((0, 2), 1):
        left.put(still(f"l{minute}", at=NOON + timedelta(minutes=minute)), ordinal)
        right.put(still(f"r{minute}", at=NOON + timedelta(minutes=minute + 1)), ordinal)
    order = {**left.order, **right.order}
    merged = in_order([*left.stills(), *right.stills()], order)
    assert [one.id for one in merged] == ["l0", "r0", "l2", "r2"]
