"""The short run: histories from fixed seeds, and the same seed twice.

A seed makes the same history for one version of service and simulator only. So these seeds stand for nothing but
themselves: a fault that one of them shows becomes an ordinary test of the unit that has it.
"""

from __future__ import annotations

import pytest
from tests.simulation.campaign import Wanted, run_seed

CAPTURES = 60
SEEDS = range(1, 21)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_promise_is_kept(seed: int) -> None:
    wanted = Wanted(CAPTURES)
    ran = run_seed(seed, wanted)
    assert ran.error is None
    assert not ran.findings, f"make simulate ARGS='--seed {seed} --captures {CAPTURES}'"
