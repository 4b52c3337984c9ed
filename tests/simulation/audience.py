"""The viewers of one history, and the network between them and the service; they outlive it, on a loop of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.simulation.evidence import Broken
from tests.simulation.network import Network
from tests.simulation.outside import OutsideLoop
from tests.simulation.viewer_invariants import LivingService, ViewerJudge
from tests.simulation.viewers import SimulatedViewer

from photonic.protocol.session_events import SessionState

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from tests.simulation.evidence import Finding
    from tests.simulation.loop import SimulatedLoop
    from tests.simulation.randomness import Randomness

    from photonic.service.camera.controller import CameraController


class Audience:
    """Everybody who watches.

    Args:
        viewers: How many there are.
        randomness: Of the history.
        note: Writes a line of the history.
    """

    def __init__(self, viewers: int, randomness: Randomness, note: Callable[[str, str], None]) -> None:
        self._outside = OutsideLoop()
        waits = randomness.part("network waits").random() < 0.3
        self.network = Network(
            self._outside, randomness.part("network"), waits=waits, note=lambda text: note("network", text)
        )
        self._findings: list[Broken] = []
        self._viewers: list[SimulatedViewer] = []
        self._judge = ViewerJudge(self.network, self._viewers, self._find)
        self._viewers += [
            SimulatedViewer(
                number,
                self._outside,
                randomness.part(f"viewer {number}"),
                self._judge.order_of,
                lambda text: note("viewer", text),
            )
            for number in range(1, viewers + 1)
        ]
        for viewer in self._viewers:
            viewer.begin()
        self._watching = self._outside.create_task(self._judge.watch())

    @property
    def finding(self) -> Finding | None:
        """What was found first; ``None``: nothing."""
        return self._findings[0].finding if self._findings else None

    def hosted(self, loop: SimulatedLoop) -> AbstractContextManager[None]:
        """Live beside one life of the service."""
        self.network.serve(loop)
        return self._outside.hosted(loop)

    def service_began(self, controller: CameraController, has_process: Callable[[], bool]) -> None:
        """The service answers requests."""
        self._judge.service_began(LivingService(controller.boot_id, controller, has_process))

    def service_stops(self) -> None:
        """The service is told to stop: from now on its viewers wait for the next one."""
        self._judge.service_died()

    def service_died(self, *, power: bool) -> None:
        """The service is gone."""
        self.network.service_died(power=power)
        self._judge.service_died()

    def calm(self) -> None:
        """Nothing disturbs the network any more, and everybody stays."""
        self.network.heal()
        for viewer in self._viewers:
            viewer.stay()

    @property
    def missing(self) -> list[str]:
        """Who does not see live view."""
        return [
            f"a viewer does not see live view: {viewer.number}, {session and session.state}"
            for viewer in self._viewers
            if (session := viewer.session) is None or session.state is not SessionState.LIVE
        ]

    def close(self) -> None:
        """Everybody leaves."""
        for viewer in self._viewers:
            viewer.end()
        self._watching.cancel()
        self._outside.run_out()

    def _find(self, number: int, rule: str, text: str) -> None:
        self._findings.append(Broken(number, rule, text))
