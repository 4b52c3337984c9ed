"""Assembles a simulated camera: body, renderer, operations, network and control."""

from __future__ import annotations

import asyncio
import hashlib
import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from photonic.ptp.responder import Responder
from photonic.simulator.body import Body
from photonic.simulator.canon import CanonEos
from photonic.simulator.control import ControlServer
from photonic.simulator.described import DescribedCamera
from photonic.simulator.fault_effects import FaultEffects
from photonic.simulator.faults import Faults
from photonic.simulator.garbling import GarblingCamera
from photonic.simulator.generic import GenericCamera
from photonic.simulator.journal import Journal
from photonic.simulator.makes import MAKES, BodyKind
from photonic.simulator.nikon import Nikon
from photonic.simulator.photo import PhotoStudio
from photonic.simulator.renderer import Renderer
from photonic.simulator.scene import Scene
from photonic.simulator.script import Script
from photonic.simulator.server import CameraServer
from photonic.simulator.wire import FaultyWire

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from photonic.simulator.body_settings import BodySettings
    from photonic.simulator.described import DescribedBody

CAMERAS = {BodyKind.CANON: CanonEos, BodyKind.NIKON: Nikon, BodyKind.GENERIC: GenericCamera}
_PAINTED = object()


@dataclass(frozen=True, slots=True)
class SimulatedCameraSettings:
    """A simulated camera on the network; with 0, ``port`` and ``control_port`` pick any free port.

    ``frame_size`` is in pixels, and ``frame_bytes`` is approximate; ``script`` contains the faults; ``journal`` is a
    text file that receives the camera's journal. ``described``: the recorded body that it is offered as.
    """

    body: BodySettings
    kind: BodyKind = BodyKind.CANON
    described: DescribedBody | None = None
    host: str = "127.0.0.1"
    port: int = 15740
    control_port: int = 0
    frame_size: tuple[int, int] = (960, 640)
    frame_bytes: int = 80_000
    photo_megapixels: float = 24.0
    script: Script = Script()  # noqa: RUF009  frozen
    journal: IO[str] | None = None


@dataclass(frozen=True, slots=True)
class RunningCamera:
    """How to reach a running camera: ``address`` in photonic's notation, ``control`` as host:port."""

    address: str
    control: str


@dataclass(frozen=True, slots=True)
class Pictures:
    """What the pictures of bodies with the same sizes share, so that it is painted once."""

    scene: Scene
    studio: PhotoStudio

    @classmethod
    def of(cls, settings: SimulatedCameraSettings) -> Pictures:
        """Unpainted pictures. Raises ``BadInput`` for a frame size that cannot be painted."""
        scene = Scene(*settings.frame_size, target_bytes=settings.frame_bytes)
        return cls(scene, PhotoStudio(settings.photo_megapixels))


@dataclass(frozen=True, slots=True)
class AssembledCamera:
    """A body and what makes it a camera, without the transport on which clients reach it."""

    body: Body
    journal: Journal
    renderer: Renderer
    handler: GarblingCamera
    wire: FaultyWire


async def assemble(settings: SimulatedCameraSettings, pictures: Pictures | None = None) -> AssembledCamera:
    """Build the body; ``pictures`` ``None``: it shares none. Raises ``BadInput`` for a size that cannot be painted."""
    pictures = pictures or Pictures.of(settings)
    body_settings = settings.body
    make = MAKES[settings.kind]
    journal = Journal(settings.journal)
    renderer = Renderer(
        pictures.scene,
        pictures.studio,
        make=make.maker,
        model=body_settings.model,
        serial=body_settings.serial,
        lens=body_settings.lens,
        focal_length_mm=body_settings.focal_length_mm,
    )
    # Before the first client connects, because painting a frame takes longer than a client waits for one.
    await _paint(renderer.paint_scene())
    body = Body(body_settings, renderer, journal, Faults(time.monotonic()))
    FaultEffects(body, journal)
    camera = CAMERAS[settings.kind](
        body, journal, model=body_settings.model, version=make.version, serial=body_settings.serial
    )
    offered = camera if settings.described is None else DescribedCamera(camera, settings.described)
    handler = GarblingCamera(offered, body.faults, journal)
    return AssembledCamera(body, journal, renderer, handler, FaultyWire(body.faults, journal))


@asynccontextmanager
async def simulated_camera(settings: SimulatedCameraSettings) -> AsyncGenerator[RunningCamera]:
    """Run a simulated camera inside this context.

    Raises ``BadInput`` for a port that is in use or a frame size that cannot be painted.
    """
    assembled = await assemble(settings)
    body, journal, renderer = assembled.body, assembled.journal, assembled.renderer
    guid = hashlib.md5(settings.body.serial.encode(), usedforsecurity=False).digest()
    responder = Responder(assembled.handler, guid=guid, name=settings.body.model, wire=assembled.wire)
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(
            CameraServer(body, responder, journal, host=settings.host, port=settings.port)
        )
        control = await stack.enter_async_context(ControlServer(server, body, journal, port=settings.control_port))
        settings.script.load(server, 0.0)
        # This takes seconds, and only photos taken during this time have to wait for it.
        await stack.enter_async_context(painting(renderer.paint_studio()))
        yield RunningCamera(f"ptpip:{settings.host}:{server.port}", f"127.0.0.1:{control.port}")


@asynccontextmanager
async def painting(parts: Iterator[None]) -> AsyncGenerator[None]:
    """Paint in the background inside this context."""
    task = asyncio.get_running_loop().create_task(_paint(parts))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()


async def _paint(parts: Iterator[None]) -> None:
    """Paint in a thread, one step at a time, so that a camera that is switched off meanwhile stops soon."""
    while await asyncio.to_thread(next, parts, _PAINTED) is not _PAINTED:
        pass
