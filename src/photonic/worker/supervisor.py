"""The parent's side of a camera: one camera process after the other, for ever, and requests to the one that lives."""

from __future__ import annotations

import asyncio
import tempfile
import time
from typing import TYPE_CHECKING

import msgspec

from photonic.errors import CameraError, FailureKind
from photonic.worker.ladder import SOUND_AFTER_SECONDS, respawn_delay
from photonic.worker.messages import ApplyProfiles, Capture, StartPreview, StopPreview
from photonic.worker.process import CameraProcess, Launch

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.worker.messages import Profiles
    from photonic.worker.roles import Listener

__all__ = ["Launch", "Supervisor"]

LEAVE_SECONDS = 2.0


class Supervisor:
    """Keeps a camera process alive and passes on what it says.

    ``listener`` is called in the event loop's thread. ``clock`` gives seconds of CLOCK_MONOTONIC.
    """

    def __init__(self, launch: Launch, listener: Listener, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._launch = launch
        self._listener = listener
        self._clock = clock
        self._process: CameraProcess | None = None

    @property
    def pid(self) -> int | None:
        """The process id of the camera process that lives now, ``None`` between two."""
        return None if self._process is None else self._process.pid

    async def run(self) -> None:
        """Start camera processes until cancelled; then have the last one leave the camera in order, or kill it."""
        failures = 0
        # libgphoto2 keeps settings, the capture target included, per home: each camera has its own.
        with tempfile.TemporaryDirectory(prefix="photonic-camera-", ignore_cleanup_errors=True) as home:
            while True:
                failure, did_well = await self._one_life(home)
                failures = 0 if did_well else failures + 1
                delay = respawn_delay(failure.kind, failures)
                self._listener.down(failure, delay)
                await asyncio.sleep(delay)

    async def start_preview(self) -> None:
        """Live view on, or anew. Raises ``CameraError``."""
        await self._living.request(lambda number: StartPreview(request=number))

    async def stop_preview(self) -> None:
        """Live view off. Raises ``CameraError``."""
        await self._living.request(lambda number: StopPreview(request=number))

    async def apply(self, profiles: Profiles) -> None:
        """Hold these settings, in the camera processes to come as well. Raises ``BadInput``, ``CameraError``."""
        await self._living.request(lambda number: ApplyProfiles(request=number, profiles=profiles))
        configure = msgspec.structs.replace(self._launch.configure, profiles=profiles)
        self._launch = Launch(self._launch.driver, configure, self._launch.environment)

    async def capture(self, capture_id: str, staging: str) -> None:
        """Take one still into the directory ``staging``. Raises ``CaptureError``, ``CameraError``."""
        await self._living.request(lambda number: Capture(request=number, capture_id=capture_id, staging=staging))

    def restart(self, reason: str) -> None:
        """Kill the camera process, if one lives; the next one follows."""
        if self._process is not None:
            self._process.end(CameraError(reason))

    @property
    def _living(self) -> CameraProcess:
        if self._process is None or self._process.opened_at is None:
            raise CameraError("the camera is not open", kind=FailureKind.CAMERA_ABSENT)
        return self._process

    async def _one_life(self, home: str) -> tuple[CameraError, bool]:
        """Why the process ended, and whether it had done well until then."""
        process = self._process = CameraProcess(self._launch, self._listener, self._clock)
        try:
            async with asyncio.TaskGroup() as tasks:
                life = tasks.create_task(process.live(home))
                try:
                    await asyncio.wait({life})
                except asyncio.CancelledError:
                    await process.leave(LEAVE_SECONDS)
                    raise
        finally:
            self._process = None
        opened_at = process.opened_at
        return life.result(), opened_at is not None and self._clock() - opened_at >= SOUND_AFTER_SECONDS
