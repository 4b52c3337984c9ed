"""``python -m tests.contract.usb.starts ADDRESS...``: a supervisor for each camera, all started at once.

Says one JSON object: for each address the serial number that was opened, the seconds until the camera's facts had come,
the reasons of all failures, and the notes; runs beside the simulated bodies. ``--refused``: a failure ends it, too.
``--unplug``: then the first body's cable is pulled, which is to be told as a failure.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from photonic.simulator.control import ControlClient
from photonic.simulator.usb.beside import CONTROL_VARIABLE
from photonic.worker.kinds import GPHOTO2
from photonic.worker.link.messages import CameraOpened, Configure, Facts, Note
from photonic.worker.supervision.claims import Claims
from photonic.worker.supervision.launch import Launch
from photonic.worker.supervision.supervisor import Supervisor
from photonic.worker.supervision.this_machine import ThisMachine

if TYPE_CHECKING:
    from photonic.errors import CameraError
    from photonic.worker.link.messages import Event

READY_WITHIN_SECONDS = 60.0


class Start:
    """Hears the supervisor of one camera until its first facts; ``refused``: a failure ends the wait too."""

    def __init__(self, address: str, *, refused: bool) -> None:
        self.address = address
        self.ended = asyncio.Event()
        self.failed = asyncio.Event()
        self.said: dict[str, Any] = {"serial": None, "port": None, "seconds": None, "failures": [], "notes": []}
        self._began = time.monotonic()
        self._refused = refused

    def frame(self, captured_us: int, jpeg: bytes | memoryview) -> None:
        """No live view is wanted."""

    def event(self, event: Event) -> None:
        match event:
            case CameraOpened():
                self.said |= {"serial": event.serial, "port": event.usb_port}
            case Facts() if not self.ended.is_set():
                self.said["seconds"] = round(time.monotonic() - self._began, 2)
                self.ended.set()
            case Note():
                self.said["notes"].append(event.text)
            case _:
                pass

    def down(self, failure: CameraError, retry_in_seconds: float, rung: int) -> None:
        self.said["failures"].append(f"{failure.kind}: {failure.reason}")
        self.failed.set()
        if self._refused:
            self.ended.set()

    def recovered(self) -> None:
        """Every camera is to be ready without one."""


async def start(addresses: list[str], *, refused: bool, unplug: bool) -> dict[str, Any]:
    claims, starts = Claims(), [Start(address, refused=refused) for address in addresses]
    with tempfile.TemporaryDirectory() as locks:
        host = ThisMachine(Path(locks))
        make = partial(Supervisor, host=host, clock=time.monotonic, claims=claims)
        launches = [Launch(GPHOTO2, Configure(request=0, address=one.address)) for one in starts]
        supervisors = [make(launch, one) for launch, one in zip(launches, starts, strict=True)]
        running = [asyncio.create_task(supervisor.run()) for supervisor in supervisors]
        try:
            async with asyncio.timeout(READY_WITHIN_SECONDS):
                await asyncio.gather(*(one.ended.wait() for one in starts))
                if unplug:
                    control = ControlClient.at(os.environ[CONTROL_VARIABLE].split(",")[0])
                    await asyncio.to_thread(control.unplug)
                    await starts[0].failed.wait()
        except TimeoutError:
            sys.stderr.write("not every camera was ready in time\n")
        finally:
            for task in running:
                task.cancel()
            await asyncio.wait(running)
    return {one.address: one.said for one in starts}


if __name__ == "__main__":
    wanted = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    said = asyncio.run(start(wanted, refused="--refused" in sys.argv, unplug="--unplug" in sys.argv))
    sys.stdout.write(json.dumps(said) + "\n")
