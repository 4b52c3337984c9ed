"""The short run of ``make test``: fixed seeds, in several modules, since a module is run by one worker of pytest.

A seed makes the same history for one version of service and simulator only. So these seeds stand for nothing but
themselves: a fault that one of them shows becomes an ordinary test of the unit that has it.
"""

from __future__ import annotations

from tests.simulation.campaign import Wanted, run_seed

CAPTURES = 50
SEEDS = tuple(range(1, 31))
PARTS = 4


def seeds(part: int) -> tuple[int, ...]:
    """The seeds of one module, counted from 1."""
    return SEEDS[part - 1 :: PARTS]


def check(seed: int) -> None:
    """Run one seed; every promise is kept."""
    ran = run_seed(seed, Wanted(CAPTURES))
    assert ran.error is None, ran.error
    assert not ran.findings, (*ran.findings, f"make simulate ARGS='--seed {seed} --captures {CAPTURES}'")
