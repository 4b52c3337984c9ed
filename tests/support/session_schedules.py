"""Random schedules for the session's world: what happens to the service, its network and its user, and when."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, NamedTuple

from tests.support.session_world import World

from photonic.model.status import CameraState, LiveState
from photonic.protocol.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable

CLOSES = (1000, 4401, 4403, 4429)
ACTIONS: dict[str, Callable[[World, float], None]] = {
    "capture": lambda world, x: world.capture(0.2 + 12 * x),
    "long capture": lambda world, x: world.capture(40 + 60 * x),
    "cut": lambda world, x: world.cut(1000 if x < 0.5 else 1006),
    "cut dials": lambda world, x: world.cut_dials(),
    "kill": lambda world, x: world.kill(),
    "hang": lambda world, x: world.hang(),
    "boot": lambda world, x: world.boot(),
    "heal": lambda world, x: world.heal(),
    "refuse sockets": lambda world, x: world.change(accepts=False),
    "accept sockets": lambda world, x: world.change(accepts=True),
    "accept, then close": lambda world, x: world.change(closes_at_once=CLOSES[int(x * 3.99)]),
    "camera": lambda world, x: world.change(camera=list(CameraState)[int(x * (len(CameraState) - 0.01))]),
    "camera ready": lambda world, x: world.change(camera=CameraState.READY, live=LiveState.RUNNING, pause_ends=None),
    "live": lambda world, x: world.change(live=list(LiveState)[int(x * 5.99)]),
    "stall": lambda world, x: setattr(world.server, "stalled", True),
    "broken frames": lambda world, x: setattr(world.server, "whole_frames", x < 0.5),
    "half open": lambda world, x: world.half_open(),
    "status": lambda world, x: setattr(world.server, "status", [200, 401, 403, 404, 500, 503][int(x * 5.99)]),
    "status hangs": lambda world, x: setattr(world.server, "status_hangs", x < 0.7),
    "lossy": lambda world, x: setattr(world, "loss", x),
    "slow": lambda world, x: setattr(world, "latency", 2.0 * x**3),
    # Stored seeds and examples depend on the name "part A": the next run knows only the compat API.
    "part A": lambda world, x: world.change(compat_only=x < 0.7),
    "boot another kind": lambda world, x: world.boot_another_kind(compat_only=x < 0.5),
    "wait for the service": lambda world, x: setattr(world, "waits", x < 0.8),
    "take over": lambda world, x: world.take_over(),
    "balance": lambda world, x: world.balance(),
    "part": lambda world, x: world.part(),
    "stop": lambda world, x: world.stop(),
    "start": lambda world, x: world.start(),
    "wall clock": lambda world, x: setattr(world, "wall_offset", world.wall_offset + (x - 0.5) * 1e6),
}
LONGEST_STEPS = 14
LONGEST_WAIT_SECONDS = 6.0
# Happenings around a restart: where runs of the service meet, faults of ordering are dense.
RESTARTS = (
    "boot", "kill", "cut", "cut dials", "lossy", "slow", "wait for the service", "take over", "part",
    "boot another kind",
)  # fmt: skip

Steps = list[tuple[float, str, float]]
"""Seconds to wait, the name of an action, its strength from 0 to 1."""


class Schedule(NamedTuple):
    """Steps, and the seed of the world; ``jitter`` is what each draw of the machine gives, ``None``: random ones."""

    steps: Steps
    seed: int
    jitter: float | None
    compat_only: bool

    def without(self, *names: str) -> Schedule:
        """The same, less some of the actions."""
        return self._replace(steps=[step for step in self.steps if step[1] not in names])

    def begun(self, sessions: Callable[..., Session] = Session) -> World:
        """Its world, before the first step; ``sessions`` makes the machine that lives in it."""
        world = World(self.seed, self.jitter, sessions=sessions)
        world.server.compat_only = self.compat_only
        return world

    def live_in(self, world: World) -> None:
        """The user starts live view, then every step is taken."""
        world.start()
        for wait, action, strength in self.steps:
            world.run(wait)
            ACTIONS[action](world, strength)

    def lived(self, rest: float = 12.0, sessions: Callable[..., Session] = Session) -> World:
        """Its world after the last step and ``rest`` more seconds."""
        world = self.begun(sessions)
        self.live_in(world)
        world.run(rest)
        return world


def drawn(seed: int) -> Schedule:
    """The schedule of this seed; every other one consists mostly of restarts, and half of those of nothing else."""
    dice = random.Random(seed)
    names = sorted(ACTIONS)
    steps: Steps = []
    if seed % 4 == 3:
        # Answers come late and dials wait for the next run: this is where the order of runs is hard to tell.
        steps = [
            (dice.choice([0.0, 1.0]), "lossy", 0.2),
            (0.0, "wait for the service", 0.0),
            (0.0, "slow", dice.choice([0.0, 1.0])),
        ]
        names = ["boot", "cut", "kill", "kill"]
    for _step in range(dice.randint(0, LONGEST_STEPS)):
        wait = dice.choice([0.0, LONGEST_WAIT_SECONDS * dice.random() ** 2])
        name = dice.choice(RESTARTS if seed % 4 == 1 and dice.random() < 0.6 else names)
        steps.append((wait, name, dice.random()))
    jitter = dice.choice([None, None, 0.0, 1.0])
    return Schedule(steps, dice.randrange(2**16), jitter, compat_only=dice.random() < 0.25)
