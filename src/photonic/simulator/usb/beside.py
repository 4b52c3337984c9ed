"""Runs a program beside a simulated body on USB, which only that program and its children see."""

from __future__ import annotations

import os
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from photonic.ptp.usb_responder import UsbResponder
from photonic.simulator.camera import assemble, painting
from photonic.simulator.control import ControlServer
from photonic.simulator.usb.bus import SimulatedBus, UsbBody
from photonic.simulator.usb.bus_folder import BusFolder
from photonic.simulator.usb.identity import described_identity, usb_identity
from photonic.simulator.usb.program import CONTROL_VARIABLE, run_program
from photonic.simulator.usb.umockdev import environment, find_library

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from photonic.simulator.camera import SimulatedCameraSettings

FIRST_PORT = "1"


async def run_beside(settings: SimulatedCameraSettings, command: Sequence[str]) -> int:
    """Run a command that sees the body on USB; return its exit code, negative for the signal that ended it.

    If it is cancelled, the command gets SIGTERM first, and also if this process is killed. Raises ``BadInput`` if
    umockdev or the command is missing.
    """
    library = find_library(Path("/"))
    with BusFolder(Path(tempfile.mkdtemp(prefix="usb-"))) as folder:
        async with _body_on_bus(settings, folder) as control_port:
            given = {**os.environ, CONTROL_VARIABLE: f"127.0.0.1:{control_port}"}
            return await run_program(command, environment(library, folder.path, given))


@asynccontextmanager
async def _body_on_bus(settings: SimulatedCameraSettings, folder: BusFolder) -> AsyncGenerator[int]:
    assembled = await assemble(settings)
    body, journal = assembled.body, assembled.journal
    serial, described = settings.body.serial, settings.described
    identity = usb_identity(settings.kind, serial) if described is None else described_identity(described, serial)
    packet_bytes = identity.speed.bulk_packet_bytes
    responder = UsbResponder(assembled.handler, packet_bytes=packet_bytes, wire=assembled.wire)
    usb_body = UsbBody(identity, body, responder, journal)
    async with (
        SimulatedBus(folder, identity.speed) as bus,
        ControlServer(usb_body, body, journal, port=settings.control_port) as control,
        painting(assembled.renderer.paint_studio()),
    ):
        await bus.attach(usb_body, FIRST_PORT)
        settings.script.load(usb_body, 0.0)
        yield control.port
