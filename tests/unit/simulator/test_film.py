"""A film of any length is the same bytes wherever it is read."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from photonic.simulator.film import film

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SIZE = 5000
WHOLE = film(3, SIZE, NOW).render()


@given(st.integers(0, SIZE + 20), st.integers(0, SIZE + 20))
def test_each_part_is_of_the_whole(offset: int, size: int) -> None:
    assert film(3, SIZE, NOW).read(offset, size) == WHOLE[offset : offset + size]


def test_a_gigabyte_costs_what_is_read_of_it() -> None:
    large = film(1, 2**30, NOW)
    assert len(large.read(2**30 - 10, 100)) == 10
    assert large.read(8 * 10**8, 8) == ((1 << 48) + 10**8).to_bytes(8, "big")
    assert len(WHOLE) == SIZE
    assert film(2, SIZE, NOW).render() != WHOLE
