"""Everything about viewers in one history: their loop, the network, themselves, and their judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.evidence import Finding
from tests.simulation.network import Network
from tests.simulation.outside import OutsideLoop
from tests.simulation.viewer_invariants import LivingService, ViewerJudge
from tests.simulation.viewers import SimulatedViewer
from tests.simulation.web import serve_on

from photonic.protocol.session_events import SessionState

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from tests.simulation.host import SimulatedHost
    from tests.simulation.world import World

    from photonic.service.base.surroundings import Surroundings
    from photonic.service.camera.controller import CameraController
    from photonic.service.config.settings import ServiceSettings


class Audience:
    """The viewers of the first camera, and what is between them and the service.

    ``findings``: what their judge found, once for each rule.

    Args:
        world: Of the history.
        host: The machine, which knows the camera processes.
    """

    def __init__(self, world: World, host: SimulatedHost) -> None:
        self._world = world
        self._host = host
        self._outside = OutsideLoop()
        draws = world.randomness.part("network")
        self.network = Network(
            self._outside, draws, waits=draws.random() < 0.3, note=lambda text: world.note("network", text)
        )
        self._viewers: list[SimulatedViewer] = []
        self._judge = ViewerJudge(self.network, self._viewers, self._find)
        self._viewers += [self._viewer(number) for number in range(1, world.settings.viewers + 1)]
        self.findings: dict[tuple[int, str], Finding] = {}
        for viewer in self._viewers:
            viewer.begin()
        self._outside.create_task(self._judge.watch())

    def _viewer(self, number: int) -> SimulatedViewer:
        return SimulatedViewer(
            number,
            self._outside,
            self._world.randomness.part(f"viewer {number}"),
            self._judge.order_of,
            lambda text: self._world.note("viewer", text),
        )

    def _find(self, invariant: int, rule: str, text: str) -> None:
        if (invariant, rule) not in self.findings:
            self._world.note("judge", f"{invariant}, {rule}: {text}")
            self.findings[invariant, rule] = Finding(invariant, rule, text)

    def hosted(self, loop: asyncio.AbstractEventLoop) -> AbstractContextManager[None]:
        """Let them live on while this loop of the service runs."""
        self.network.serve(loop)
        return self._outside.hosted(loop)

    async def serve(
        self,
        settings: ServiceSettings,
        controllers: Sequence[CameraController],
        surroundings: Surroundings,
        *,
        stop: asyncio.Event,
        on_ready: Callable[[], None],
    ) -> None:
        """Run the cameras and the whole server on the network until ``stop``."""

        def ready() -> None:
            first = controllers[0]
            self._judge.service_began(LivingService(first.snapshot().boot_id, first, self._has_process))
            on_ready()

        await serve_on(self.network, settings, controllers, surroundings, stop=stop, on_ready=ready)

    def _has_process(self) -> bool:
        return any(process.returncode is None for process in self._host.processes)

    def service_died(self, *, power: bool) -> None:
        """A life of the service has ended, in whatever way."""
        self._judge.service_died()
        self.network.service_died(power=power)

    def calm(self) -> None:
        """Nothing disturbs the network any more, and every viewer stays."""
        self.network.heal()
        for viewer in self._viewers:
            viewer.stay()

    def missing(self) -> list[str]:
        """What is not well yet."""
        return [
            f"a viewer does not see live view: {viewer.number}, {viewer.session.state}, {viewer.session.reason}"
            for viewer in self._viewers
            if viewer.session is not None and viewer.session.state is not SessionState.LIVE
        ]

    def close(self) -> None:
        """The history is over."""
        self._outside.run_out()
