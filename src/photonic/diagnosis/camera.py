"""The camera: seen on USB, opened in a process of its own as the service does it, its live view tried, and closed."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.diagnosis.deadline import within
from photonic.diagnosis.network import look_at_network
from photonic.diagnosis.owner import responsible
from photonic.errors import CameraError, FailureKind
from photonic.model.status import LiveState
from photonic.worker.link.messages import CameraOpened, Configure, Facts, PreviewChanged
from photonic.worker.supervision import usb
from photonic.worker.supervision.holders import PROC, holders
from photonic.worker.supervision.supervisor import Launch, Supervisor

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
"""Looking up a name may take longer than dialing."""


@dataclass(frozen=True, slots=True)
class BusFacts:
    """The cameras on USB, and who holds which device file."""

    cameras: tuple[UsbCamera, ...] = ()
    held_by: tuple[tuple[Path, Holder], ...] = ()


@dataclass(frozen=True, slots=True)
class CameraFacts:
    """What came of opening the camera. ``live``: live view's last word; ``frames``: how many pictures came.

    ``failure``: why it could not be opened; ``network``: what is at its address then.
    """

    opened: CameraOpened | None = None
    facts: Facts | None = None
    live: PreviewChanged | None = None
    frames: int = 0
    failure: CameraError | None = None
    network: NetworkFacts | None = None


class _Visit:
    """Hears of the camera, and wakes who waits for a word of it."""

    def __init__(self) -> None:
        self._news = asyncio.Event()
        self.opened: CameraOpened | None = None
        self.facts: Facts | None = None
        self.live: PreviewChanged | None = None
        self.frames = 0
        self.failure: CameraError | None = None

    def frame(self, captured_us: int, jpeg: bytes | memoryview) -> None:  # noqa: ARG002 - the role's signature
        self.frames += 1
        self._news.set()

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
        self._news.set()

    def down(self, failure: CameraError, retry_in_seconds: float, rung: int) -> None:  # noqa: ARG002 - the role's
        self.failure = failure
        self._news.set()

    def recovered(self) -> None:
        self._news.set()

    @property
    def lacks_live_view(self) -> bool:
        """Whether the first picture has shown that there are none."""
        return self.live is not None and self.live.state == LiveState.UNSUPPORTED

    async def news(self) -> None:
        """Wait for the next word."""
        self._news.clear()
        await self._news.wait()


def look_at_bus(sysfs: Path = usb.SYSFS, nodes: Path = usb.NODES, proc: Path = PROC) -> BusFacts:
    """Look at the USB bus, opening nothing. A camera process is named by the service that would start another."""
    cameras = usb.cameras(sysfs, nodes)
    held = ((camera.node, responsible(one, proc)) for camera in cameras for one in holders([camera.node], proc))
    return BusFacts(cameras, tuple(held))


async def look_at_camera(driver: str, address: str, capture_target: str) -> CameraFacts:
    """Open the camera, hear what it says of itself, try live view, and leave it in order.

    Everything has a deadline; a hung library call costs its process, not this one.
    """
    visit = _Visit()
    launch = Launch(driver, Configure(request=0, address=address, capture_target=capture_target))
    supervisor = Supervisor(launch, visit)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(supervisor.run())
        try:
            await _examine(supervisor, visit)
        finally:
            running.cancel()
    network = None
    if visit.opened is None and address.startswith("ptpip:"):
        with suppress(TimeoutError):  # judged by what the camera's process said
            network = await within(NETWORK_SECONDS, lambda: look_at_network(address))
    return CameraFacts(visit.opened, visit.facts, visit.live, visit.frames, visit.failure, network)


async def _examine(supervisor: Supervisor, visit: _Visit) -> None:
    try:
        async with asyncio.timeout(OPEN_SECONDS):
            while visit.opened is None:
                if visit.failure is not None:
                    return
                await visit.news()
    except TimeoutError:
        visit.failure = CameraError(
            f"the camera could not be opened within {OPEN_SECONDS:.0f} s", kind=FailureKind.TIMEOUT
        )
        return
    try:
        async with asyncio.timeout(FACTS_SECONDS):
            while visit.facts is None:
                await visit.news()
    except TimeoutError:
        pass  # a camera that says nothing of itself: judged by what is there
    if visit.opened.live_view:
        await _try_live_view(supervisor, visit)


async def _try_live_view(supervisor: Supervisor, visit: _Visit) -> None:
    try:
        async with asyncio.timeout(FRAME_SECONDS):
            await supervisor.start_preview()
            while not visit.frames and (visit.live is None or not (visit.live.blocked or visit.lacks_live_view)):
                await visit.news()
            await supervisor.stop_preview()
    except TimeoutError:
        pass  # no picture came: judged by what live view said last
    except CameraError as error:
        visit.failure = error
