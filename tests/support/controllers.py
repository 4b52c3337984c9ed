"""Camera controllers of the service on fake camera processes."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.support.camera_process import FakeCameraProcess
from tests.support.surroundings import THIS_MACHINE, surroundings, timekeeping

from photonic.model.reach import EVERYTHING
from photonic.model.status import CameraState
from photonic.service.camera.controller import CameraController
from photonic.service.camera.controller_settings import ControllerSettings

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable
    from datetime import datetime
    from pathlib import Path

    from photonic.model.api import CaptureRecord, PhotoFile
    from photonic.service.camera.dispatch import EventDispatch
    from photonic.worker.link.messages import Profiles


WAIT_SECONDS = 20.0


@dataclass
class ControllerHarness:
    """A running controller and the fake processes that it has started, newest last."""

    controller: CameraController
    processes: list[FakeCameraProcess] = field(default_factory=list[FakeCameraProcess])

    @property
    def process(self) -> FakeCameraProcess:
        return self.processes[-1]

    async def photo(self, photo: PhotoFile) -> bytes:
        """The content of a photo, found as the HTTP API finds it."""
        found = await self.controller.photo(photo.id)
        assert found is not None
        return found[1].read_bytes()

    async def stills(self) -> list[CaptureRecord]:
        """The stills that are listed, newest first."""
        return [still.record for still in await self.controller.gallery.stills(EVERYTHING, None, None, 1000)]

    async def deleted(self) -> list[CaptureRecord]:
        """The stills in the trash, newest first."""
        return [still.record for still in await self.controller.gallery.deleted(None, 1000)]

    async def photos(self) -> tuple[PhotoFile, ...]:
        """The photos that are listed, newest first."""
        return tuple(file for still in await self.stills() for file in reversed(still.files))

    async def until_true(self, condition: Callable[[], Awaitable[bool]]) -> None:
        """Like ``until``, for what the index says."""
        async with asyncio.timeout(WAIT_SECONDS):
            snapshot = self.controller.snapshot()
            while not await condition():
                snapshot = await self.controller.changed(self.controller.boot_id, snapshot.rev, 1.0)

    async def until_photos(self, count: int) -> None:
        """Wait for so many photos to be listed."""

        async def listed() -> bool:
            return len(await self.photos()) == count

        await self.until_true(listed)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for the controller's status to make ``condition`` true."""
        async with asyncio.timeout(WAIT_SECONDS):
            snapshot = self.controller.snapshot()
            while not condition():
                snapshot = await self.controller.changed(self.controller.boot_id, snapshot.rev, 1.0)

    async def until_ready(self) -> None:
        await self.until(lambda: self.controller.snapshot().camera.state is CameraState.READY)


class ControllerHarnesses:
    """Makes controllers in one photo root."""

    def __init__(self, photo_root: Path) -> None:
        self.photo_root = photo_root

    @asynccontextmanager
    async def running(
        self,
        *,
        prepare: Callable[[FakeCameraProcess], None] = lambda _process: None,
        wall: Callable[[], datetime] = THIS_MACHINE.time.wall,
        **settings: object,
    ) -> AsyncGenerator[ControllerHarness]:
        processes: list[FakeCameraProcess] = []

        def start(profiles: Profiles, listener: EventDispatch) -> FakeCameraProcess:
            process = FakeCameraProcess(profiles, listener)
            prepare(process)
            processes.append(process)
            return process

        loop = asyncio.get_running_loop()
        chosen = {"name": None, "address": "fake", "photo_root": self.photo_root, "min_free_bytes": 0, **settings}
        machine = surroundings(timekeeping(monotonic=loop.time, wall=wall))
        controller = CameraController(
            ControllerSettings(**chosen),  # pyright: ignore[reportArgumentType]
            boot_id="boot-1",
            surroundings=machine,
            start=start,
        )
        task = asyncio.create_task(controller.run())
        try:
            yield ControllerHarness(controller, processes)
        finally:
            task.cancel()
            await asyncio.wait([task])
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error
