"""``python -m tests.simulation``: replays one seed, or runs many, and says what was found."""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from tests.simulation.campaign import Wanted, run_seeds
from tests.simulation.history import run
from tests.simulation.plan import CAPTURES, KINDS, Plan
from tests.simulation.report import Report
from tests.simulation.shrink import Shrinking

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

CLEAN, FOUND, BAD_ARGUMENTS = 0, 1, 2
TWICE_IN = 20
"""One seed in so many is run twice."""
SEEDS = 40


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line, without the usage."""
        self.exit(BAD_ARGUMENTS, f"simulate: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code: 0, 1 if something was found, 2 for bad arguments."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.plan is not None:
        return _one(_plan_of(parser, options.plan), options)
    wanted = Wanted(options.captures, tuple(options.without), True if options.strict else None, TWICE_IN)
    if options.seed is not None:
        return _one(wanted.plan(options.seed), options)
    if options.trace is not None or options.shrink:
        parser.error("--trace and --shrink need --seed or --plan")
    return _many(wanted, options)


def _parser() -> _Parser:
    parser = _Parser(prog="python -m tests.simulation", description=__doc__)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--seed", type=_number, help="replay one history")
    which.add_argument("--seeds", type=_seeds, help="run the seeds A-B, or the first N (default: 40)")
    which.add_argument("--plan", type=Path, help="run a plan that --shrink has written")
    parser.add_argument("--captures", type=_positive, default=CAPTURES, help="of each history (default: 200)")
    parser.add_argument("--hours", type=_hours, help="go on with further seeds for so long")
    parser.add_argument("--jobs", type=_positive, default=2, help="how many processes (default: 2)")
    parser.add_argument("--without", action="append", default=[], choices=KINDS, metavar="KIND", help=", ".join(KINDS))
    parser.add_argument("--strict", action="store_true", help="lose every name that was not flushed, in every seed")
    parser.add_argument("--trace", type=Path, help="write the history to this file, a line an operation")
    parser.add_argument("--shrink", action="store_true", help="make the history as small as the finding allows")
    parser.add_argument("--report", type=Path, help="write the report to this file as JSON, and as text beside it")
    return parser


def _one(plan: Plan, options: argparse.Namespace) -> int:
    """Run one history, and say what it was."""
    began = time.perf_counter()
    outcome = run(plan, keep_trace=options.trace is not None)
    seconds = time.perf_counter() - began
    if options.trace is not None:
        options.trace.write_text("\n".join(outcome.lines) + "\n", encoding="utf-8")
    counts = ", ".join(f"{name} {value:g}" for name, value in outcome.counts.items() if " by " not in name)
    _say(f"seed {plan.seed}: {counts}; {seconds:.1f} s", f"digest {outcome.digest}")
    if outcome.finding is None:
        _say("no finding")
        return CLEAN
    _say(*outcome.findings)
    if options.shrink:
        path = Path(f"simulation-{plan.seed}.json")

        def keep(line: str, left: Plan) -> None:
            path.write_text(left.to_json() + "\n", encoding="utf-8")
            _say(line)

        shrinking = Shrinking(outcome.finding.rule, run, keep)
        small = shrinking.shrunk(plan)
        _say(f"after {shrinking.runs} histories:", *_told(small), str(run(small).finding))
        _say(f"python -m tests.simulation --plan {path}")
    return FOUND


def _told(plan: Plan) -> Iterable[str]:
    """A small history, as somebody would write it down as a test."""
    settings = plan.settings
    yield f"  {plan.captures} captures, {'strict, ' if plan.strict else ''}{settings}"
    yield from (f"  {one}" for one in plan.disturbances)


def _many(wanted: Wanted, options: argparse.Namespace) -> int:
    began = time.monotonic()
    seeds: Iterator[int] = iter(range(1, SEEDS + 1) if options.seeds is None else options.seeds)
    stop_at = None
    if options.hours is not None:
        stop_at = began + options.hours * 3600
        seeds = itertools.count(next(seeds))
    report = Report(wanted, options.jobs)
    for ran in run_seeds(seeds, wanted, options.jobs, stop_at):
        known = len(report.findings) + len(report.errors)
        report.add(ran)
        report.seconds = time.monotonic() - began
        for one in (*report.findings, *report.errors)[known:]:
            _say(f"seed {one['seed']}: {one.get('text') or one.get('error')}", f"  {report.command(one['seed'])}")
        if options.report is not None:
            report.write(options.report)
    _say(report.text())
    return CLEAN if report.clean else FOUND


def _plan_of(parser: _Parser, path: Path) -> Plan:
    try:
        return Plan.from_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError, KeyError) as error:
        parser.error(f"argument --plan: cannot use {path}: {error}")


def _say(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None


def _positive(text: str) -> int:
    number = _number(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return number


def _hours(text: str) -> float:
    try:
        hours = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of hours") from None
    if not 0 < hours < 1000:
        raise argparse.ArgumentTypeError(f"{text} is not a number of hours that can be run")
    return hours


def _seeds(text: str) -> range:
    first, dash, last = text.partition("-")
    numbers = range(_number(first), _number(last) + 1) if dash else range(1, _positive(first) + 1)
    if not numbers:
        raise argparse.ArgumentTypeError(f"{text} has no seeds: write A-B with A not above B, or N")
    return numbers


if __name__ == "__main__":
    sys.exit(main())
