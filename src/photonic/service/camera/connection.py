"""The station's hold on its camera process: wished for or not, up or down, and what the camera has said of itself."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from photonic.errors import CameraError, CaptureError, FailureKind
from photonic.model.capture_options import PLAIN
from photonic.model.status import CameraState
from photonic.protocol.capture import CaptureFailure
from photonic.service.camera.held_settings import merged, overruled
from photonic.service.capture.camera import Readiness
from photonic.worker.link.messages import CameraOpened, Facts, Profiles
from photonic.worker.supervision.history import RecoveryHistory
from photonic.worker.supervision.ladder import FailureClass, trouble_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from photonic.model.api import ConfigRequest
    from photonic.model.capture_options import CaptureOptions
    from photonic.model.focus import FocusAction
    from photonic.model.view_options import ViewOptions
    from photonic.service.camera.supervision import CameraSupervisor
    from photonic.worker.link.card_messages import CardObject
    from photonic.worker.link.messages import PreviewChanged
    from photonic.worker.link.setting_messages import SettingsRead

DISCONNECTED = CaptureFailure(FailureKind.DISCONNECTED, "the camera is disconnected: connect it first (POST /connect)")
STARTING = "the camera is being opened"
_STATES = {FailureClass.ABSENT: CameraState.ABSENT, FailureClass.BLOCKED: CameraState.BLOCKED}


class CameraConnection:
    """One camera, through one camera process at a time.

    ``name``: its id on the wire, ``None``: its serial number. ``start(profiles)`` makes the supervisor of a new camera
    process with these settings; ``profiles``: the first ones. ``on_change`` is called whenever anything that is asked
    here may have changed.
    """

    def __init__(
        self,
        name: str | None,
        start: Callable[[Profiles], CameraSupervisor],
        *,
        on_change: Callable[[], object],
        profiles: Profiles | None = None,
    ) -> None:
        self._name = name
        self._start = start
        self._on_change = on_change
        self._change = asyncio.Event()
        self._wish = asyncio.Event()
        self._wish.set()
        self._unwish = asyncio.Event()
        self._ended = asyncio.Event()
        self._ended.set()
        self._process: CameraSupervisor | None = None
        self._outage: CaptureFailure | None = None
        self.profiles = profiles or Profiles()
        self._known: CameraOpened | None = None
        self.opened: CameraOpened | None = None
        self.facts = Facts()
        self.outages = 0
        self._rung = self._live_rung = 0
        self._unproven: str | None = None
        self._refusal: str | None = None
        self.history = RecoveryHistory()

    @property
    def camera_id(self) -> str:
        """The configured name, else the serial number once it is known, else ``camera``."""
        return self._name or self.serial or "camera"

    @property
    def serial(self) -> str | None:
        """The camera's serial number; ``None`` before it was first opened, and when it has none."""
        return (self._known.serial or None) if self._known is not None else None

    @property
    def model(self) -> str | None:
        """The camera's model; ``None`` before it was first opened."""
        return None if self._known is None else self._known.model

    @property
    def in_ram(self) -> bool:
        """Whether stills go to the camera's own memory, which does not outlive its process."""
        return self.opened is not None and self.opened.capture_target != "card"

    @property
    def up(self) -> bool:
        """Whether the camera is open."""
        return self.opened is not None

    @property
    def wished(self) -> bool:
        """Whether the camera is to be connected."""
        return self._wish.is_set()

    @property
    def outage(self) -> CaptureFailure | None:
        """Why the camera is not open; ``None`` when it is, or is being opened for the first time."""
        return self._outage if self.wished else DISCONNECTED

    @property
    def state(self) -> CameraState:
        """What the camera is doing, captures apart."""
        if not self.wished:
            return CameraState.DISCONNECTED
        if self.up:
            if self._refusal is not None:
                return CameraState.BLOCKED
            return CameraState.READY if self._unproven is None else CameraState.RECOVERING
        if self._outage is None:
            return CameraState.STARTING
        return _STATES.get(trouble_of(self._outage.kind, told=True), CameraState.RECOVERING)

    @property
    def reason(self) -> str | None:
        """Why it is so, for people; ``None`` when the camera is open and well."""
        if self.outage is not None:
            return self.outage.reason
        return (self._refusal or self._unproven) if self.up else STARTING

    @property
    def rung(self) -> int:
        """The rung of the recovery ladder; 0 when nothing is being recovered, and outside the ladder."""
        if self.state is CameraState.READY:
            return self._live_rung
        return self._rung if self.state is CameraState.RECOVERING else 0

    def readiness(self) -> Readiness:
        """Whether it can take a still: while it starts or recovers a capture may wait; otherwise it is told no."""
        hopeless = self.state in {CameraState.DISCONNECTED, CameraState.ABSENT, CameraState.BLOCKED}
        return Readiness(self.up, self.outage if hopeless else None)

    async def change(self) -> None:
        """Wait until something of this has changed, or has happened once more."""
        await self._change.wait()

    def take_opened(self, opened: CameraOpened) -> None:
        """The camera process has opened the camera."""
        self.opened = self._known = opened
        self._outage = None
        self._notify()

    def take_facts(self, facts: Facts) -> None:
        """What the camera says of itself has changed."""
        self.facts = facts
        self._notify()

    def take_outage(self, failure: CameraError, rung: int) -> None:
        """The camera process is gone, or could not open the camera; ``rung``: of the recovery ladder."""
        self.opened = None
        self._rung = rung
        self._unproven = failure.reason if rung else None
        self._refusal, self._live_rung = None, 0
        self.history.began(rung, failure.reason)
        self.facts = Facts()
        self._outage = CaptureFailure(failure.kind, failure.reason)
        self.outages += 1
        self._notify()

    def take_recovered(self) -> None:
        """What was done last has worked: the camera is well, not only open."""
        self._rung, self._unproven = 0, None
        self.history.worked()
        self._notify()

    def take_preview(self, preview: PreviewChanged) -> None:
        """The open camera shows live view, recovers it, or refuses it."""
        self._live_rung = preview.rung
        self._refusal = None if preview.blocked is None else preview.reason
        self._notify()

    def connect(self) -> None:
        """Have the camera opened, now and whenever it comes back."""
        # Who asks may have seen to what was in the way: the next look is up to 30 s away otherwise.
        if self._process is not None and not self.up and self.state is CameraState.BLOCKED:
            self._process.restart("the camera was asked for")
        self._unwish.clear()
        self._wish.set()
        self._notify()

    async def disconnect(self) -> None:
        """Let go of the camera until ``connect``; returns when its process has ended."""
        self._wish.clear()
        self._unwish.set()
        self._notify()
        await self._ended.wait()

    def process(self) -> CameraSupervisor:
        """The supervisor at work. Raises ``CameraError`` when the camera is not open."""
        if self._process is None or not self.up:
            outage = self.outage or CaptureFailure(FailureKind.CAMERA_ABSENT, STARTING)
            raise CameraError(outage.reason, kind=outage.kind)
        return self._process

    async def start_preview(self) -> None:
        """Live view on. Raises ``CameraError``."""
        await self.process().start_preview()

    async def stop_preview(self) -> None:
        """Live view off. Raises ``CameraError``."""
        await self.process().stop_preview()

    async def shoot(
        self,
        capture_id: str,
        staging: Path,
        options: CaptureOptions = PLAIN,
    ) -> None:
        """Take one still. Raises ``CaptureError``, ``CameraError``."""
        try:
            await self.process().capture(capture_id, str(staging), options)
        except (CaptureError, CameraError) as error:
            if self.wished:
                raise
            raise CaptureError("the camera was disconnected during the capture", kind=DISCONNECTED.kind) from error

    async def cancel(self, capture_id: str) -> None:
        """Have a capture given up if its shutter has not fired, a bulb exposure ended. Raises ``CameraError``."""
        await self.process().transient.cancel(capture_id)

    async def list_card(self) -> None:
        """Have the listener told what lies on the card. Raises ``CameraError``."""
        await self.process().transient.list_card()

    async def fetch(self, objects: Sequence[CardObject], staging: Path) -> None:
        """Have objects of the card staged; the listener is told of each. Raises ``CameraError``."""
        await self.process().transient.fetch(objects, str(staging))

    async def delete(self, wanted: CardObject) -> None:
        """Delete an object from the card. Raises ``BadInput`` when another one lies there, ``CameraError``."""
        await self.process().transient.delete(wanted)

    async def read_settings(self) -> SettingsRead:
        """Everything that can be set. Raises ``CameraError``."""
        return await self.process().transient.read_settings()

    async def change_settings(self, values: Mapping[str, str]) -> SettingsRead:
        """Set these, all or none; everything that can be set, as it is then. Raises ``BadInput``, ``CameraError``.

        Those that are held during live view are held at their new values from now on.
        """
        settings = await self.process().transient.change_settings(values)
        self.profiles = overruled(self.profiles, values)
        return settings

    async def focus(self, action: FocusAction, size: int, steps: int) -> None:
        """Focus without a photo. Raises ``BadInput``, ``CameraError`` (AUTOFOCUS_FAILED among its kinds)."""
        await self.process().transient.focus(action, size, steps)

    async def look(self, wanted: ViewOptions) -> None:
        """Have live view show that. Raises ``BadInput``, ``CameraError`` (NOT_SUPPORTED among its kinds)."""
        await self.process().transient.look(wanted)

    def reopen(self, reason: str) -> None:
        """Have the camera opened anew: its card is listed afresh then. Raises ``CameraError``."""
        self.process().restart(reason)

    async def apply(self, config: ConfigRequest) -> None:
        """Take every given setting, now and for every later camera process, or none.

        Raises ``BadInput``, ``CameraError``.
        """
        await self.hold(merged(self.profiles, config))

    async def hold(self, profiles: Profiles) -> None:
        """Hold these settings, now and in every later camera process, or go on as before.

        Raises ``BadInput``, ``CameraError``.
        """
        await self.process().apply(profiles)
        self.profiles = profiles

    async def run(self) -> None:
        """One camera process after the other, for as long as it is wished for; until cancelled."""
        while True:
            while not self.wished:
                await self._wish.wait()
            self._ended.clear()
            self._process = self._start(self.profiles)
            try:
                async with asyncio.TaskGroup() as tasks:
                    running = tasks.create_task(self._process.run())
                    await self._unwish.wait()
                    running.cancel()
            finally:
                self._process = self.opened = self._outage = self._unproven = self._refusal = None
                self.facts = Facts()
                self._ended.set()
                self._notify()

    def _notify(self) -> None:
        self._on_change()
        change, self._change = self._change, asyncio.Event()
        change.set()
