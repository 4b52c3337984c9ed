"""The machine of one history: its clock, its disk, its camera processes, and what is plugged into it.

It outlives each run of the service; a loss of power is the end of a boot.
"""

from __future__ import annotations

import asyncio
import errno
import gc
import os
import warnings
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from tests.simulation.body import EPOCH
from tests.simulation.bus import SimulatedBus
from tests.simulation.disk import SimulatedDisk
from tests.simulation.disk.numbered import SIZE_BYTES
from tests.simulation.host import SimulatedHost
from tests.simulation.loop import SimulatedLoop
from tests.simulation.numbered_tasks import inline_threads
from tests.simulation.receiver import SimulatedReceiver
from tests.simulation.scale import scaled
from tests.simulation.scenery import SECOND, make_bodies
from tests.simulation.trace_log import TraceLog
from tests.simulation.vfs import sqlite_on

from photonic.machine.timekeeping import Timekeeping
from photonic.service.base.surroundings import Surroundings
from photonic.worker.supervision.launch import Launch

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from tests.simulation.history_settings import HistorySettings
    from tests.simulation.randomness import Randomness
    from tests.simulation.trace import Trace

ROOT = Path("/simulated")
BEGAN_AT = 1000.0
"""Simulated seconds: of CLOCK_MONOTONIC, and since ``EPOCH`` of the time of day."""
FRAMES_A_SECOND = 2.0
PROCESS_ID = 999
"""Of every run of the service: it stands in lock files."""


class Machine:
    """One machine, with its cameras. ``unheard``: what failed in a task of a living service, and nobody asked."""

    def __init__(self, settings: HistorySettings, randomness: Randomness, trace: Trace) -> None:
        self._trace = trace
        self._randomness = randomness
        self._log = TraceLog(trace)
        self._now = BEGAN_AT
        self._boot = 1
        self._ids = randomness.part("ids")
        self.loop: SimulatedLoop | None = None
        self.disk = SimulatedDisk(ROOT, randomness, trace, wall=self._unix_seconds)
        if settings.second:
            self.disk.mount_second(ROOT / SECOND)
        self.bodies = make_bodies(settings, randomness, self.now)
        self.host = SimulatedHost(ROOT, self.bodies, randomness.part, clock=self.now, fps=FRAMES_A_SECOND)
        self.receiver = SimulatedReceiver(
            randomness.part("receiver"), self.now, self.wall, lambda text: trace.note("receiver", text)
        )
        self.unheard: list[str] = []
        self.steps = 0

    def now(self) -> float:
        """Simulated seconds."""
        return self._now if self.loop is None else self.loop.now

    def wall(self) -> datetime:
        """The time of day."""
        return datetime.fromtimestamp(EPOCH, UTC) + timedelta(seconds=round(self.now(), 6))

    def _unix_seconds(self) -> float:
        """The time of day as seconds since 1970."""
        loop = self.loop
        return EPOCH + (self._now if loop is None else loop.now)

    def has_process(self) -> bool:
        """Whether a camera process runs."""
        return any(process.returncode is None for process in self.host.processes)

    def fail_disk(self, error: int | None) -> None:
        """Let every change and every read fail with this error (``ENOSPC``: what needs space), until it is ``None``."""
        full = error == errno.ENOSPC
        self.disk.free_bytes = 0 if full else SIZE_BYTES
        self.disk.failing = None if full else error

    @contextmanager
    def installed(self) -> Generator[None]:
        """Stand under everything that runs in this process, while the context lasts."""
        with ExitStack() as stack:
            stack.enter_context(_collector_off())
            stack.enter_context(self._log)
            stack.enter_context(scaled(lambda: f"boot-{self._boot}"))
            stack.enter_context(mock.patch.object(os, "getpid", lambda: PROCESS_ID))
            stack.enter_context(mock.patch.object(Launch, "bus", self._bus))
            stack.enter_context(self.disk)
            stack.enter_context(inline_threads())
            stack.enter_context(sqlite_on(self.disk))
            yield

    def surroundings(self) -> Surroundings:
        """What a run of the service gets."""
        return Surroundings(
            Timekeeping(self.now, self.wall, f"boot-{self._boot}"),
            lambda: f"{self._ids.getrandbits(128):032x}",
            self._randomness.part("jitter").uniform,
            self.host,
            self.receiver,
        )

    def begin_life(self) -> SimulatedLoop:
        """The service is started; returns the loop on which it runs."""
        life = self.disk.begin_life()
        loop = self.loop = SimulatedLoop(self._randomness, self._trace, life=life, start=self._now)
        self.host.serve(loop)
        loop.set_exception_handler(self._unhandled)
        asyncio.set_event_loop(loop)
        return loop

    def end_life(self, *, power: bool, strict: bool = False) -> None:
        """The service has ended: close what is left of it. ``power``: the power was lost; ``strict``: see ``Plan``."""
        assert self.loop is not None
        self._now = self.now()
        self.steps += self.loop.steps
        self.disk.refuse_everything()
        self.host.service_died()
        self._log.muted = True
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # coroutines of the dead that were never awaited
            self.loop.bury()
        gc.freeze()  # what is left belongs to the history, and need not be looked at after each life
        asyncio.set_event_loop(None)
        self._log.muted = False
        self.loop = None
        self._trace.clock = self.now
        if power:
            self.disk.power_lost(strict=strict, each=self._randomness.part("power names").random() < 0.5)
            self._boot += 1

    def _bus(self) -> SimulatedBus:
        return SimulatedBus(self.bodies)

    def _unhandled(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        assert isinstance(loop, SimulatedLoop)
        if loop.life.ended is None:
            self.unheard.append(f"{context.get('message')}: {context.get('exception')!r}")


@contextmanager
def _collector_off() -> Generator[None]:
    """What is garbage is collected between two lives only: when it is, must not depend on chance.

    What was there before the history is frozen, garbage or not, so that a collection is quick.
    """
    collecting = gc.isenabled()
    gc.disable()
    gc.freeze()
    try:
        yield
    finally:
        gc.collect()
        gc.unfreeze()
        if collecting:
            gc.enable()
