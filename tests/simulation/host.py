"""The machine that the simulated service runs on: its camera processes, its commands, and what is plugged into it."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from tests.simulation.camera import SimulatedProcess
from tests.simulation.command import SimulatedCommand
from tests.simulation.pipes import SimulatedPipes

from photonic.drivers.gphoto2.port import PortKind
from photonic.worker.serials import same_serial

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Generator, Mapping, Sequence
    from pathlib import Path
    from signal import Signals

    from tests.simulation.body import CameraBody
    from tests.simulation.loop import SimulatedLoop

    from photonic.drivers.gphoto2.port import Port
    from photonic.recurring import Recurring

FIRST_PID = 1000


class SimulatedHost:
    """Implements ``worker.host.Host``; outlives the service.

    ``bugs``: what the driver raised that is no error of a camera. ``commands``: every command that was started.

    Args:
        folder: Where homes and locks are.
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
        self.commands: list[SimulatedCommand] = []
        self._pipes = SimulatedPipes()
        self._folder = folder
        self._part = part
        self._commands_draw = part("commands")
        self._clock = clock
        self._fps = fps
        self._pid = FIRST_PID

    def serve(self, loop: asyncio.AbstractEventLoop) -> None:
        """A life of the service begins on this loop: its pipes work."""
        self._pipes.serve(loop)

    async def start(
        self,
        driver: str,
        protocol: asyncio.BufferedProtocol,
        *,
        environment: Mapping[str, str],
        inherited: Sequence[int],
        printed: Recurring,
    ) -> SimulatedProcess:
        """See ``Host``."""
        self._pid += 1
        draw = self._part(f"process {self._pid}")
        process = SimulatedProcess(
            self._pid, self._find, draw, clock=self._clock, fps=self._fps, failed=self.bugs.append
        )
        self.processes = [one for one in self.processes if one.returncode is None]
        self.processes.append(process)
        cast("SimulatedLoop", asyncio.get_running_loop()).link(protocol, process)
        return process

    @contextmanager
    def home(self) -> Generator[Path]:
        """See ``Host``; nothing is ever written to it."""
        yield self._folder / "home"

    def lock_directory(self) -> Path:
        """See ``Host``."""
        return self._folder / "locks"

    def resident_bytes(self, pid: int) -> int | None:
        """See ``Host``."""
        return next((one.resident_bytes for one in self.processes if one.pid == pid and one.returncode is None), None)

    async def command(
        self,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path | None = None,
        stdin: int,
        stdout: int,
        stderr: int,
    ) -> asyncio.subprocess.Process:
        """See ``Host``; what it does is drawn."""
        self._pid += 1
        command = SimulatedCommand(
            self._pid,
            tuple(arguments),
            dict(environment),
            self._commands_draw,
            clock=self._clock,
            output=self._pipes.reading(stdout),
        )
        self.commands.append(command)
        return cast("asyncio.subprocess.Process", command)

    def signal_group(self, process: asyncio.subprocess.Process, number: Signals) -> None:
        """See ``Host``."""
        cast("SimulatedCommand", process).send_signal(number)

    def service_died(self, steps: int = 0) -> None:
        """The service is gone: the kernel kills its camera processes, each after ``steps`` more steps at most."""
        for process in self.processes:
            process.orphan(steps)
        self.processes.clear()
        self._pipes.service_died()

    def _find(self, port: Port) -> CameraBody | None:
        here = [body for body in self.bodies if body.reachable]
        if port.kind is PortKind.USB:
            here = [body for body in here if same_serial(body.serial, port.place)]
        return here[0] if here else None
