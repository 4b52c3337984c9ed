from __future__ import annotations

from bench.viewers.limit import most
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(0, 5_000), st.integers(1, 40).map(lambda steps: 50 * steps))
def test_it_finds_the_greatest_step_that_holds_in_few_tries(truth: int, first: int) -> None:
    tried: list[int] = []

    def holds(count: int) -> bool:
        tried.append(count)
        return count <= truth

    assert most(holds, first=first) == min(truth // 50 * 50, 4_000)
    assert len(tried) <= 16
    assert len(set(tried)) == len(tried)
