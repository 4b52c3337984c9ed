"""The command line of the simulation: bad arguments, the replay of a seed, the shrinking of a history."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.simulation.__main__ import main
from tests.simulation.evidence import Finding
from tests.simulation.history import Outcome
from tests.simulation.history_settings import HistorySettings
from tests.simulation.plan import KINDS, Disturbance, Kind, Plan
from tests.simulation.shrink import Shrinking

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("arguments", "about"),
    [
        (["--seed", "x"], "'x' is not a whole number"),
        (["--seeds", "9-3"], "9-3 has no seeds"),
        (["--captures", "0"], "0 is not a positive number"),
        (["--hours", "-1"], "-1 is not a number of hours"),
        (["--without", "rain"], "invalid choice: 'rain'"),
        (["--shrink"], "--trace and --shrink need --seed"),
        (["--plan", "absent.json"], "cannot use absent.json"),
        (["--seed", "1", "--seeds", "2"], "not allowed with"),
        (["--nonsense"], "unrecognized arguments: --nonsense"),
    ],
)
def test_bad_arguments_are_one_line(arguments: list[str], about: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    said = capsys.readouterr()
    assert ended.value.code == 2
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert about in said.err


def test_a_seed_is_replayed_and_traced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--seed", "1", "--captures", "3"]
    for kind in KINDS:
        arguments += ["--without", kind]
    assert main([*arguments, "--trace", str(tmp_path / "trace.txt")]) == 0
    first = capsys.readouterr().out
    assert main(arguments) == 0
    digests = [line for line in (first + capsys.readouterr().out).splitlines() if line.startswith("digest ")]
    assert len(digests) == 2
    assert digests[0] == digests[1]
    trace = (tmp_path / "trace.txt").read_text(encoding="utf-8").splitlines()
    assert any(" user asks for photographer-0-photo-1" in line for line in trace)
    assert any(" disk " in line for line in trace)


def test_leaving_one_kind_out_leaves_the_others_as_they_are() -> None:
    whole, smaller = Plan.of_seed(3), Plan.of_seed(3, without=(Kind.EIO,))
    assert Kind.EIO in whole.kinds
    assert smaller == whole.without(Kind.EIO)


def test_fewer_captures_leave_the_beginning_as_it_is() -> None:
    longer, shorter = Plan.of_seed(3, 200), Plan.of_seed(3, 60)
    assert shorter.disturbances == tuple(one for one in longer.disturbances if one.after < 60)
    assert longer.shortened(60) == shorter


def test_a_plan_survives_being_written_down() -> None:
    plan = Plan.of_seed(5)
    assert Plan.from_json(plan.to_json()) == plan


def test_shrinking_leaves_what_the_finding_needs() -> None:
    needed = {Disturbance(Kind.EIO, 7, 0.5, count=3), Disturbance(Kind.KILL_STEP, 40, 1.0, count=9)}
    others = [Disturbance(kind, after, 0.1, count=1) for kind in (Kind.EIO, Kind.ENOSPC) for after in range(30)]

    def broken(plan: Plan) -> Outcome:
        fails = needed <= set(plan.disturbances) and plan.captures > 40
        other = Finding(2, "another promise", "not this one")
        return Outcome(Finding(1, "the promise", "text") if fails else other, "", {})

    plan = Plan(1, 200, settings=HistorySettings(raw=True), disturbances=(*others, *needed))
    small = Shrinking("the promise", broken).shrunk(plan)
    assert set(small.disturbances) == needed
    assert 40 < small.captures < 50
    assert not small.settings.raw
    assert broken(small).finding == broken(replace(plan)).finding
