"""States of one recorded run, drawn from a seed, each judged."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.crash import replay
from tests.crash.judge import judge
from tests.crash.models import MODELS, DiskState, Moment
from tests.crash.promises import told
from tests.crash.violation import Violation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from tests.crash.operations import Recording
    from tests.crash.promises import Story, Told

SOON = (4, 40)
"""At the most so many operations later: what a flush is for may be over at once."""


@dataclass(frozen=True, slots=True)
class CrashState:
    """One state after the first ``cut`` operations; ``name``: model, cut and variant, for people."""

    name: str
    model: str
    cut: int
    state: DiskState
    told: Told


@dataclass(slots=True)
class Verdicts:
    """What was found: how many states of each model, and each violation with the state that shows it."""

    judged: Counter[str] = field(default_factory=Counter[str])
    violations: list[tuple[str, Violation]] = field(default_factory=list[tuple[str, Violation]])

    def __str__(self) -> str:
        """For people."""
        lines = [f"{sum(self.judged.values())} states: " + ", ".join(f"{m} {n}" for m, n in self.judged.items())]
        rules = Counter((name.partition(" ")[0], violation.rule) for name, violation in self.violations)
        lines += [f"  {count} x {model}: {rule}" for (model, rule), count in sorted(rules.items())]
        lines += [f"  {name}: {violation.rule}: {violation.text[:300]}" for name, violation in self.violations[:20]]
        lines.append(f"{len(self.violations)} violations")
        return "\n".join(lines)


def states(recording: Recording, story: Story, count: int, seed: int, near: Sequence[int] = ()) -> Iterator[CrashState]:
    """``count`` states or a few more, spread evenly over the models and the moments of the run.

    ``near``: half of the moments are soon after one of these operations.
    """
    draws = random.Random(seed)
    first, total = recording.start, len(recording.operations) - recording.start
    rounds = -(-count // len(MODELS))
    for number in range(rounds):
        # One moment of each part of the run.
        cut = first + draws.randint(total * number // rounds, total * (number + 1) // rounds)
        if near and number % 2:
            cut = min(draws.choice(near) + draws.randint(1, draws.choice(SOON)), len(recording.operations))
        moment, known = Moment(recording, cut), told(story, cut)
        for model, derive in MODELS.items():
            chance = random.Random(f"{seed}:{number}:{model}")
            for variant, state in enumerate(derive(moment, chance)):
                yield CrashState(f"{model} {cut}.{variant}", model, cut, state, known)


def sample(found: Iterable[CrashState], count: int, seed: int) -> list[CrashState]:
    """``count`` of the states in which something was promised; no more of them are in memory at a time."""
    draws = random.Random(seed)
    kept: list[CrashState] = []
    for number, each in enumerate(state for state in found if state.told.last):
        if number < count:
            kept.append(each)
        elif (place := draws.randrange(number + 1)) < count:
            kept[place] = each
    return kept


def judged(
    recording: Recording, story: Story, folder: Path, *, count: int, seed: int, near: Sequence[int] = ()
) -> Iterator[tuple[CrashState, list[Violation]]]:
    """``count`` states as of ``states``, each with its violations; ``folder``: for one of them at a time."""
    for each in states(recording, story, count, seed, near):
        replay.write(each.state, folder)
        yield each, judge(each.state, each.told, folder, notifies=True)


def run(
    recording: Recording, story: Story, folder: Path, *, count: int, seed: int, near: Sequence[int] = ()
) -> Verdicts:
    """Judge ``count`` states as of ``states``; ``folder``: for one of them at a time."""
    verdicts = Verdicts()
    for each, found in judged(recording, story, folder, count=count, seed=seed, near=near):
        verdicts.judged[each.model] += 1
        verdicts.violations += [(each.name, violation) for violation in found]
    return verdicts
