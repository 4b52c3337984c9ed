"""Shared stacks for the cases of the fault table, and the report of what was measured."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.contract.faults.harness import SharedStack
from tests.contract.faults.report import Report
from tests.support import leftovers

if TYPE_CHECKING:
    from collections.abc import Generator


REPORT = pytest.StashKey[Report]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--faults-report", metavar="FILE", help="write what every fault cost to FILE (JSON)")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[REPORT] = Report()


def pytest_unconfigure(config: pytest.Config) -> None:
    path = config.getoption("--faults-report", None)
    if path is not None:
        config.stash[REPORT].write(Path(path))


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Report:
    return request.config.stash[REPORT]


@pytest.fixture
def nothing_is_left_behind() -> None:
    """Camera processes come and go within a stack that outlives the test: ``shared_stack`` looks for what is left."""


@pytest.fixture(scope="module")
def shared_stack(tmp_path_factory: pytest.TempPathFactory) -> Generator[SharedStack]:
    """The stacks to play on; nothing of them is left behind."""
    before = leftovers.running()
    with closing(SharedStack(tmp_path_factory.mktemp("faults"))) as running:
        yield running
    remaining = leftovers.left(f"{os.getpid()}-faults", before, within_seconds=5.0)
    assert not remaining, f"processes left alive: {remaining}"
