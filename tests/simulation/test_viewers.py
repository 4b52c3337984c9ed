"""Viewers against the real server over the simulated network, with a camera that needs no process."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.simulation.death import Death
from tests.simulation.loop import SimulatedLoop, inline_threads
from tests.simulation.network import Network
from tests.simulation.outside import OutsideLoop
from tests.simulation.randomness import Randomness
from tests.simulation.trace import Trace
from tests.simulation.viewer_invariants import LivingService, ViewerJudge
from tests.simulation.viewers import SimulatedViewer
from tests.simulation.web import serve_on
from tests.support.fake_controller import FakeController

from photonic.service.config.settings import ServiceSettings

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

FRAME_SECONDS = 0.25


class Stage:
    """Some lives of a service, its viewers and their judge."""

    def __init__(self, folder: Path, seed: int, viewers: int = 2, *, waits: bool = False) -> None:
        self.randomness = Randomness(seed)
        self.trace = Trace(keep=True)
        self.outside = OutsideLoop()
        self.network = Network(
            self.outside,
            self.randomness.part("network"),
            waits=waits,
            note=lambda text: self.trace.note("network", text),
        )
        self.findings: list[tuple[int, str, str]] = []
        self.viewers: list[SimulatedViewer] = []
        self.judge = ViewerJudge(self.network, self.viewers, lambda *finding: self.findings.append(finding))
        self.viewers += [
            SimulatedViewer(
                number,
                self.outside,
                self.randomness.part(f"viewer {number}"),
                self.judge.order_of,
                lambda text: self.trace.note("viewer", text),
            )
            for number in range(1, viewers + 1)
        ]
        self.settings = ServiceSettings(photo_root=folder, state_folder=folder)
        self.boots = 0
        self.now = 1000.0
        self.controller = FakeController()
        self.has_process = True
        for viewer in self.viewers:
            viewer.begin()
        self.watching = self.outside.create_task(self.judge.watch())

    def live(self, seconds: float, *, down_seconds: float = 1.0, power: bool = False, dies: bool = True) -> None:
        """One life of the service, and its end."""
        loop = SimulatedLoop(self.randomness, self.trace, start=self.now)
        self.boots += 1
        self.controller = controller = FakeController(publish_every_seconds=FRAME_SECONDS)
        controller.boot_id = f"boot-{self.boots}"
        self.network.serve(loop)
        asyncio.set_event_loop(loop)

        async def life() -> None:
            await asyncio.sleep(down_seconds)
            stop = asyncio.Event()

            def ready() -> None:
                self.judge.service_began(LivingService(controller.boot_id, controller, lambda: self.has_process))  # type: ignore[arg-type]

            serving = asyncio.ensure_future(
                serve_on(self.network, self.settings, [controller], stop=stop, on_ready=ready)
            )
            await asyncio.sleep(seconds)
            if dies:
                raise loop.life.end("the test", power=power)
            stop.set()
            await serving

        with self.outside.hosted(loop), inline_threads():
            try:
                loop.run_until_complete(life())
            except Death:
                self.network.service_died(power=power)
        self.judge.service_died()
        self.now = loop.time()
        loop.bury()
        asyncio.set_event_loop(None)

    def close(self) -> None:
        for viewer in self.viewers:
            viewer.end()
        self.outside.run_out()


@contextmanager
def stage(folder: Path, seed: int = 1, **options: object) -> Generator[Stage]:
    made = Stage(folder, seed, **options)  # type: ignore[arg-type]
    try:
        yield made
    finally:
        made.close()


def test_viewers_see_frames_through_the_real_server(tmp_path: Path) -> None:
    with stage(tmp_path) as world:
        world.live(30.0)
        assert all(viewer.frames > 80 for viewer in world.viewers)
        assert world.findings == []
