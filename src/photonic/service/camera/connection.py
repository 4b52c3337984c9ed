"""The connection to one camera: whether it is requested, whether it is open, and what the camera last reported."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from photonic.errors import CameraError, CaptureError, FailureKind
from photonic.model.capture_options import PLAIN
from photonic.model.status import CameraState
from photonic.protocol.capture import CaptureFailure
from photonic.service.camera.held_settings import merged, overruled
from photonic.service.camera.reasons import DISCONNECTED, STARTING
from photonic.service.camera.recovery_state import RecoveryState
from photonic.service.capture.camera import Readiness
from photonic.worker.link.messages import CameraOpened, Facts, Profiles

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from photonic.machine.timekeeping import Timekeeping
    from photonic.model.api import ConfigRequest
    from photonic.model.capture_options import ArrivedPhoto, CaptureOptions
    from photonic.model.focus import FocusAction
    from photonic.model.reason import Reason
    from photonic.model.view_options import ViewOptions
    from photonic.service.camera.supervision import CameraSupervisor
    from photonic.worker.link.card_messages import CardListed, CardObject, ObjectsFetched
    from photonic.worker.link.messages import PreviewChanged
    from photonic.worker.link.setting_messages import SettingsRead


class CameraConnection:
    """The connection to one camera through one camera process at a time; ``run`` starts a new process when one ends.

    Args:
        name: The camera's id on the wire; ``None``: its serial number.
        start: Creates the supervisor of a new camera process that holds these settings.
        time: For the times in the recovery history.
        on_change: Called whenever a property of the connection may have changed.
        profiles: The settings that the first camera process holds; ``None``: no settings.
    """

    def __init__(
        self,
        name: str | None,
        start: Callable[[Profiles], CameraSupervisor],
        *,
        time: Timekeeping,
        on_change: Callable[[], object],
        profiles: Profiles | None = None,
    ) -> None:
        self._name = name
        self._start = start
        self._on_change = on_change
        self._change = asyncio.Event()
        self._wanted = asyncio.Event()
        self._wanted.set()
        self._unwanted = asyncio.Event()
        self._ended = asyncio.Event()
        self._ended.set()
        self._process: CameraSupervisor | None = None
        self._recovery = RecoveryState(time)
        self.profiles = profiles or Profiles()
        self._known: CameraOpened | None = None
        self.opened: CameraOpened | None = None
        self._time = time
        self.opened_at: float | None = None
        self.facts = Facts()
        self.outages = 0
        self.history = self._recovery.history

    @property
    def camera_id(self) -> str:
        """The configured name, else the serial number once it is known, else ``camera``."""
        return self._name or self.serial or "camera"

    @property
    def serial(self) -> str | None:
        """The camera's serial number; ``None`` before it was first opened, or if it does not report one."""
        return (self._known.serial or None) if self._known is not None else None

    @property
    def model(self) -> str | None:
        """The camera's model; ``None`` before it was first opened."""
        return None if self._known is None else self._known.model

    @property
    def in_ram(self) -> bool:
        """Whether the camera keeps new photos in its RAM, where they are lost when the camera process ends."""
        return self.opened is not None and self.opened.capture_target != "card"

    @property
    def up(self) -> bool:
        """Whether the camera is open."""
        return self.opened is not None

    @property
    def wanted(self) -> bool:
        """Whether the camera should be connected: true at first, set by ``connect`` and cleared by ``disconnect``."""
        return self._wanted.is_set()

    @property
    def outage(self) -> CaptureFailure | None:
        """Why the camera is not open; ``None`` if it is open or being opened for the first time."""
        return self._recovery.outage if self.wanted else CaptureFailure(FailureKind.DISCONNECTED, DISCONNECTED.text)

    @property
    def state(self) -> CameraState:
        """The camera's state, without regard to captures."""
        return self._recovery.state(up=self.up) if self.wanted else CameraState.DISCONNECTED

    @property
    def reason(self) -> Reason | None:
        """The reason for the camera's state; ``None`` if it is open and working."""
        return self._recovery.reason(up=self.up) if self.wanted else DISCONNECTED

    @property
    def rung(self) -> int:
        """The current rung of the recovery ladder; 0 if no recovery is in progress, or one that has no rungs."""
        return self._recovery.rung(self.state)

    def readiness(self) -> Readiness:
        """Whether the camera can take a photo. Captures wait while it starts or recovers, and are refused otherwise."""
        unavailable = self.state in {CameraState.DISCONNECTED, CameraState.ABSENT, CameraState.BLOCKED}
        return Readiness(self.up, self.outage if unavailable else None)

    async def change(self) -> None:
        """Wait for the next change of any property."""
        await self._change.wait()

    def on_opened(self, opened: CameraOpened) -> None:
        """The camera process has opened the camera."""
        self.opened = self._known = opened
        self.opened_at = self._time.unix_seconds()
        self._recovery.on_opened()
        self._notify()

    def on_facts(self, facts: Facts) -> None:
        """The camera reported its battery, storage or shots left."""
        self.facts = facts
        self._notify()

    def on_outage(self, failure: CameraError, rung: int) -> None:
        """The camera process ended or could not open the camera; ``rung``: the rung of the recovery ladder."""
        self.opened = None
        self._recovery.on_outage(failure, rung)
        self.facts = Facts()
        self.outages += 1
        self._notify()

    def on_recovered(self) -> None:
        """Recovery has succeeded: the camera works, and is not merely open."""
        self._recovery.on_recovered()
        self._notify()

    def on_preview(self, preview: PreviewChanged) -> None:
        """The open camera has started live view, is recovering it, or refuses it."""
        self._recovery.on_preview(preview)
        self._notify()

    def connect(self) -> None:
        """Request the connection: the camera is opened now, and again whenever it comes back."""
        # The user may just have removed the obstacle; the next automatic try may be 30 s away.
        if self._process is not None and not self.up and self.state is CameraState.BLOCKED:
            self._process.restart("a connection was requested")
        self._unwanted.clear()
        self._wanted.set()
        self._notify()

    async def disconnect(self) -> None:
        """Release the camera until ``connect`` is called; returns when its process has ended."""
        self._wanted.clear()
        self._unwanted.set()
        self._notify()
        await self._ended.wait()

    def process(self) -> CameraSupervisor:
        """The supervisor of the current camera process. Raises ``CameraError`` if the camera is not open."""
        if self._process is None or not self.up:
            outage = self.outage or CaptureFailure(FailureKind.CAMERA_ABSENT, STARTING.text)
            raise CameraError(outage.reason, kind=outage.kind)
        return self._process

    async def start_preview(self) -> None:
        """Start live view. Raises ``CameraError``."""
        await self.process().start_preview()

    async def stop_preview(self) -> None:
        """Stop live view. Raises ``CameraError``."""
        await self.process().stop_preview()

    async def shoot(
        self, capture_id: str, staging: Path, options: CaptureOptions = PLAIN, earlier: ArrivedPhoto | None = None
    ) -> None:
        """Take one photo. Raises ``CaptureError``, ``CameraError``."""
        try:
            await self.process().capture(capture_id, str(staging), options, earlier)
        except (CaptureError, CameraError) as error:
            if self.wanted:
                raise
            reason = "the camera was disconnected during the capture"
            raise CaptureError(reason, kind=FailureKind.DISCONNECTED) from error

    async def cancel(self, capture_id: str) -> None:
        """Cancel a capture whose shutter has not fired, or end a bulb exposure. Raises ``CameraError``."""
        await self.process().transient.cancel(capture_id)

    async def list_card(self) -> CardListed:
        """List the photos and films on the card. Raises ``CameraError``."""
        return await self.process().transient.list_card()

    async def fetch(self, objects: Sequence[CardObject], staging: Path) -> ObjectsFetched:
        """Stage objects of the card; the listener gets a ``Staged`` for each. Raises ``CameraError``."""
        return await self.process().transient.fetch(objects, str(staging))

    async def delete(self, wanted: CardObject) -> None:
        """Delete an object from the card. Raises ``BadInput`` when its place holds another one now, ``CameraError``."""
        await self.process().transient.delete(wanted)

    async def read_settings(self) -> SettingsRead:
        """Every setting of the camera. Raises ``CameraError``."""
        return await self.process().transient.read_settings()

    async def change_settings(self, values: Mapping[str, str]) -> SettingsRead:
        """Change these settings, all or none; returns all settings as they are afterwards.

        If a setting is held during live view, its new value is held from now on. Raises ``BadInput``,
        ``CameraError``.
        """
        settings = await self.process().transient.change_settings(values)
        self.profiles = overruled(self.profiles, values)
        return settings

    async def focus(self, action: FocusAction, size: int, steps: int) -> None:
        """Focus without taking a photo. Raises ``BadInput``, ``CameraError`` (also AUTOFOCUS_FAILED)."""
        await self.process().transient.focus(action, size, steps)

    async def look(self, wanted: ViewOptions) -> None:
        """Change how live view shows the scene. Raises ``BadInput``, ``CameraError`` (also NOT_SUPPORTED)."""
        await self.process().transient.look(wanted)

    def reopen(self, reason: str) -> None:
        """Close and reopen the camera, so that its card is listed again. Raises ``CameraError``."""
        self.process().restart(reason)

    async def apply(self, config: ConfigRequest) -> None:
        """Add a request's settings to those that are held, all or none. Raises ``BadInput``, ``CameraError``."""
        await self.hold(merged(self.profiles, config))

    async def hold(self, profiles: Profiles) -> None:
        """Hold these settings, also in later processes; a failure changes nothing. Raises as ``apply``."""
        await self.process().apply(profiles)
        self.profiles = profiles

    async def run(self) -> None:
        """Run one camera process after another while the camera should be connected, until cancelled."""
        while True:
            while not self.wanted:
                await self._wanted.wait()
            self._ended.clear()
            self._process = self._start(self.profiles)
            try:
                async with asyncio.TaskGroup() as tasks:
                    running = tasks.create_task(self._process.run())
                    await self._unwanted.wait()
                    running.cancel()
            finally:
                self._process = self.opened = None
                self._recovery.clear()
                self.facts = Facts()
                self._ended.set()
                self._notify()

    def _notify(self) -> None:
        self._on_change()
        change, self._change = self._change, asyncio.Event()
        change.set()
