"""A seed is one history: in another process, with another hash seed, with pytest and without, with its trace or not."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.simulation.campaign import Wanted, run_seed
from tests.simulation.plan import Plan

if TYPE_CHECKING:
    import pytest

CAPTURES = 15
PLAIN, SERVED, WATCHED = 4, 5, 19


def test_the_seeds_are_of_each_kind() -> None:
    settings = [Plan.of_seed(seed).settings for seed in (PLAIN, SERVED, WATCHED)]
    assert [(one.http and not one.viewers, one.viewers > 0) for one in settings] == [
        (False, False),
        (True, False),
        (False, True),
    ]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        count = int(str(metafunc.config.getoption("--histories", 0)))
        metafunc.parametrize("seed", sorted({PLAIN, SERVED, WATCHED, *range(1, count + 1)}))


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
