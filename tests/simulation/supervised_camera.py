"""The real supervisor over a simulated camera, without the service: what the tests of the simulated parts run."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from tests.simulation.body import CameraBody
from tests.simulation.bus import SimulatedBus
from tests.simulation.card import MemoryCard
from tests.simulation.disturbances import Disturbances
from tests.simulation.host import SimulatedHost
from tests.simulation.loop import SimulatedLoop
from tests.simulation.randomness import Randomness
from tests.simulation.scale import scaled
from tests.simulation.trace import Trace

from photonic.worker.link.messages import CameraFault, CameraOpened, Configure, Staged
from photonic.worker.supervision.launch import Launch
from photonic.worker.supervision.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from photonic.errors import CameraError
    from photonic.worker.link.messages import Event

E = TypeVar("E")
WITHIN_SECONDS = 300.0
STEP_SECONDS = 0.05
END_SECONDS = 30.0
NEVER: Mapping[str, float] = {}


class SupervisedCamera:
    """A supervisor, what it hears, and the body with its host. Made in the loop; the listener of the supervisor."""

    def __init__(
        self, folder: Path, seed: int, trace: Trace, *, rates: Mapping[str, float], cards: int, **configure: object
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._trace = trace
        part = Randomness(seed).part
        self.staging = folder / "staging"
        self.staging.mkdir()
        self.disturbances = Disturbances(part, rates)
        self.cards = tuple(MemoryCard(f"card-{number + 1}") for number in range(cards))
        self.body = CameraBody(
            "0123", part("body"), self._loop.time, disturbances=self.disturbances, cards=self.cards or (None,)
        )
        self.host = SimulatedHost(folder, [self.body], part, clock=self._loop.time)
        self.bus = SimulatedBus(self.host.bodies)
        chosen = {"address": "usb:0123", "staging": str(self.staging), **configure}
        launch = Launch("simulated", Configure(request=0, **chosen))  # pyright: ignore[reportArgumentType]
        self.supervisor = Supervisor(launch, self, host=self.host, clock=self._loop.time, bus=self.bus)
        self.frames: list[float] = []
        self.events: list[Event] = []
        self.downs: list[tuple[CameraError, int]] = []
        self.recoveries = 0
        self.is_open = False

    # worker.roles.Listener

    def frame(self, captured_us: int, jpeg: bytes | memoryview) -> None:
        self.frames.append(captured_us / 1_000_000)
        self._trace.note("frame", hashlib.blake2b(jpeg, digest_size=8).hexdigest())

    def event(self, event: Event) -> None:
        self.events.append(event)
        self.is_open = isinstance(event, CameraOpened) or (self.is_open and not isinstance(event, CameraFault))
        self._trace.note("event", str(event).replace(str(self.staging), ""))

    def down(self, failure: CameraError, retry_in_seconds: float, rung: int) -> None:
        self.downs.append((failure, rung))
        self.is_open = False
        self._trace.note("down", f"{failure} {retry_in_seconds} {rung}")

    def recovered(self) -> None:
        self.recoveries += 1

    # For tests

    def of(self, kind: type[E]) -> list[E]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    def staged(self, capture_id: str | None) -> list[tuple[Staged, bytes]]:
        """What was staged for a capture (``None``: for none), with the content of the files."""
        return [(one, Path(one.path).read_bytes()) for one in self.of(Staged) if one.capture_id == capture_id]

    async def until(self, condition: Callable[[], object], *, step_seconds: float = STEP_SECONDS) -> None:
        """Wait until it holds."""
        end = self._loop.time() + WITHIN_SECONDS
        while not condition():
            assert self._loop.time() < end, f"not within {WITHIN_SECONDS} s: {self.events[-5:]}, {self.downs[-3:]}"
            await asyncio.sleep(step_seconds)

    async def opened(self) -> None:
        """Wait until it takes commands."""
        await self.until(lambda: self.is_open)

    async def live(self) -> None:
        """Open it and start live view; wait for the first frame."""
        await self.opened()
        await self.supervisor.start_preview()
        await self.until(lambda: self.frames)

    async def capture(self, capture_id: str) -> None:
        """Take one still."""
        await self.supervisor.capture(capture_id, str(self.staging))


def run(
    folder: Path,
    scenario: Callable[[SupervisedCamera], Awaitable[None]],
    *,
    seed: int = 1,
    rates: Mapping[str, float] = NEVER,
    cards: int = 1,
    **configure: object,
) -> str:
    """Run a scenario on simulated time to its end; returns the hash of everything that the listener heard."""
    trace = Trace()

    async def supervised() -> None:
        camera = SupervisedCamera(folder, seed, trace, rates=rates, cards=cards, **configure)
        supervising = asyncio.ensure_future(camera.supervisor.run())
        try:
            await scenario(camera)
        finally:
            supervising.cancel()
            _done, pending = await asyncio.wait([supervising], timeout=END_SECONDS)
            assert not pending
        assert supervising.cancelled(), supervising.exception()
        assert camera.host.bugs == []

    with scaled():
        loop = SimulatedLoop(Randomness(seed), trace)
        try:
            loop.run_until_complete(supervised())
        finally:
            loop.bury()
    return trace.digest
