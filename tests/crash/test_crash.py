"""The short form of ``make crash``: some hundred states of one real run; of those of the other setups if long."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.crash import campaign, flushes
from tests.crash.models import Moment
from tests.crash.on_simulated_disk import OnSimulatedDisk, plain
from tests.crash.recovered import camera_with_memory, judge_recovered
from tests.crash.scenario import RecordedRun, record
from tests.crash.setup import SETUPS, Setup
from tests.support.absent import program

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.simulated import SimulatedCamera

SEED = 1
SHORT = "card-all"
RARELY_NOTICED = {
    # The rollback journal is there only while the index is made: a few operations of a run.
    ".photonic/captures.sqlite3-journal",
    # The note of a copy matters while the name of the copy is reserved and still empty: one operation.
    ".staging/ID/",
    # Without hard links, it does for the copy of a photo of the button only.
    ".staging/",
    # It is removed after the copy was checked and flushed.
    ".photonic/copies/.captures.sqlite3.part-journal",
    # The run makes too few copies of the index for an old one to be removed.
    ".photonic/copies/",
}


def hardly_noticed(setup: Setup) -> set[str]:
    """Flushes without which every promise holds in nearly all states of this setup."""
    found = set(RARELY_NOTICED)
    if setup.earlier:
        found.add("/")  # an earlier run has flushed all names of the root
    if not setup.hard_links:
        found.add(".staging/ID/*")  # its copy is flushed, and recovery takes that one
    return found


@pytest.fixture(
    scope="module", params=[name if name == SHORT else pytest.param(name, marks=pytest.mark.long) for name in SETUPS]
)
def camera(request: pytest.FixtureRequest) -> Iterator[tuple[str, SimulatedCamera]]:
    """The name of a setup, and the camera of its run, which keeps its card."""
    program("strace")
    with camera_with_memory() as camera:
        yield request.param, camera


@pytest.fixture(scope="module")
def run(camera: tuple[str, SimulatedCamera], tmp_path_factory: pytest.TempPathFactory) -> RecordedRun:
    """A run with this setup."""
    name, body = camera
    return record(body, tmp_path_factory.mktemp(name) / "run", SETUPS[name])


def test_every_promise_holds_in_every_state(run: RecordedRun, tmp_path: Path) -> None:
    found = campaign.run(run.recording, run.story, tmp_path / "state", count=200, seed=SEED)
    assert found.violations == [], str(found)
    assert sum(found.judged.values()) >= 200


def test_the_simulated_disk_does_what_the_recorded_calls_did(run: RecordedRun) -> None:
    """Operation by operation: after each tenth of the run, both have the same names, links and contents."""
    total = len(run.recording.operations)
    for tenth in range(1, 11):
        cut = total * tenth // 10
        done = replace(run.recording, operations=run.recording.operations[:cut])
        moment = Moment(run.recording, cut)
        assert plain(OnSimulatedDisk(done, SEED).state()) == plain(moment.state(moment.written))


def unnoticed(run: RecordedRun, folder: Path, kinds: set[str], count: int) -> set[str]:
    """The kinds of flushes without which every promise still holds in every state that is looked at."""
    return {
        kind
        for kind in kinds
        if not any(
            violations
            for _state, violations in campaign.judged(
                flushes.without(run.recording, kind),
                run.story,
                folder,
                count=count,
                seed=SEED,
                near=flushes.moments(run.recording, kind),
            )
        )
    }


def test_a_photo_whose_flush_is_taken_out_is_noticed(run: RecordedRun, tmp_path: Path) -> None:
    """Its file, its folder, its record; and what has to be restored on the camera."""
    kinds = {".staging/ID/*", "photos/", ".photonic/captures.sqlite3-wal", ".photonic/borrowed.new"}
    assert kinds < set(flushes.counts(run.recording))
    assert unnoticed(run, tmp_path / "state", kinds - hardly_noticed(run.setup), 60) == set()


@pytest.mark.long
@pytest.mark.timeout(600)
def test_each_flush_that_is_taken_out_is_noticed(run: RecordedRun, tmp_path: Path) -> None:
    kinds = set(flushes.counts(run.recording))
    assert unnoticed(run, tmp_path / "state", kinds, 600) <= hardly_noticed(run.setup)


def test_the_service_recovers_from_a_state(
    run: RecordedRun, camera: tuple[str, SimulatedCamera], tmp_path: Path
) -> None:
    drawn = campaign.states(run.recording, run.story, 60, SEED)
    (state,) = campaign.sample(drawn, 1, SEED)
    assert judge_recovered(state, camera[1], run, tmp_path) == [], state.name
