"""The short run of ``make test``: fixed seeds, in several modules, since a module is run by one worker of pytest.

A seed makes the same history for one version of service and simulator only. So these seeds stand for nothing but
themselves: a fault that one of them shows becomes an ordinary test of the unit that has it.
"""

from __future__ import annotations

import pytest
from tests.simulation.campaign import Wanted, run_seed

CAPTURES = 50
SEEDS = tuple(range(1, 31))
PARTS = 4
NIGHTS = frozenset({1, 3, 10, 26})
"""A receiver is away for a night, in which nobody takes a photo; one seed with a night, 8, is in the short run."""


def seeds(part: int) -> list[object]:
    """The parameters of one module, counted from 1: its seeds, the nights marked long."""
    own = SEEDS[part - 1 :: PARTS]
    return [pytest.param(seed, marks=pytest.mark.long) if seed in NIGHTS else seed for seed in own]


def check(seed: int) -> None:
    """Run one seed; every promise is kept."""
    ran = run_seed(seed, Wanted(CAPTURES))
    assert ran.error is None, ran.error
    assert not ran.findings, (*ran.findings, f"make simulate ARGS='--seed {seed} --captures {CAPTURES}'")
