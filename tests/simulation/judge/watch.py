"""Invariant 5, while the service runs: live view and the camera are not said to work while they do not.

A watcher is a viewer, too: live view runs while it watches. It goes away now and then.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.simulation.evidence import Broken

from photonic.model.status import LiveState

if TYPE_CHECKING:
    from tests.simulation.world import World

    from photonic.service.camera.controller import CameraController

EVERY_SECONDS = 0.7
FROZEN_SECONDS = 2.6
"""How old the newest frame may be while live view is said to run."""
STAY_SECONDS = 60.0
AWAY_SECONDS = 20.0


class Watcher:
    """Watches one camera in one life of the service."""

    def __init__(self, world: World, number: int, controller: CameraController) -> None:
        self._world = world
        self._number = number
        self._controller = controller
        self._random = world.randomness.part(f"watcher {number}")
        self._sequence = 0
        self._frame_at = 0.0
        self._running = False

    async def run(self) -> None:
        """Watch until cancelled; raises ``Broken``."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._look())
            while True:
                viewer = self._controller.hub.join("live")
                with viewer:
                    await asyncio.sleep(self._random.expovariate(1 / STAY_SECONDS))
                    while self._world.over:  # noqa: ASYNC110 - simulated time costs nothing
                        await asyncio.sleep(STAY_SECONDS)
                await asyncio.sleep(self._random.expovariate(1 / AWAY_SECONDS))

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            self._judge()

    def _judge(self) -> None:
        now = self._world.now()
        # What the snapshot says of live view, without making all of it.
        self._controller._board.touch()
        running = self._controller._live.state is LiveState.RUNNING
        sequence = self._controller.hub.sequence
        if sequence != self._sequence or running > self._running:
            self._sequence, self._frame_at = sequence, now
        self._running = running
        if running and now - self._frame_at > FROZEN_SECONDS + EVERY_SECONDS:
            text = f"camera {self._number}, frame {sequence} is {now - self._frame_at:.1f} s old at {now:.2f} s"
            raise Broken(5, "live view that is said to run has fresh frames", text)
