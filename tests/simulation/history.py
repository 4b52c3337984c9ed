"""Runs one history: life after life of the service until every photo was asked for, then its end, then the judge."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.simulation.audience import Audience
from tests.simulation.body import EPOCH
from tests.simulation.closing import Audit, Closing
from tests.simulation.death import Death
from tests.simulation.disturber import Disturber
from tests.simulation.evidence import Broken, Finding
from tests.simulation.judge import verdict
from tests.simulation.judge.deliveries import Told
from tests.simulation.judge.order import OrderAtKills
from tests.simulation.judge.remains import Remains
from tests.simulation.life import ServiceLife
from tests.simulation.machine import BEGAN_AT, ROOT, Machine
from tests.simulation.randomness import Randomness
from tests.simulation.scenery import SECOND, WEBHOOK, roots, service_settings
from tests.simulation.trace import Trace
from tests.simulation.users import Finger, users
from tests.simulation.world import World
from tests.support import index_reader

from photonic.service.base.background import leaf

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from tests.simulation.loop import SimulatedLoop
    from tests.simulation.plan import Plan
    from tests.simulation.users import User
    from tests.support.index_reader import Index

LIVES_LIMIT = 400
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
    return History(plan, keep_trace=keep_trace).run()


class History:
    """One history; used once."""

    def __init__(self, plan: Plan, *, keep_trace: bool) -> None:
        self._plan = plan
        self._trace = Trace(keep=keep_trace)
        randomness = Randomness(plan.seed)
        self._random = randomness.part("history")
        self._machine = Machine(plan.settings, randomness, self._trace)
        self._world = World(plan, randomness, self._trace, self._machine.bodies, self._machine.now)
        viewers = plan.settings.viewers
        self._audience = Audience(viewers, randomness, self._trace.note) if viewers else None
        self._disturber = Disturber(self._world, self._machine, self._audience)
        self._world.on_asked = self._disturber.asked
        self._users = users(self._world)
        self._finger = Finger(self._world)
        receiver = self._machine.receiver if plan.settings.webhooks else None
        self._closing = Closing(self._world, self._disturber, self._users, self._audience, receiver)
        self._settings = service_settings(plan.settings, ROOT)
        self._service: ServiceLife | None = None
        self._power_lost = False
        self._began: list[float] = []
        self._ends: list[float] = []
        self._deaths = 0
        self._power_losses = 0

    def run(self) -> Outcome:
        """Run it to its end."""
        self._trace.note("plan", self._plan.to_json())
        with tempfile.TemporaryDirectory() as folder:
            order = OrderAtKills(Path(folder), roots(self._plan.settings, ROOT), self._machine.disk.content)
            with self._machine.installed():
                try:
                    self._live_all(order)
                    findings = self._judged()
                except (Broken, BaseExceptionGroup) as error:
                    findings = [_finding(error)]
                if self._machine.loop is not None:
                    self._end(power=False)
                if self._audience is not None:
                    self._audience.close()
        for finding in findings:
            self._trace.note("judge", str(finding))
        first = findings[0] if findings else None
        texts = tuple(map(str, findings))
        return Outcome(first, self._trace.digest, self._counts(), texts, tuple(self._trace.lines or ()))

    def _live_all(self, order: OrderAtKills) -> None:
        """Every life, then one in which all is asked for again."""
        downtime = 0.0
        for _number in range(LIVES_LIMIT):
            failures = len(self._machine.disk.failures)
            last = self._one(downtime, self._users, self._closing.run())
            failed = len(self._machine.disk.failures) > failures
            order.look(self._machine.disk.numbers(), killed=not self._power_lost and not failed)
            if last:
                break
            downtime = self._random.uniform(*(BOOT_SECONDS if self._power_lost else START_SECONDS))
        else:
            raise AssertionError(f"the service has died {LIVES_LIMIT} times")
        audit = Audit(self._world)
        assert self._one(1.0, [audit], audit.done(self._closing))

    def _one(self, downtime: float, users: Sequence[User], until: Coroutine[None, None, None]) -> bool:
        """Run one life; whether it was the last one."""
        self._world.life += 1
        self._power_lost = False
        self._service = None
        loop = self._machine.begin_life()
        self._trace.note("history", f"life {self._world.life} begins")
        try:
            with nullcontext() if self._audience is None else self._audience.hosted(loop):
                last = loop.run_until_complete(self._life(loop, downtime, users, until))
        except Death as death:
            self._trace.note("history", f"life {self._world.life} ends: {death.where}, power {death.power}")
            self._deaths += 1
            self._power_lost = death.power
            self._power_losses += death.power
            last = False
        else:
            self._trace.note("history", f"life {self._world.life} ends in good order")
        if self._service is not None:
            self._service.check()
        self._end(power=self._power_lost)
        self._check()
        return last

    async def _life(
        self, loop: SimulatedLoop, downtime: float, users: Sequence[User], until: Coroutine[None, None, None]
    ) -> bool:
        finger = asyncio.ensure_future(self._finger.run())
        try:
            await asyncio.sleep(downtime)
            self._began.append(loop.time())
            machine = self._machine
            service = ServiceLife(self._world, self._settings, machine.surroundings(), self._audience)
            self._service = service
            self._disturber.begins(loop, service.restart)
            self._closing.controllers = service.controllers
            return await service.run(list(users), until, machine.has_process)
        finally:
            finger.cancel()
            until.close()

    def _end(self, *, power: bool) -> None:
        """The life has ended."""
        self._ends.append(self._machine.now())
        if self._disturber.living:
            self._disturber.ends()
        if self._audience is not None:
            self._audience.service_died(power=power)
        self._machine.end_life(power=power, strict=self._plan.strict)

    def _check(self) -> None:
        """Raises ``Broken`` for what was found while the life ran, or when it ended."""
        if self._machine.unheard:
            raise Broken(8, "no task fails unheard", self._machine.unheard[0])
        finding = None if self._audience is None else self._audience.finding
        if finding is not None:
            raise Broken(finding.invariant, finding.rule, finding.text)

    def _judged(self) -> list[Finding]:
        """What the judge finds at the end."""
        machine, settings = self._machine, self._plan.settings
        for body in machine.bodies:
            body.finish()
        places = roots(settings, ROOT)
        files: dict[tuple[int, str], bytes] = {}
        for path, content in machine.disk.contents().items():
            for number, root in places.items():
                if Path(path).is_relative_to(root):
                    files[number, str(Path(path).relative_to(root))] = content
        machine.disk.begin_life()
        known = index_reader.read(places)
        remains = Remains(
            settings,
            self._world.evidence,
            known,
            {number: body.truth.exposures for number, body in enumerate(machine.bodies)},
            {number: body.serial for number, body in enumerate(machine.bodies)},
            files,
            EPOCH,
            self._began,
            self._ends,
            [self._told(known, camera) for camera in places],
            {
                path.removeprefix(f"{ROOT / SECOND}/"): content
                for path, content in machine.disk.contents(ROOT / SECOND).items()
            },
        )
        return verdict.judge(remains)

    def _told(self, known: Index, camera: int) -> Told:
        """What hooks and webhooks were told of one camera; a photo that was ever deleted need not be among it."""
        machine, settings = self._machine, self._plan.settings
        own = {one.id: one for one in known.captures.values() if one.camera == camera}
        touched = self._world.evidence.deletions
        return Told(
            {one.id: len(one.files) for one in own.values() if one.files and one.id not in touched},
            [one for one in machine.receiver.messages if one.body["data"]["id"] in own],
            [one for one in machine.host.commands if one.environment["PHOTONIC_CAPTURE_ID"] in own],
            int(settings.hooks),
            (WEBHOOK,) if settings.webhooks else (),
            self._began,
            machine.disk.failures,
        )

    def _counts(self) -> dict[str, float]:
        exposures = [one for body in self._machine.bodies for one in body.truth.exposures]
        return {
            "captures": self._world.evidence.asked,
            "exposures": len(exposures),
            "lives": self._world.life,
            "deaths": self._deaths,
            "power_losses": self._power_losses,
            "operations": self._machine.disk.operations,
            "steps": self._machine.steps,
            "simulated_seconds": round(self._machine.now() - BEGAN_AT, 1),
            "lost_in_ram": sum(one.lost is not None for one in exposures),
            **{f"disturbed by {kind}": count for kind, count in sorted(self._disturber.struck.items())},
        }


def _finding(error: BaseException) -> Finding:
    """The finding that ended a history. Raises what is none."""
    error = leaf(error)
    if isinstance(error, Broken):
        return error.finding
    raise error
