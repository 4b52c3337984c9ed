"""Runs one history: life after life of the service until every photo was asked for, then its end, then the judge."""

from __future__ import annotations

import asyncio
import gc
import os
import warnings
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from tests.simulation.audience import Audience
from tests.simulation.body import EPOCH
from tests.simulation.bus import SimulatedBus
from tests.simulation.closing import Audit, Closing
from tests.simulation.death import Death
from tests.simulation.disk import SimulatedDisk
from tests.simulation.disturber import Disturber
from tests.simulation.evidence import Broken, Finding
from tests.simulation.host import SimulatedHost
from tests.simulation.judge import deliveries, index, verdict
from tests.simulation.judge.remains import Remains
from tests.simulation.life import ServiceLife
from tests.simulation.loop import SimulatedLoop
from tests.simulation.numbered_tasks import inline_threads
from tests.simulation.randomness import Randomness
from tests.simulation.receiver import SimulatedReceiver
from tests.simulation.scale import scaled
from tests.simulation.scenery import make_bodies, roots, service_settings
from tests.simulation.trace import Trace
from tests.simulation.trace_log import TraceLog
from tests.simulation.users import Finger, users
from tests.simulation.vfs import sqlite_on
from tests.simulation.world import World

from photonic.machine.timekeeping import Timekeeping
from photonic.service.base.background import leaf
from photonic.service.base.surroundings import Surroundings
from photonic.worker.supervision.supervisor import Launch

if TYPE_CHECKING:
    from collections.abc import Coroutine, Generator
    from typing import Any

    from tests.simulation.plan import Plan

ROOT = Path("/simulated")
BEGAN_AT = 1000.0
"""Simulated seconds: of CLOCK_MONOTONIC, and since ``EPOCH`` of the time of day."""
LIVES_LIMIT = 400
FPS = 2.0
"""Live-view frames a second: each costs as much as a frame of a real camera, and one is like the other."""
PROCESS_ID = 999
"""Of every run of the service: it stands in lock files."""
START_SECONDS = (0.3, 3.0)
BOOT_SECONDS = (8.0, 60.0)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one history.

    Args:
        finding: The gravest promise that was broken; ``None``: none was.
        digest: SHA-256 of everything that happened.
        counts: Captures, deaths, operations, simulated seconds and so on.
        findings: Every promise that was broken, as text.
        lines: The trace; empty unless it was kept.
    """

    finding: Finding | None
    digest: str
    counts: dict[str, float]
    findings: tuple[str, ...] = ()
    lines: tuple[str, ...] = field(default=(), repr=False)


def run(plan: Plan, *, keep_trace: bool = False) -> Outcome:
    """Run the history of a plan. The same plan has the same outcome in every process."""
    with _collector_off():
        return History(plan, keep_trace=keep_trace).run()


class History:
    """One history; used once."""

    def __init__(self, plan: Plan, *, keep_trace: bool) -> None:
        self._plan = plan
        self._randomness = Randomness(plan.seed)
        self._trace = Trace(keep=keep_trace)
        self._log = TraceLog(self._trace)
        self._random = self._randomness.part("history")
        self._loop: SimulatedLoop | None = None
        self._now = BEGAN_AT
        self._disk = SimulatedDisk(ROOT, self._randomness, self._trace, wall=lambda: EPOCH + self.now())
        bodies = make_bodies(plan.settings, self._randomness, self.now)
        self._world = World(plan, self._randomness, self._trace, bodies, self.now)
        self._host = SimulatedHost(ROOT, bodies, self._randomness.part, clock=self.now, fps=FPS)
        self._disturber = Disturber(self._world, self._disk)
        self._world.on_asked = self._disturber.asked
        self._users = users(self._world)
        self._finger = Finger(self._world)
        self._closing = Closing(self._world, self._disturber, self._users)
        self._lives: list[float] = []
        if plan.settings.webhooks:
            draws = self._randomness.part("receiver")
            self._world.receiver = SimulatedReceiver(
                draws, self.now, self._wall, lambda text: self._trace.note("receiver", text)
            )
        if plan.settings.viewers:
            self._world.audience = Audience(self._world, self._host)
        self._service: ServiceLife | None = None
        self._power_lost = False
        self._boot = 1
        self._ids = self._randomness.part("ids")
        self._settings = service_settings(plan.settings, ROOT)
        self._deaths: list[float] = []
        self._power_losses = 0
        self._unheard: list[str] = []
        self._steps = 0

    def now(self) -> float:
        """Simulated seconds."""
        return self._now if self._loop is None else self._loop.time()

    def run(self) -> Outcome:
        """Run it to its end."""
        self._trace.note("plan", self._plan.to_json())
        findings: list[Finding] = []
        with ExitStack() as stack:
            stack.enter_context(self._log)
            stack.enter_context(scaled(lambda: f"boot-{self._boot}"))
            stack.enter_context(mock.patch.object(os, "getpid", lambda: PROCESS_ID))
            stack.enter_context(mock.patch.object(Launch, "bus", self._bus))
            stack.enter_context(self._disk)
            stack.enter_context(inline_threads())
            stack.enter_context(sqlite_on(self._disk))
            try:
                self._live_all()
                findings = self._judged()
            except (Broken, BaseExceptionGroup) as error:
                findings = [_finding(error)]
            if self._loop is not None:
                self._bury()
            if (audience := self._world.audience) is not None:
                findings += audience.findings.values()
                audience.close()
        for finding in findings:
            self._trace.note("judge", str(finding))
        counts = self._counts()
        first = findings[0] if findings else None
        texts = tuple(map(str, findings))
        return Outcome(first, self._trace.digest, counts, texts, tuple(self._trace.lines or ()))

    def _live_all(self) -> None:
        """Every life, then one in which all is asked for again."""
        downtime = 0.0
        for _number in range(LIVES_LIMIT):
            if self._one(self._life(downtime, self._users, self._closing.run())):
                break
            downtime = self._random.uniform(*START_SECONDS)
            if self._power_lost:
                downtime = self._random.uniform(*BOOT_SECONDS)
        else:
            raise AssertionError(f"the service has died {LIVES_LIMIT} times")
        audit = Audit(self._world)
        assert self._one(self._life(1.0, [], audit.done(self._closing), [audit]))

    def _one(self, life: Coroutine[Any, Any, bool]) -> bool:
        """Run one life; whether it was the last one."""
        self._world.life += 1
        self._lives.append(self.now())
        self._power_lost = False
        self._service = None
        self._life_of_process = self._disk.begin_life()
        loop = self._loop = SimulatedLoop(self._randomness, self._trace, life=self._life_of_process, start=self._now)
        self._host.serve(loop)
        self._trace.clock = self.now
        loop.set_exception_handler(self._unhandled)
        self._trace.note("history", f"life {self._world.life} begins")
        audience = self._world.audience
        try:
            with nullcontext() if audience is None else audience.hosted(loop):
                last = loop.run_until_complete(life)
        except Death as death:
            self._trace.note("history", f"life {self._world.life} ends: {death.where}, power {death.power}")
            self._deaths.append(self.now())
            self._power_lost = death.power
            last = False
        else:
            self._trace.note("history", f"life {self._world.life} ends in good order")
        power = self._power_lost
        if audience is not None:
            audience.service_died(power=power)
        if self._service is not None:
            self._service.check()
        self._bury()
        if power:
            self._power_losses += 1
            self._disk.power_lost(strict=self._plan.strict)
            self._boot += 1
        if self._unheard:
            raise Broken(8, "no task fails unheard", self._unheard[0])
        return last

    async def _life(
        self, downtime: float, users: list[Any], until: Coroutine[None, None, None], others: list[Any] | None = None
    ) -> bool:
        assert self._loop is not None
        finger = asyncio.ensure_future(self._finger.run())
        try:
            await asyncio.sleep(downtime)
            service = self._service = ServiceLife(self._world, self._settings, self._surroundings())
            self._disturber.begins(self._loop, service.restart)
            self._closing.controllers = service.controllers
            return await service.run([*users, *(others or ())], until)
        finally:
            finger.cancel()
            until.close()

    def _surroundings(self) -> Surroundings:
        time = Timekeeping(self.now, self._wall, f"boot-{self._boot}")
        jitter = self._randomness.part("jitter").uniform
        return Surroundings(
            time,
            lambda: f"{self._ids.getrandbits(128):032x}",
            jitter,
            self._host,
            webhooks=self._world.receiver,
        )

    def _wall(self) -> datetime:
        return datetime.fromtimestamp(EPOCH, UTC) + timedelta(seconds=round(self.now(), 6))

    def _bus(self) -> SimulatedBus:
        return SimulatedBus(self._world.bodies)

    def _bury(self) -> None:
        """Close what is left of the process."""
        assert self._loop is not None
        self._now = self.now()
        self._steps += self._loop.steps
        self._disk.refuse_everything()
        self._host.service_died()
        if self._disturber.living:
            self._disturber.ends()
        self._log.muted = True
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # coroutines of the dead that were never awaited
            self._loop.bury()
        self._log.muted = False
        self._loop = None
        self._trace.clock = self.now

    def _unhandled(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if self._life_of_process.ended is None:
            self._unheard.append(f"{context.get('message')}: {context.get('exception')!r}")

    def _judged(self) -> list[Finding]:
        """What the judge finds at the end."""
        settings = self._plan.settings
        for body in self._world.bodies:
            body.finish()
        places = roots(settings, ROOT)
        files: dict[tuple[int, str], bytes] = {}
        for path, content in self._disk.contents().items():
            for number, root in places.items():
                if Path(path).is_relative_to(root):
                    files[number, str(Path(path).relative_to(root))] = content
        self._disk.begin_life()
        left = index.read(places)
        remains = Remains(
            settings,
            self._world.evidence,
            left,
            {number: body.truth.exposures for number, body in enumerate(self._world.bodies)},
            {number: body.serial for number, body in enumerate(self._world.bodies)},
            files,
            EPOCH,
            self._deaths,
            self._told(left),
        )
        return verdict.judge(remains)

    def _told(self, left: index.Index) -> deliveries.Told:
        """What hooks and webhooks were told, and of which photos they had to be."""
        deleted = {one.capture_id for one in self._world.evidence.deletions.values()}
        files = {
            one.id: len(one.files)
            for one in left.captures.values()
            if one.phase == "saved" and not one.trashed and one.id not in deleted
        }
        receiver = self._world.receiver
        return deliveries.Told(
            files,
            receiver.messages if receiver is not None else (),
            self._host.commands,
            len(self._settings.hooks),
            [one.url for one in self._settings.webhooks.values()],
            self._lives,
            self._disk.failures,
        )

    def _counts(self) -> dict[str, float]:
        evidence = self._world.evidence
        exposures = [one for body in self._world.bodies for one in body.truth.exposures]
        return {
            "captures": evidence.asked,
            "exposures": len(exposures),
            "lives": self._world.life,
            "deaths": len(self._deaths),
            "power_losses": self._power_losses,
            "operations": self._disk.operations,
            "steps": self._steps,
            "simulated_seconds": round(self._now - BEGAN_AT, 1),
            "lost_in_ram": sum(one.lost is not None for one in exposures),
            **{f"disturbed by {kind}": count for kind, count in sorted(self._disturber.struck.items())},
        }


def _finding(error: BaseException) -> Finding:
    """The finding that ended a history. Raises what is none."""
    error = leaf(error)
    if isinstance(error, Broken):
        return error.finding
    raise error


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
