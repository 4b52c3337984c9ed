"""Runs a program beside a simulated webcam, which only that program and its children see."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from photonic.simulator.device_control import DeviceControl
from photonic.simulator.faults import Faults
from photonic.simulator.journal import Journal
from photonic.simulator.script import Script
from photonic.simulator.usb.built_library import build_library
from photonic.simulator.usb.bus_folder import BusFolder
from photonic.simulator.usb.program import CONTROL_VARIABLE, run_program
from photonic.simulator.usb.umockdev import MONITORS, environment, find_library
from photonic.simulator.video.plug import PluggedWebcam
from photonic.simulator.video.webcam import Webcam

if TYPE_CHECKING:
    from collections.abc import Sequence

SHIM = Path(__file__).with_name("shim.c")
"""The source of a library that is preloaded before umockdev's."""


@dataclass(frozen=True, slots=True)
class SimulatedWebcamSettings:
    """A simulated webcam; ``control_port`` 0 picks any free port; ``journal`` is a text file that receives it."""

    serial: str
    control_port: int = 0
    script: Script = Script()  # noqa: RUF009  frozen
    journal: IO[str] | None = None


async def run_beside_webcam(settings: SimulatedWebcamSettings, command: Sequence[str]) -> int:
    """Run a command that sees the webcam; return its exit code, negative for the signal that ended it.

    If it is cancelled, the command gets SIGTERM first. Raises ``BadInput`` if umockdev, a C compiler or the command is
    missing.
    """
    library = find_library(Path("/"))
    journal = Journal(settings.journal)
    webcam = Webcam(settings.serial, Faults(time.monotonic()), journal)
    with BusFolder(Path(tempfile.mkdtemp(prefix="usb-"))) as folder:
        shim = await asyncio.to_thread(build_library, SHIM, folder.path)
        monitors = await asyncio.to_thread(build_library, MONITORS, folder.path)
        started_at = webcam.faults.started_at
        async with (
            PluggedWebcam(webcam, folder, journal) as plugged,
            DeviceControl(
                plugged, journal, port=settings.control_port, state=lambda: _state(webcam), started_at=started_at
            ) as control,
        ):
            settings.script.load(plugged, 0.0)
            given = {**os.environ, CONTROL_VARIABLE: f"127.0.0.1:{control.port}"}
            return await run_program(command, environment((shim, monitors, library), folder.path, given))


def _state(webcam: Webcam) -> dict[str, Any]:
    now = time.monotonic()
    mode = webcam.mode
    return {
        "format": mode.format,
        "width": mode.width,
        "height": mode.height,
        "fps": webcam.rate,
        "streaming": webcam.queue.streaming,
        "frames": webcam.frames,
        "controls": {control.name.lower(): value for control, value in webcam.controls.values.items()},
        "faults": webcam.faults.names(now),
        "on": [fault.facts() for fault in webcam.faults.on(now)],
        "waiting": [fault.facts() for fault in webcam.faults.waiting()],
    }
