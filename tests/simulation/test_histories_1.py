"""The short run, part 1 of 4: see ``short_run``."""

from __future__ import annotations

import pytest
from tests.simulation.short_run import check, seeds


@pytest.mark.parametrize("seed", seeds(1))
def test_every_promise_is_kept(seed: int) -> None:
    check(seed)
