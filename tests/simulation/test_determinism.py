"""A seed is one history: in another process, with another hash seed, with pytest and without, with its trace or not."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from tests.simulation.campaign import Wanted, run_seed
from tests.simulation.plan import Plan

CAPTURES = 15
PLAIN, SERVED, WATCHED = 4, 5, 19


def test_the_seeds_are_of_each_kind() -> None:
    settings = [Plan.of_seed(seed).settings for seed in (PLAIN, SERVED, WATCHED)]
    assert [(one.http and not one.viewers, one.viewers > 0) for one in settings] == [
        (False, False),
        (True, False),
        (False, True),
    ]


@pytest.mark.parametrize("seed", [PLAIN, SERVED, WATCHED])
def test_a_seed_is_one_history_in_every_process(seed: int) -> None:
    here = run_seed(seed, Wanted(CAPTURES))
    command = [sys.executable, "-m", "tests.simulation", "--seed", str(seed), "--captures", str(CAPTURES)]
    there = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": "77"},
        timeout=100,
    )
    assert here.error is None
    assert f"digest {here.digest}\n" in there.stdout, there.stdout + there.stderr
