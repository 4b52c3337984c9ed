"""Carries out a plan's disturbances: each when as many photos were asked for as it says, and its delay has passed."""

from __future__ import annotations

import errno
import heapq
from collections import deque
from typing import TYPE_CHECKING

from tests.simulation import disk as simulated_disk
from tests.simulation.network import DISTURBANCES as NETWORK_KINDS
from tests.simulation.plan import Kind, Moment

from photonic.service.photo.naming import STAGING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from tests.simulation.audience import Audience
    from tests.simulation.body import CameraBody
    from tests.simulation.card import MemoryCard
    from tests.simulation.loop import SimulatedLoop
    from tests.simulation.machine import Machine
    from tests.simulation.plan import Disturbance
    from tests.simulation.world import World

    DiskKind = Literal["kill", "power", "EIO", "ENOSPC"]


class Disturber:
    """Disturbs one history, over all lives of its service.

    ``struck`` counts the disturbances that were carried out, by their kind.

    Args:
        world: Of the history.
        machine: Of the history.
        audience: Of the history, if it has one.
    """

    def __init__(self, world: World, machine: Machine, audience: Audience | None) -> None:
        self._world = world
        self._machine = machine
        self._disk = machine.disk
        self._audience = audience
        self._planned = deque(world.plan.disturbances)
        self._due: list[tuple[float, int, Disturbance]] = []
        self._undo: list[tuple[float, int, Callable[[], None]]] = []
        self._order = 0
        self._steps_before = 0
        self._last_steps: list[tuple[int, bool]] = []
        self._loop: SimulatedLoop | None = None
        self._restart: Callable[[], None] = lambda: None
        self._calm = False
        self.struck: dict[str, int] = {}

    def begins(self, loop: SimulatedLoop, restart: Callable[[], None]) -> None:
        """A life begins on this loop; ``restart`` stops it in good order."""
        self._loop, self._restart = loop, restart
        for at, _order, disturbance in self._due:
            self._at(at, self._strike, disturbance)
        for at, _order, undo in self._undo:
            self._at(at, undo)
        self._set_last_step()

    @property
    def living(self) -> bool:
        """Whether a life runs that it disturbs."""
        return self._loop is not None

    def ends(self) -> None:
        """The life has ended."""
        assert self._loop is not None
        self._steps_before += self._loop.steps
        self._loop = None

    def asked(self) -> None:
        """One more photo was asked for."""
        now = self._world.now()
        while self._planned and self._planned[0].after <= self._world.evidence.asked:
            disturbance = self._planned.popleft()
            self._order += 1
            heapq.heappush(self._due, (now + disturbance.delay_seconds, self._order, disturbance))
            self._at(now + disturbance.delay_seconds, self._strike, disturbance)

    def calm(self) -> None:
        """Disturb nothing any more, and undo what lasts."""
        self._calm = True
        self._planned.clear()
        self._due.clear()
        self._last_steps.clear()
        if self._loop is not None:
            self._loop.die_before(-1)
        self._machine.receiver.calm = True
        if self._audience is not None:
            self._audience.calm()
        self._disk.plan.clear()
        self._disk.name_plan.clear()
        self._disk.at_flush = None
        self._disk_works()
        for body in self._world.bodies:
            body.disturbances.calm = True
        for _at, _order, undo in tuple(self._undo):
            undo()

    def _at(self, at: float, act: Callable[..., None], *arguments: object) -> None:
        """Act at this moment of the history, in this life or, if it has ended by then, in the next one."""
        assert self._loop is not None
        self._loop.call_later(max(0.0, at - self._world.now()), act, *arguments)

    def _strike(self, disturbance: Disturbance) -> None:
        due = next((one for one in self._due if one[2] is disturbance), None)
        if due is None or self._calm:
            return
        self._due.remove(due)
        heapq.heapify(self._due)
        self._world.note("disturbs", str(disturbance))
        kind = disturbance.kind
        self.struck[kind] = self.struck.get(kind, 0) + 1
        match kind:
            case Kind.KILL_STEP | Kind.POWER_STEP:
                self._before_step(disturbance)
            case Kind.EIO:
                if disturbance.seconds:
                    self._lasting(disturbance, lambda: self._machine.fail_disk(errno.EIO), self._disk_works)
                else:
                    self._at_operation("EIO", disturbance)
            case Kind.FULL_DISK:
                self._lasting(disturbance, lambda: self._machine.fail_disk(errno.ENOSPC), self._disk_works)
            case Kind.SECOND_GONE | Kind.SECOND_FULL | Kind.SECOND_FAILING:
                self._disturb_second(disturbance)
            case Kind.RESTART:
                self._restart()
            case Kind.QUIET:
                self._world.quiet_until = self._world.now() + disturbance.seconds
            case Kind.UNPLUGGED | Kind.CARD_OUT:
                self._disturb_body(disturbance)
            case _:
                self._aim(disturbance)

    def _aim(self, disturbance: Disturbance) -> None:
        """What goes wrong at one operation of the disk, and nothing else does."""
        match disturbance.kind:
            case Kind.KILL_OPERATION | Kind.POWER_OPERATION:
                self._at_operation("kill" if disturbance.kind == Kind.KILL_OPERATION else "power", disturbance)
            case Kind.KILL_NAME | Kind.POWER_NAME:
                self._at_change_of_names("kill" if disturbance.kind == Kind.KILL_NAME else "power", disturbance)
            case Kind.EIO_FLUSH:
                anywhere = disturbance.moment is Moment.BEFORE
                failure = simulated_disk.Disturbance("EIO", "middle")
                self._disk.at_flush = ("" if anywhere else f"/{STAGING}/", failure)
            case Kind.POWER_FLUSH:
                self._disk.at_flush = (f"/{STAGING}/", simulated_disk.Disturbance("power", "middle"))
            case Kind.ENOSPC:
                self._at_operation("ENOSPC", disturbance)
            case _:
                self._disturb_others(disturbance)

    def _disturb_others(self, disturbance: Disturbance) -> None:
        """What the network or a camera process knows by its name."""
        if disturbance.kind not in NETWORK_KINDS:
            self._world.bodies[disturbance.camera].disturbances.order(disturbance.kind)
        elif self._audience is not None:
            self._audience.network.disturb(disturbance.kind, disturbance.seconds)

    def _before_step(self, disturbance: Disturbance) -> None:
        assert self._loop is not None
        step = self._steps_before + self._loop.steps + disturbance.count
        heapq.heappush(self._last_steps, (step, disturbance.kind == Kind.POWER_STEP))
        self._set_last_step()

    def _at_operation(self, kind: DiskKind, disturbance: Disturbance) -> None:
        number = self._disk.operations + max(1, disturbance.count)
        self._disk.plan[number] = simulated_disk.Disturbance(kind, disturbance.moment.value)

    def _at_change_of_names(self, kind: DiskKind, disturbance: Disturbance) -> None:
        number = self._disk.name_changes + max(1, disturbance.count)
        self._disk.name_plan[number] = simulated_disk.Disturbance(kind, disturbance.moment.value)

    def _disk_works(self) -> None:
        self._machine.fail_disk(None)

    def _disturb_second(self, disturbance: Disturbance) -> None:
        if disturbance.kind == Kind.SECOND_GONE:
            self._lasting(disturbance, self._disk.unplug_second, self._disk.plug_second)
            return
        error = errno.ENOSPC if disturbance.kind == Kind.SECOND_FULL else errno.EIO
        self._lasting(disturbance, lambda: self._fail_second(error), lambda: self._fail_second(None))

    def _fail_second(self, error: int | None) -> None:
        self._disk.second_failing = error

    def _disturb_body(self, disturbance: Disturbance) -> None:
        body = self._world.bodies[disturbance.camera]
        if disturbance.kind == Kind.UNPLUGGED:
            self._lasting(disturbance, body.unplug, body.plug_in)
            return
        card = body.cards[0]
        if card is not None:
            self._lasting(disturbance, lambda: _change_card(body, None), lambda: _change_card(body, card))

    def _lasting(self, disturbance: Disturbance, begin: Callable[[], object], end: Callable[[], object]) -> None:
        """Begin something, and end it when its time has passed, in whichever life."""
        begin()
        self._order += 1
        at = self._world.now() + disturbance.seconds
        order = self._order

        def undo() -> None:
            if not any(one[1] == order for one in self._undo):
                return
            self._undo = [one for one in self._undo if one[1] != order]
            self._world.note("disturbs", f"no longer: {disturbance.kind}")
            end()

        heapq.heappush(self._undo, (at, order, undo))
        self._at(at, undo)

    def _set_last_step(self) -> None:
        """The next death before a step, as a step of this life."""
        assert self._loop is not None
        while self._last_steps and self._last_steps[0][0] <= self._steps_before + self._loop.steps:
            heapq.heappop(self._last_steps)
        if self._last_steps:
            step, power = self._last_steps[0]
            self._loop.die_before(step - self._steps_before, power=power)


def _change_card(body: CameraBody, card: MemoryCard | None) -> None:
    """Open the card's door, which switches the camera off, and close it again."""
    body.unplug()
    body.change_card(0, card)
    body.plug_in()
