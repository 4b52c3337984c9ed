"""The chain of lives of one camera's process: spawn, watch, kill, respawn, for ever."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from photonic.errors import CameraError, FailureKind
from photonic.worker.lock import CameraLock, runtime_directory
from photonic.worker.messages import (
    ApplyProfiles,
    CancelCapture,
    Capture,
    DeleteObject,
    FetchObjects,
    ListCard,
    Opened,
    StartPreview,
    StopPreview,
)
from photonic.worker.process import CameraProcess, Grace

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from photonic.worker.messages import CardObject, Command, Configure, Event, Profiles
    from photonic.worker.roles import Listener

AUTO = "auto"
PREVIEW_SECONDS = 25.0
APPLY_SECONDS = 30.0
CAPTURE_SECONDS = 30.0
"""Until the camera process names the capture's own deadline."""

CANCEL_SECONDS = 10.0
LIST_SECONDS = 120.0
"""A card may hold tens of thousands of photos."""

FETCH_SECONDS = 60.0
"""For one object; the calls in it have limits of their own."""

DELETE_SECONDS = 15.0

RESPAWN_RUNG = 4
PROVEN_SECONDS = 5.0
"""A camera that stayed open for so long starts with a short delay again when its process ends."""


@dataclass(frozen=True)
class Launch:
    """What a camera process is started with.

    ``driver``: its module, run with ``python -m``. ``configure``: its first command, whose request number does not
    matter. ``environment``: added to the parent's own.
    """

    driver: str
    configure: Configure
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


class Supervisor:
    """Keeps one camera's process alive.

    ``clock`` gives seconds, monotonic. ``lock_directory``: where the locks of all cameras of this user are; ``None``:
    the user's runtime directory. ``capture_grace_seconds``: what a capture in flight is given when ``run`` is
    cancelled.
    """

    def __init__(
        self,
        launch: Launch,
        listener: Listener,
        *,
        clock: Callable[[], float] = time.monotonic,
        lock_directory: Path | None = None,
        capture_grace_seconds: float = 1.2,
    ) -> None:
        self._launch = launch
        self._listener = listener
        self._clock = clock
        self._lock_directory = lock_directory or runtime_directory()
        self._grace = Grace(capture_seconds=capture_grace_seconds)
        self._process: CameraProcess | None = None
        self._lock: CameraLock | None = None
        self._profiles = launch.configure.profiles
        self._preview_wanted = False
        self._failure: CameraError | None = None
        self._now = asyncio.Event()

    @property
    def pid(self) -> int | None:
        """The process id of the newest camera process; ``None`` before the first was started."""
        return None if self._process is None else self._process.pid

    async def run(self) -> None:
        """Live until cancelled; owned by the caller's task group.

        Cancelled: the camera is left in order, the process is gone within the grace, and reaped.
        """
        try:
            with _private_home(self._launch) as environment:
                await self._lives(environment)
        finally:
            self._process = None
            if self._lock is not None:
                self._lock.release()
                self._lock = None

    async def start_preview(self) -> None:
        """Live view on, or anew where it is stuck; wanted again after a respawn. Raises ``CameraError``."""
        await self._open_process().request(lambda number: StartPreview(request=number), PREVIEW_SECONDS)
        # Only what was carried out is done again by itself: a caller that was told no asks again, or not.
        self._preview_wanted = True

    async def stop_preview(self) -> None:
        """Live view off, and not wanted after a respawn. Raises ``CameraError``."""
        self._preview_wanted = False
        await self._open_process().request(lambda number: StopPreview(request=number), PREVIEW_SECONDS)

    async def apply(self, profiles: Profiles) -> None:
        """Hold these settings, after a respawn too. Raises ``BadInput`` (nothing changed then), ``CameraError``."""
        await self._open_process().request(
            lambda number: ApplyProfiles(request=number, profiles=profiles), APPLY_SECONDS
        )
        self._profiles = profiles

    async def capture(self, capture_id: str, staging: str, *, retry_without_autofocus: bool = False) -> None:
        """Take one still; what comes of it goes to the listener before this returns.

        Raises ``CaptureError`` when this capture failed, ``CameraError`` when the camera did.
        """
        await self._open_process().request(
            lambda number: Capture(
                request=number,
                capture_id=capture_id,
                staging=staging,
                retry_without_autofocus=retry_without_autofocus,
            ),
            CAPTURE_SECONDS,
        )

    async def cancel(self, capture_id: str) -> None:
        """Have a capture given up if its shutter has not fired; ``capture`` tells what came of it. Raises
        ``CameraError``."""
        await self._open_process().request(
            lambda number: CancelCapture(request=number, capture_id=capture_id), CANCEL_SECONDS
        )

    async def list_card(self) -> None:
        """Have the listener told what lies on the card (``CardListed``). Raises ``CameraError``."""
        await self._open_process().request(lambda number: ListCard(request=number), LIST_SECONDS)

    async def fetch(self, objects: Sequence[CardObject], staging: str) -> None:
        """Have objects of the card staged; the listener is told of each. Raises ``CameraError``."""
        limit = FETCH_SECONDS * (1 + len(objects))
        await self._open_process().request(
            lambda number: FetchObjects(request=number, objects=tuple(objects), staging=staging), limit
        )

    async def delete(self, wanted: CardObject) -> None:
        """Delete an object from the card. Raises ``BadInput`` when another one lies there now, ``CameraError``."""
        await self._open_process().request(lambda number: DeleteObject(request=number, object=wanted), DELETE_SECONDS)

    async def request(self, make: Callable[[int], Command], *, limit_seconds: float) -> None:
        """Send the command that ``make(request_number)`` gives. Raises as the others do."""
        await self._open_process().request(make, limit_seconds)

    def restart(self, reason: str) -> None:
        """Kill the process and start the next one now."""
        if self._process is not None:
            self._process.kill(CameraError(reason))
        self._now.set()

    # The supervisor as its process's receiver.

    def frame(self, captured_us: int, jpeg: bytes) -> None:
        """Hand on one frame."""
        self._listener.frame(captured_us, jpeg)

    def event(self, event: Event) -> None:
        """Hand on one event; an open camera has to be ours before anybody hears of it."""
        if isinstance(event, Opened) and not self._own(event):
            return
        self._listener.event(event)
        if isinstance(event, Opened) and self._preview_wanted and event.live_view and self._process is not None:
            self._process.post(lambda number: StartPreview(request=number), PREVIEW_SECONDS)

    # Inside.

    def _open_process(self) -> CameraProcess:
        process = self._process
        if process is not None and process.usable:
            return process
        failure = (process.failure if process is not None else None) or self._failure
        if failure is None:
            raise CameraError("the camera is not open yet", kind=FailureKind.CAMERA_ABSENT)
        raise CameraError(failure.reason, kind=failure.kind, code=failure.code)

    async def _lives(self, environment: dict[str, str]) -> None:
        in_row = 0
        while True:
            self._now.clear()
            self._failure, open_seconds = await self._live(environment)
            in_row = 1 if open_seconds >= PROVEN_SECONDS else in_row + 1
            delay = (
                0.0
                if self._now.is_set()
                else min(
                    2.0 if self._failure.kind is FailureKind.CAMERA_ABSENT else 10.0, 0.1 * 2.0 ** min(in_row - 1, 16)
                )
            )
            self._listener.down(self._failure, delay, RESPAWN_RUNG)
            try:
                async with asyncio.timeout(delay):
                    await self._now.wait()
            except TimeoutError:
                pass

    async def _live(self, environment: dict[str, str]) -> tuple[CameraError, float]:
        """One life: why it ended, and how long the camera was open."""
        configure = msgspec.structs.replace(self._launch.configure, profiles=self._profiles)
        process = CameraProcess(self, self._clock)
        try:
            if self._lock is None and configure.address != AUTO:
                self._take(configure.address)
            self._process = process
            failure = await process.run(
                self._launch.driver,
                configure,
                environment=environment,
                inherited=() if self._lock is None or self._lock.descriptor is None else (self._lock.descriptor,),
                grace=self._grace,
            )
        except CameraError as error:
            failure = error
        return failure, process.open_seconds()

    def _own(self, opened: Opened) -> bool:
        """Lock a camera that only its serial number names; whether it is ours."""
        if self._launch.configure.address != AUTO:
            return True
        try:
            self._take(f"usb:{opened.serial}")
        except CameraError as error:
            if self._process is not None:
                self._process.kill(error)
            return False
        return True

    def _take(self, camera: str) -> None:
        if self._lock is not None and self._lock.camera == camera:
            return
        lock = CameraLock(self._lock_directory, camera)
        lock.take()
        if self._lock is not None:
            self._lock.release()
        self._lock = lock


@contextmanager
def _private_home(launch: Launch) -> Generator[dict[str, str]]:
    """The environment of the camera process, with a home of its own.

    libgphoto2 keeps its settings, the capture target among them, in one file per home: two cameras must not share it.
    """
    with tempfile.TemporaryDirectory(prefix="photonic-home-", ignore_cleanup_errors=True) as directory:
        config = Path(directory) / ".config"
        config.mkdir()
        yield dict(os.environ) | {"HOME": directory, "XDG_CONFIG_HOME": str(config)} | dict(launch.environment)
