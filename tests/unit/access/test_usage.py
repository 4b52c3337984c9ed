"""What principals and the whole service hold at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.access.usage import Held, Pool, Usage, UsageLimits, Use

LIMITS = UsageLimits()


@pytest.mark.parametrize(("use", "limit"), [(Use.STREAM, 8), (Use.REQUEST, 16)])
def test_a_principal_holds_at_most_its_limit_of_each_use(use: Use, limit: int) -> None:
    usage = Usage()
    held = [usage.take("session:a", use, LIMITS.of(use)) for _ in range(limit)]
    assert None not in held
    assert usage.take("session:a", use, LIMITS.of(use)) is None
    assert usage.refused == {use: 1}
    assert usage.take("session:b", use, LIMITS.of(use)) is not None
    first = held[0]
    assert first is not None
    first.release()
    assert usage.take("session:a", use, LIMITS.of(use)) is not None


def test_releasing_twice_gives_back_once() -> None:
    usage = Usage()
    first, second = (usage.take("token:x", Use.STREAM, 8) for _ in range(2))
    assert first is not None
    assert second is not None
    with first:
        pass
    first.release()
    assert usage.held("token:x", Use.STREAM) == 1
    second.release()
    assert usage.held("token:x", Use.STREAM) == 0


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(list(Use)), st.booleans()),
        max_size=80,
    )
)
def test_counts_agree_with_what_is_held_and_nothing_is_kept_for_those_who_hold_nothing(
    steps: list[tuple[str, Use, bool]],
) -> None:
    usage = Usage()
    held: dict[tuple[str, Use], list[Held]] = {}
    for key, use, taking in steps:
        mine = held.setdefault((key, use), [])
        if taking:
            got = usage.take(key, use, 3)
            assert (got is None) == (len(mine) == 3)
            if got is not None:
                mine.append(got)
        elif mine:
            mine.pop().release()
        assert usage.held(key, use) == len(mine)
    assert len(usage) == sum(bool(mine) for mine in held.values())
    for mine in held.values():
        for one in mine:
            one.release()
    assert len(usage) == 0


def test_the_reserved_share_is_for_the_privileged_only() -> None:
    pool = Pool(total=10, reserved=3)
    guests = [pool.take(privileged=False) for _ in range(10)]
    assert [one is not None for one in guests] == [True] * 7 + [False] * 3
    operators = [pool.take(privileged=True) for _ in range(4)]
    assert [one is not None for one in operators] == [True, True, True, False]
    assert (pool.taken, pool.refused) == (10, 4)
    first = guests[0]
    assert first is not None
    first.release()
    assert pool.take(privileged=False) is None
    assert pool.take(privileged=True) is not None


@given(total=st.integers(0, 12), reserved=st.integers(0, 20), privileged=st.lists(st.booleans(), max_size=40))
def test_a_pool_never_gives_more_than_it_has(total: int, reserved: int, privileged: list[bool]) -> None:
    pool = Pool(total, reserved)
    given_to = [who for who in privileged if pool.take(privileged=who) is not None]
    assert pool.taken == len(given_to) <= total
    assert given_to.count(False) <= max(0, total - reserved)
