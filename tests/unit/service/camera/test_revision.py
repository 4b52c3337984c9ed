"""The revision rises when the key changes, and only then, and wakes who waits."""

from __future__ import annotations

import asyncio
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photonic.service.camera.revision import Revision


@given(st.lists(st.integers(0, 2), min_size=1, max_size=50))
def test_it_counts_the_changes_of_the_key(keys: list[int]) -> None:
    revision = Revision()
    numbers = [revision.observe(key) for key in keys]
    changes = 1 + sum(before != after for before, after in itertools.pairwise(keys))
    assert numbers[0] == 1
    assert numbers[-1] == revision.number == changes
    assert numbers == sorted(numbers)


@pytest.mark.looptime
async def test_it_waits_for_a_newer_one_up_to_its_time() -> None:
    loop = asyncio.get_running_loop()
    revision = Revision()
    revision.observe("a")
    assert await revision.newer_than(0, 10)
    assert loop.time() == pytest.approx(0, abs=0.1)
    assert not await revision.newer_than(1, 10)
    assert loop.time() == pytest.approx(10, abs=0.1)
    loop.call_later(3, revision.observe, "b")
    assert await revision.newer_than(1, 10)
    assert loop.time() == pytest.approx(13, abs=0.1)


@pytest.mark.looptime
async def test_who_asks_for_a_number_far_ahead_is_not_woken_early() -> None:
    revision = Revision()
    revision.observe("a")
    asyncio.get_running_loop().call_later(1, revision.observe, "b")
    assert not await revision.newer_than(5, 10)
