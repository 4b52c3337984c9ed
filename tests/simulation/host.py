"""The machine that the simulated service runs on: its camera processes, and what is plugged into it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.simulation.camera import SimulatedProcess

from photonic.drivers.gphoto2.port import PortKind
from photonic.worker.serials import same_serial

if TYPE_CHECKING:
    import asyncio
    import random
    from collections.abc import Callable, Generator, Mapping, Sequence
    from pathlib import Path

    from tests.simulation.body import CameraBody

    from photonic.drivers.gphoto2.port import Port
    from photonic.recurring import Recurring

FIRST_PID = 1000


class SimulatedHost:
    """Implements ``worker.host.Host``; outlives the service.

    Args:
        folder: Where homes and locks would be.
        bodies: The cameras, in the order in which an address ``auto`` finds them.
        part: The generator of a part by its name.
        clock: Simulated seconds, in all lives of the service.
        fps: Live-view frames a second.
    """

    def __init__(
        self,
        folder: Path,
        bodies: Sequence[CameraBody],
        part: Callable[[str], random.Random],
        *,
        clock: Callable[[], float],
        fps: float = 4.0,
    ) -> None:
        self.bodies = list(bodies)
        self.processes: list[SimulatedProcess] = []
        self.bugs: list[Exception] = []
        self._folder = folder
        self._part = part
        self._clock = clock
        self._fps = fps
        self._pid = FIRST_PID

    async def start(
        self,
        driver: str,
        protocol: asyncio.BufferedProtocol,
        *,
        environment: Mapping[str, str],
        inherited: Sequence[int] = (),
        printed: Recurring | None = None,
    ) -> SimulatedProcess:
        """Start a camera process at the far end of the protocol's link."""
        self._pid += 1
        process = SimulatedProcess(
            self._pid,
            protocol,
            self._find,
            self._part(f"process {self._pid}"),
            clock=self._clock,
            fps=self._fps,
        )
        self.processes = [one for one in self.processes if one.returncode is None]
        self.processes.append(process)
        return process

    @contextmanager
    def home(self) -> Generator[Path]:
        """A home that nothing is ever written to."""
        yield self._folder / "home"

    def lock_directory(self) -> Path:
        """Where the camera locks are."""
        return self._folder / "locks"

    def resident_bytes(self, pid: int) -> int | None:
        """The size of a camera process."""
        return next((one.resident_bytes for one in self.processes if one.pid == pid and one.returncode is None), None)

    def service_died(self, steps: int = 0) -> None:
        """The service is gone: the kernel kills its camera processes, each after ``steps`` more steps at most."""
        for process in self.processes:
            process.orphan(steps)
        self.processes.clear()

    def _find(self, port: Port) -> CameraBody | None:
        here = [body for body in self.bodies if body.reachable]
        if port.kind is PortKind.USB:
            here = [body for body in here if same_serial(body.serial, port.place)]
        return here[0] if here else None
