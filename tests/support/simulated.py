"""A simulated camera as a process of its own, for tests on the real libgphoto2."""

from __future__ import annotations

import json
import select
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from photonic.simulator.control import ControlClient

if TYPE_CHECKING:
    from collections.abc import Generator

START_SECONDS = 90.0
"""It paints its first frames before it answers, on a machine that may be busy with other tests."""

END_SECONDS = 5.0


@dataclass(frozen=True)
class SimulatedCamera:
    """``address`` as photonic writes it (``ptpip:127.0.0.1:PORT``); ``control`` is the hand on it."""

    address: str
    serial: str
    control: ControlClient
    process: subprocess.Popen[str]

    @property
    def port(self) -> int:
        """The PTP/IP port."""
        return int(self.address.rpartition(":")[2])

    def journal(self, event: str | None = None) -> list[dict[str, Any]]:
        """The camera's journal; ``event``: only the entries of that kind."""
        return [entry for entry in self.control.journal() if event in {None, entry["event"]}]


SMALL = ("--frame-size", "240x160", "--frame-kb", "24")
"""The smallest frames that carry the stamps of a real body's; they are painted in a tenth of the time."""

QUICK = ("--speed", "10")
MEGAPIXELS = 0.5


@contextmanager
def simulated_camera(
    *options: str,
    port: int = 0,
    megapixels: float = 1.0,
    pictures: tuple[str, ...] = SMALL,
    module: str = "photonic.cli",
) -> Generator[SimulatedCamera]:
    """A camera that runs while the context lasts.

    ``options`` are those of ``photonic simulate``; ``pictures`` those of its live view. ``module``: a program that
    takes the place of ``photonic``, and reads its standard input.
    """
    command = [sys.executable, "-m", module, "simulate", "--json", "--port", str(port)]
    command += ["--photo-megapixels", str(megapixels), *pictures, *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None or not select.select([process.stdout], [], [], START_SECONDS)[0]:
                raise TimeoutError(f"the simulated camera did not start within {START_SECONDS:.0f} s")
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(f"the simulated camera ended with {process.wait(END_SECONDS)}")
            facts = json.loads(line)
            yield SimulatedCamera(facts["camera"], facts["serial"], ControlClient.at(facts["control"]), process)
        finally:
            process.terminate()
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
