"""``make crash``: record the real service, and judge what a loss of power may leave of it."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.crash import campaign, flushes
from tests.crash.recovered import camera_with_memory, judge_recovered
from tests.crash.scenario import RecordedRun, record
from tests.crash.setup import SETUPS

if TYPE_CHECKING:
    from tests.support.simulated import SimulatedCamera


def main() -> int:
    """The command line; returns 1 if a promise is broken."""
    parser = argparse.ArgumentParser(prog="make crash", description=__doc__)
    parser.add_argument("--states", type=int, default=6000, help="states that are judged, for each setup")
    parser.add_argument("--services", type=int, default=12, help="of them the service starts on so many")
    parser.add_argument("--captures", type=int, default=6, help="captures in the recorded run")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--setups", nargs="+", choices=SETUPS, default=list(SETUPS))
    parser.add_argument("--flushes", action="store_true", help="take out each kind of flush, and count who notices")
    arguments = parser.parse_args()
    broken = 0
    for name in arguments.setups:
        with tempfile.TemporaryDirectory(prefix="photonic-crash-") as folder, camera_with_memory() as camera:
            work = Path(folder)
            run = record(camera, work / "run", SETUPS[name], arguments.captures)
            _say(f"{name}: {len(run.recording.operations)} operations, {len(run.story.promises)} promises")
            found = campaign.run(run.recording, run.story, work / "state", count=arguments.states, seed=arguments.seed)
            _say(found)
            broken += len(found.violations) + _services(run, camera, work, arguments)
            if arguments.flushes:
                _print_flushes(run, work, arguments)
    return 1 if broken else 0


def _say(line: object) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _services(run: RecordedRun, camera: SimulatedCamera, work: Path, arguments: argparse.Namespace) -> int:
    """How many promises are broken after recovery."""
    drawn = campaign.states(run.recording, run.story, arguments.states, arguments.seed)
    sample = campaign.sample(drawn, arguments.services, arguments.seed)
    broken = 0
    for number, state in enumerate(sample):
        for violation in judge_recovered(state, camera, run, work / f"service-{number}"):
            broken += 1
            _say(f"  {state.name}: {violation.rule}: {violation.text}")
    _say(f"{len(sample)} states judged by the service, {broken} violations")
    return broken


def _print_flushes(run: RecordedRun, work: Path, arguments: argparse.Namespace) -> None:
    _say("| flush taken out | times | states that notice | models |\n| --- | --- | --- | --- |")
    for kind, count in sorted(flushes.counts(run.recording).items()):
        found = campaign.run(
            flushes.without(run.recording, kind),
            run.story,
            work / "state",
            count=arguments.states,
            seed=arguments.seed,
            near=flushes.moments(run.recording, kind),
        )
        names = {name for name, _violation in found.violations}
        models = ", ".join(sorted({name.partition(" ")[0] for name in names})) or "-"
        _say(f"| `{kind}` | {count} | {len(names)} of {sum(found.judged.values())} | {models} |")


if __name__ == "__main__":
    sys.exit(main())
