"""Runs many seeds on several processes; each history is run in a fresh state of its process."""

from __future__ import annotations

import gc
import time
import traceback
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from tests.simulation.history import run
from tests.simulation.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

AHEAD = 4
"""How many seeds wait in front of each process."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to run with each seed.

    Args:
        captures: Of each history.
        without: Kinds of disturbance to leave out.
        strict: See ``Plan``; ``None``: as the seed says.
        twice_in: Of so many seeds, one is run twice, mostly in two processes; 0: none is.
    """

    captures: int
    without: tuple[str, ...] = ()
    strict: bool | None = None
    twice_in: int = 0

    def plan(self, seed: int) -> Plan:
        """The plan of a seed."""
        return Plan.of_seed(seed, self.captures, without=self.without, strict=self.strict)


@dataclass(frozen=True, slots=True)
class Ran:
    """One history that was run; ``error``: the simulator itself has failed."""

    seed: int
    finding: dict[str, Any] | None
    findings: tuple[str, ...]
    digest: str
    counts: dict[str, float]
    seconds: float
    error: str | None = None
    again: bool = field(default=False)


def run_seed(seed: int, wanted: Wanted, again: bool = False) -> Ran:
    """Run one seed in this process.

    A history leaves cycles of objects, tens of megabytes with its disk. They are collected once, at its end: the
    collector's own thresholds would look through all that lives again and again, and leave some of it.
    """
    began = time.process_time()
    gc.disable()
    try:
        outcome = run(wanted.plan(seed))
    except Exception as error:  # noqa: BLE001 - one seed that the simulator cannot run does not end a night
        text = "".join(traceback.format_exception(error)[-6:])
        return Ran(seed, None, (), "", {}, time.process_time() - began, text, again)
    finally:
        gc.enable()
        gc.collect()
    finding = None if outcome.finding is None else asdict(outcome.finding)
    seconds = time.process_time() - began
    return Ran(seed, finding, outcome.findings, outcome.digest, outcome.counts, seconds, None, again)


def run_seeds(seeds: Iterator[int], wanted: Wanted, jobs: int, stop_at: float | None) -> Iterator[Ran]:
    """Run seeds until there are no more, or ``stop_at`` (``time.monotonic``), and yield each as it ends."""
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        waiting: set[Future[Ran]] = set()

        def put() -> bool:
            seed = next(seeds, None)
            if seed is None or (stop_at is not None and time.monotonic() >= stop_at):
                return False
            waiting.add(pool.submit(run_seed, seed, wanted))
            if wanted.twice_in and seed % wanted.twice_in == 0:
                waiting.add(pool.submit(run_seed, seed, wanted, again=True))
            return True

        more = True
        while more or waiting:
            while more and len(waiting) < jobs * AHEAD:
                more = put()
            if waiting:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from sorted((future.result() for future in done), key=lambda ran: ran.seed)
