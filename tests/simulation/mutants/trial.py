"""Tries one break: by the simulation, seed after seed, or by the unit test that has to find it."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.simulation.mutants.source_copy import ROOT, RunFailed, SourceCopy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.simulation.mutants.breaks import Break

SEED_SECONDS = 60.0
"""After which one history, and with it its batch, is given up."""
BATCH = 4
"""How many seeds a process has in one batch; the seeds after a batch with a finding are not run."""
TESTS_SECONDS = 300.0
PASSED, FAILED = 0, 1
"""Exit codes of pytest."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """The first thing that was found with one seed."""

    invariant: int
    rule: str
    text: str

    @property
    def kind(self) -> tuple[int, str]:
        """What is alike in two findings of one promise."""
        return self.invariant, self.rule


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one break.

    Args:
        mutant: The break.
        found: Whether it was found.
        seeds: How many seeds it took, or how many were run in vain; 0: it was tried by tests.
        sighting: What the simulation found.
        tests: The tests that failed.
        seconds: How long it took.
        errors: Of the simulator itself, with how many seeds; they find nothing.
    """

    mutant: Break
    found: bool
    seeds: int = 0
    sighting: Sighting | None = None
    tests: tuple[str, ...] = ()
    seconds: float = 0.0
    errors: int = 0

    @property
    def satisfied(self) -> bool:
        """Whether it was found, or the list says why the simulation does not find it."""
        return self.found or (not self.mutant.tests and self.mutant.reason is not None)


@dataclass
class Trials:
    """Tries breaks, one after the other.

    Args:
        folder: For the copies; the caller removes it.
        seeds: How many seeds to run at the most.
        captures: Of each history.
        jobs: How many processes run them.
        say: Receives a line about what goes on.
        origin: The sources.
    """

    folder: Path
    seeds: int
    captures: int
    jobs: int
    say: Callable[[str], object] = lambda _line: None
    origin: Path = ROOT
    _unbroken: SourceCopy | None = None
    _before: dict[int, Sighting | None] = field(default_factory=dict[int, "Sighting | None"])
    _passed: set[tuple[str, ...]] = field(default_factory=set[tuple[str, ...]])

    def verdict(self, mutant: Break) -> Verdict:
        """Try one break. Raises ``BadList``, ``RunFailed``."""
        began = time.monotonic()
        # Of the first copy: somebody may work on the sources meanwhile.
        copy = SourceCopy(self.folder / mutant.name, self.unbroken.folder)
        try:
            mutant.make(copy.folder)
            return self._by_tests(mutant, copy, began) if mutant.tests else self._by_seeds(mutant, copy, began)
        finally:
            copy.remove()

    @property
    def unbroken(self) -> SourceCopy:
        """A copy without a break, made and checked once. Raises ``RunFailed``."""
        if self._unbroken is None:
            self._unbroken = SourceCopy(self.folder / "unbroken", self.origin)
            self._unbroken.check()
        return self._unbroken

    def _by_tests(self, mutant: Break, copy: SourceCopy, began: float) -> Verdict:
        if mutant.tests not in self._passed:
            code, output = _tested(self.unbroken, mutant.tests)
            if code != PASSED:
                raise RunFailed(f"the tests of {mutant.name} do not pass on the unbroken sources: {_end_of(output)}")
            self._passed.add(mutant.tests)
        code, output = _tested(copy, mutant.tests)
        if code not in {PASSED, FAILED}:
            raise RunFailed(f"the tests of {mutant.name} could not be run: {_end_of(output)}")
        failed = tuple(re.findall(r"^FAILED (\S+)", output, re.MULTILINE))
        return Verdict(mutant, code == FAILED, tests=failed, seconds=time.monotonic() - began)

    def _by_seeds(self, mutant: Break, copy: SourceCopy, began: float) -> Verdict:
        errors = 0
        for batch in _batches(self.seeds, self.jobs * BATCH):
            all_found, failed = self._run(copy, batch)
            found = {seed: one for seed, one in all_found.items() if one.invariant in mutant.invariants}
            errors += failed
            for seed, sighting in sorted(found.items()):
                known = self._without_break(seed)
                if known is not None and known.kind == sighting.kind:
                    self.say(f"{mutant.name}: seed {seed} has the same finding without the break")
                    continue
                return Verdict(mutant, True, seed, sighting, (), time.monotonic() - began, errors)
        return Verdict(mutant, False, self.seeds, seconds=time.monotonic() - began, errors=errors)

    def _without_break(self, seed: int) -> Sighting | None:
        if seed not in self._before:
            found, _errors = self._run(self.unbroken, range(seed, seed + 1))
            self._before[seed] = found.get(seed)
        return self._before[seed]

    def _run(self, copy: SourceCopy, batch: range) -> tuple[dict[int, Sighting], int]:
        """What is found with these seeds, and with how many the simulator failed."""
        report = copy.folder / "report.json"
        report.unlink(missing_ok=True)
        options = ["--captures", str(self.captures), "--jobs", str(self.jobs), "--report", str(report)]
        arguments = ["-m", "tests.simulation", "--seeds", f"{batch[0]}-{batch[-1]}", *options]
        ended = copy.python(arguments, SEED_SECONDS * len(batch))
        try:
            facts = json.loads(report.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise RunFailed(f"{' '.join(arguments)} wrote no report: {_end_of(ended.stdout)}") from error
        found: dict[int, Sighting] = {}
        for one in facts["findings"]:
            found.setdefault(one["seed"], Sighting(one["invariant"], one["rule"], one["text"]))
        return found, len(facts["errors"])


def _tested(copy: SourceCopy, tests: tuple[str, ...]) -> tuple[int, str]:
    options = ["-q", "--no-header", "-p", "no:cacheprovider", "-m", "long or not long"]
    ended = copy.python(["-m", "pytest", *options, *tests], TESTS_SECONDS)
    return ended.returncode, ended.stdout


def _batches(seeds: int, size: int) -> list[range]:
    return [range(first, min(first + size, seeds + 1)) for first in range(1, seeds + 1, size)]


def _end_of(output: str) -> str:
    return " / ".join(output.strip().splitlines()[-3:])
