"""The short form of ``make crash``: some hundred states of a real run; of one with the other capture target if long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.crash import campaign, flushes
from tests.crash.recovered import judge_recovered
from tests.crash.scenario import RecordedRun, record
from tests.support.absent import program
from tests.support.simulated import QUICK, SimulatedCamera, simulated_camera

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MEGAPIXELS = 0.2
SEED = 1
RARELY_NOTICED = {
    # The rollback journal is there only while the index is made: a few operations of a run.
    ".photonic/captures.sqlite3-journal",
}


@pytest.fixture(scope="module", params=["card", pytest.param("ram", marks=pytest.mark.long)])
def target(request: pytest.FixtureRequest) -> str:
    """Where the camera stores photos first."""
    return request.param


@pytest.fixture(scope="module")
def camera(target: str) -> Iterator[SimulatedCamera]:
    """The camera of one run, which keeps its card."""
    program("strace")
    with simulated_camera(*QUICK, megapixels=MEGAPIXELS) as camera:
        yield camera


@pytest.fixture(scope="module")
def run(target: str, camera: SimulatedCamera, tmp_path_factory: pytest.TempPathFactory) -> RecordedRun:
    """A run with this target."""
    return record(camera, tmp_path_factory.mktemp(target) / "run", "--capture-target", target)


def test_every_promise_holds_in_every_state(run: RecordedRun, tmp_path: Path) -> None:
    found = campaign.run(run.recording, run.promises, tmp_path / "state", count=200, seed=SEED)
    assert found.violations == [], str(found)
    assert sum(found.judged.values()) >= 200


def unnoticed(run: RecordedRun, folder: Path, kinds: set[str], count: int) -> set[str]:
    """The kinds of flushes without which every promise still holds in every state that is looked at."""
    return {
        kind
        for kind in kinds
        if not any(
            violations
            for _state, violations in campaign.judged(
                flushes.without(run.recording, kind), run.promises, folder, count=count, seed=SEED
            )
        )
    }


def test_a_photo_whose_flush_is_taken_out_is_noticed(run: RecordedRun, tmp_path: Path) -> None:
    """Its file, its folder, its record."""
    kinds = {".staging/ID/*", "photos/", ".photonic/captures.sqlite3-wal"}
    assert kinds < set(flushes.counts(run.recording))
    assert unnoticed(run, tmp_path / "state", kinds, 60) == set()


@pytest.mark.long
def test_each_flush_that_is_taken_out_is_noticed(run: RecordedRun, tmp_path: Path) -> None:
    kinds = set(flushes.counts(run.recording))
    assert unnoticed(run, tmp_path / "state", kinds, 600) <= RARELY_NOTICED


def test_the_service_recovers_from_a_state(
    target: str, run: RecordedRun, camera: SimulatedCamera, tmp_path: Path
) -> None:
    drawn = campaign.states(run.recording, run.promises, 60, SEED)
    (state,) = campaign.sample(drawn, 1, SEED)
    assert judge_recovered(state, camera, run.keys, tmp_path, "--capture-target", target) == [], state.name
