"""``python -m tests.simulation.mutants``: makes each deliberate break in a copy, and says what finds it."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from tests.simulation.mutants import results
from tests.simulation.mutants.breaks import LIST, BadList, Break, load
from tests.simulation.mutants.source_copy import RunFailed
from tests.simulation.mutants.trial import Trials, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ALL_FOUND, NOT_FOUND, BAD_ARGUMENTS = 0, 1, 2
SEEDS, CAPTURES = 80, 60


class _OneLine(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line, without the usage."""
        self.exit(BAD_ARGUMENTS, f"simulate-mutants: {message}\n")


def main(arguments: Sequence[str] | None = None, trials_in: Callable[..., Trials] = Trials) -> int:
    """Run the command.

    Returns its exit code: 0 if each break was found or the list says why it is not, 1 if one was not, 2 for bad
    arguments, a broken list, or a run that failed.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    verdicts: list[Verdict] = []
    try:
        chosen = _chosen(load(options.list), options.only)
        with tempfile.TemporaryDirectory(prefix="photonic-mutants-") as folder:
            trials = trials_in(Path(folder), options.seeds, options.captures, options.jobs, _say)
            for mutant in chosen:
                verdict = trials.verdict(mutant)
                verdicts.append(verdict)
                _say(f"{mutant.name}: {_short(verdict)} ({verdict.seconds:.0f} s)")
                if options.report is not None:
                    results.write(options.report, verdicts, options.seeds, options.captures)
    except (BadList, RunFailed) as error:
        parser.error(str(error))
    _say(results.table(verdicts))
    return ALL_FOUND if all(one.satisfied for one in verdicts) else NOT_FOUND


def _parser() -> _OneLine:
    parser = _OneLine(prog="python -m tests.simulation.mutants", description=__doc__)
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="this break; may be repeated")
    parser.add_argument("--seeds", type=_positive, default=SEEDS, help="how many to run at the most (default: 80)")
    parser.add_argument("--captures", type=_positive, default=CAPTURES, help="of each history (default: 60)")
    parser.add_argument("--jobs", type=_positive, default=2, help="how many processes (default: 2)")
    parser.add_argument("--report", type=Path, help="write the results to this file as JSON, and as text beside it")
    parser.add_argument("--list", type=Path, default=LIST, help="another list of breaks")
    return parser


def _chosen(breaks: tuple[Break, ...], names: Sequence[str]) -> list[Break]:
    known = {one.name for one in breaks}
    if unknown := [name for name in names if name not in known]:
        raise BadList(f"no break is called {unknown[0]}; there are {', '.join(sorted(known))}")
    return [one for one in breaks if not names or one.name in names]


def _short(verdict: Verdict) -> str:
    after = f" after {verdict.seeds} seeds" if verdict.seeds else ""
    errors = f", with {verdict.errors} errors of the simulator" if verdict.errors else ""
    return f"{results.found_by(verdict)}{after}{errors}{_text(verdict)}"


def _text(verdict: Verdict) -> str:
    return "" if verdict.sighting is None else f": {verdict.sighting.text}"


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return int(text)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that it ends what it has started
    sys.exit(main())
