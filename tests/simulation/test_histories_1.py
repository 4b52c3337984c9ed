"""The short run, part 1 of 4: see ``short_run``."""

from __future__ import annotations

import pytest
from tests.simulation.short_run import check


@pytest.mark.parametrize("seed", range(1, 11))
def test_every_promise_is_kept(seed: int) -> None:
    check(seed)
