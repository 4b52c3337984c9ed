"""Runs a program beside simulated bodies on USB, which only that program and its children see."""

from __future__ import annotations

import asyncio
import os
import tempfile
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from photonic.errors import BadInput
from photonic.ptp.usb_responder import UsbResponder
from photonic.simulator.camera import Pictures, assemble, painting
from photonic.simulator.usb.built_library import build_library
from photonic.simulator.usb.bus import SimulatedBus
from photonic.simulator.usb.bus_control import UsbControlServer
from photonic.simulator.usb.bus_folder import BusFolder
from photonic.simulator.usb.device_options import only_device
from photonic.simulator.usb.identity import described_identity, usb_identity
from photonic.simulator.usb.program import CONTROL_VARIABLE, run_program
from photonic.simulator.usb.umockdev import MONITORS, environment, find_library
from photonic.simulator.usb.usb_body import UsbBody

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from photonic.simulator.camera import AssembledCamera, SimulatedCameraSettings
    from photonic.simulator.described import DescribedBody
    from photonic.simulator.usb.device_options import UsbDeviceOptions


async def run_beside(
    settings: SimulatedCameraSettings, command: Sequence[str], devices: Sequence[UsbDeviceOptions] = ()
) -> int:
    """Run a command that sees bodies on USB; return its exit code, negative for the signal that ended it.

    If it is cancelled, the command gets SIGTERM first, and also if this process is killed.

    Args:
        settings: What all bodies have in common.
        command: The program and its arguments.
        devices: The bodies; none: one, as the settings say.

    Without a C compiler, two of its processes may take each other's messages of udev (see ``monitors.c``).

    Raises:
        BadInput: umockdev or the command is missing.
    """
    libraries = [find_library(Path("/"))]
    with BusFolder(Path(tempfile.mkdtemp(prefix="usb-"))) as folder:
        with suppress(BadInput):
            libraries.insert(0, await asyncio.to_thread(build_library, MONITORS, folder.path))
        async with _bodies_on_bus(settings, devices or (only_device(settings),), folder) as control_ports:
            addresses = ",".join(f"127.0.0.1:{port}" for port in control_ports)
            given = {**os.environ, CONTROL_VARIABLE: addresses}
            return await run_program(command, environment(libraries, folder.path, given))


@asynccontextmanager
async def _bodies_on_bus(
    settings: SimulatedCameraSettings, devices: Sequence[UsbDeviceOptions], folder: BusFolder
) -> AsyncGenerator[list[int]]:
    pictures = Pictures.of(settings)
    async with AsyncExitStack() as stack:
        bus = await stack.enter_async_context(SimulatedBus(folder))
        ports: list[int] = []
        assembled: list[AssembledCamera] = []
        for device in devices:
            # One file is the journal of one body, and one port is that of one control server.
            own = settings if not ports else replace(settings, journal=None, control_port=0)
            camera = await assemble(device.settings(own), pictures)
            body = _on_usb(camera, device, settings.described)
            control = UsbControlServer(bus, body, camera.body, camera.journal, port=own.control_port)
            ports.append((await stack.enter_async_context(control)).port)
            await bus.attach(body, device.ports)
            settings.script.load(body, 0.0)
            assembled.append(camera)
        studios = chain.from_iterable(camera.renderer.paint_studio() for camera in assembled)
        await stack.enter_async_context(painting(studios))
        yield ports


def _on_usb(camera: AssembledCamera, device: UsbDeviceOptions, described: DescribedBody | None) -> UsbBody:
    if described is None:
        identity = usb_identity(device.kind, device.usb_serial, device.speed)
    else:
        identity = described_identity(described, device.usb_serial)
    responder = UsbResponder(camera.handler, packet_bytes=identity.speed.bulk_packet_bytes, wire=camera.wire)
    return UsbBody(identity, camera.body, responder, camera.journal)
