"""Inspects a camera: finds it on USB, opens it as the service does (in its own process), tries live view, closes it."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.diagnosis.deadline import within
from photonic.diagnosis.network import inspect_network
from photonic.diagnosis.owner import process_to_stop
from photonic.errors import CameraError, FailureKind
from photonic.model.status import LiveState
from photonic.worker.link.messages import CameraOpened, Configure, Facts, PreviewChanged
from photonic.worker.supervision import usb
from photonic.worker.supervision.holders import PROC, holders
from photonic.worker.supervision.launch import Launch
from photonic.worker.supervision.supervisor import Supervisor
from photonic.worker.supervision.this_machine import ThisMachine

if TYPE_CHECKING:
    from pathlib import Path

    from photonic.diagnosis.network import NetworkFacts
    from photonic.worker.link.messages import Event
    from photonic.worker.supervision.holders import Holder
    from photonic.worker.supervision.usb import UsbCamera

OPEN_SECONDS = 30.0
FACTS_SECONDS = 10.0
FRAME_SECONDS = 15.0
NETWORK_SECONDS = 15.0
"""Resolving a host name may take longer than connecting."""


@dataclass(frozen=True, slots=True)
class BusFacts:
    """The cameras on USB, and the processes that have a device file open."""

    cameras: tuple[UsbCamera, ...] = ()
    held_by: tuple[tuple[Path, Holder], ...] = ()


@dataclass(frozen=True, slots=True)
class CameraFacts:
    """The outcome of opening the camera.

    ``live``: the last reported state of live view. ``frames``: the number of frames received. ``failure``: why opening
    or live view failed. ``network``: what answers at the address of a network camera that did not open.
    """

    opened: CameraOpened | None = None
    facts: Facts | None = None
    live: PreviewChanged | None = None
    frames: int = 0
    failure: CameraError | None = None
    network: NetworkFacts | None = None


class _Observer:
    """Records the camera's frames, events and failures, and wakes the coroutine that waits in ``changed``."""

    def __init__(self) -> None:
        self._change = asyncio.Event()
        self.opened: CameraOpened | None = None
        self.facts: Facts | None = None
        self.live: PreviewChanged | None = None
        self.frames = 0
        self.failure: CameraError | None = None

    def frame(self, captured_us: int, jpeg: bytes | memoryview) -> None:  # noqa: ARG002 - the role's signature
        self.frames += 1
        self._change.set()

    def event(self, event: Event) -> None:
        match event:
            case CameraOpened():
                self.opened, self.failure = event, None
            case Facts():
                self.facts = event
            case PreviewChanged():
                self.live = event
            case _:
                return
        self._change.set()

    def down(self, failure: CameraError, retry_in_seconds: float, rung: int) -> None:  # noqa: ARG002 - the role's
        self.failure = failure
        self._change.set()

    def recovered(self) -> None:
        self._change.set()

    @property
    def lacks_live_view(self) -> bool:
        """Whether the camera has turned out to have no live view."""
        return self.live is not None and self.live.state == LiveState.UNSUPPORTED

    async def changed(self) -> None:
        """Wait for the next frame, event or failure."""
        self._change.clear()
        await self._change.wait()


def inspect_bus(sysfs: Path = usb.SYSFS, nodes: Path = usb.NODES, proc: Path = PROC) -> BusFacts:
    """List the cameras on USB and the processes that hold them, without opening a camera.

    A camera process is reported as its service, which would otherwise start another one.
    """
    cameras = usb.cameras(sysfs, nodes)
    held = ((camera.node, process_to_stop(one, proc)) for camera in cameras for one in holders([camera.node], proc))
    return BusFacts(cameras, tuple(held))


async def inspect_camera(driver: str, address: str, capture_target: str) -> CameraFacts:
    """Open the camera, read its facts, try live view, and close it properly.

    Every step has a deadline; a hung library call costs the camera process, not this one.
    """
    observer = _Observer()
    launch = Launch(driver, Configure(request=0, address=address, capture_target=capture_target))
    supervisor = Supervisor(launch, observer, host=ThisMachine(), clock=time.monotonic)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(supervisor.run())
        try:
            await _examine(supervisor, observer)
        finally:
            running.cancel()
    network = None
    if observer.opened is None and address.startswith("ptpip:"):
        with suppress(TimeoutError):  # the finding then uses the failure that the camera process reported
            network = await within(NETWORK_SECONDS, lambda: inspect_network(address))
    return CameraFacts(observer.opened, observer.facts, observer.live, observer.frames, observer.failure, network)


async def _examine(supervisor: Supervisor, observer: _Observer) -> None:
    try:
        async with asyncio.timeout(OPEN_SECONDS):
            while observer.opened is None:
                if observer.failure is not None:
                    return
                await observer.changed()
    except TimeoutError:
        observer.failure = CameraError(
            f"the camera could not be opened within {OPEN_SECONDS:.0f} s", kind=FailureKind.TIMEOUT
        )
        return
    try:
        async with asyncio.timeout(FACTS_SECONDS):
            while observer.facts is None:
                await observer.changed()
    except TimeoutError:
        pass  # the camera reports no facts: the findings use what is known
    if observer.opened.live_view:
        await _try_live_view(supervisor, observer)


async def _try_live_view(supervisor: Supervisor, observer: _Observer) -> None:
    try:
        async with asyncio.timeout(FRAME_SECONDS):
            await supervisor.start_preview()
            while not observer.frames and (
                observer.live is None or not (observer.live.blocked or observer.lacks_live_view)
            ):
                await observer.changed()
            await supervisor.stop_preview()
    except TimeoutError:
        pass  # no frame arrived: the finding uses the last reported state of live view
    except CameraError as error:
        observer.failure = error
