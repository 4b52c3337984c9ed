"""The chain of lives of one camera's process: spawn, watch, kill, respawn, for ever."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import nullcontext
from typing import TYPE_CHECKING

import msgspec

from photonic.errors import CameraError, CaptureError, FailureKind
from photonic.model.capture_options import PLAIN
from photonic.recurring import Recurring
from photonic.worker.link.limits import APPLY_SECONDS, CAPTURE_SECONDS, PREVIEW_SECONDS
from photonic.worker.link.messages import (
    ApplyProfiles,
    CameraFault,
    CameraOpened,
    Capture,
    Facts,
    PreviewChanged,
    StartPreview,
    StopPreview,
)
from photonic.worker.supervision.bus import UsbBus, watched_usb
from photonic.worker.supervision.home import home_environment, private_home
from photonic.worker.supervision.ladder import Failure, FailureClass, Step, trouble_of
from photonic.worker.supervision.launch import Launch, granted
from photonic.worker.supervision.lock import lock_name, runtime_directory
from photonic.worker.supervision.memory import LOOK_SECONDS, MEBIBYTE, Verdict, resident_bytes
from photonic.worker.supervision.ownership import Ownership
from photonic.worker.supervision.process import CameraProcess, Grace
from photonic.worker.supervision.recovery import Recovery
from photonic.worker.supervision.transient_commands import TransientCommands

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from photonic.model.capture_options import CaptureOptions
    from photonic.worker.link.messages import Configure, Event, Profiles
    from photonic.worker.roles import Listener
    from photonic.worker.supervision.bus import Bus
    from photonic.worker.supervision.claims import Claims
    from photonic.worker.supervision.ladder import Decision

__all__ = ["Launch", "Supervisor"]


class Supervisor:
    """Keeps one camera's process alive, and carries out what the recovery ladder decides.

    The first camera that it opens is its camera: another one at the same address is refused. ``bus``: where the camera
    is plugged in; ``None``: as its address says. ``clock`` gives seconds, monotonic. ``lock_directory``: where the
    locks of all cameras of this user are; ``None``: the user's runtime directory. ``capture_grace_seconds``: what a
    capture in flight is given when ``run`` is cancelled. ``claims``: of the cameras beside this one.
    ``shown``: it has shown live view to an earlier supervisor. ``transient``: commands that only concern the present
    process.
    """

    def __init__(
        self,
        launch: Launch,
        listener: Listener,
        *,
        bus: Bus | None = None,
        clock: Callable[[], float] = time.monotonic,
        lock_directory: Path | None = None,
        capture_grace_seconds: float = 1.2,
        claims: Claims | None = None,
        shown: bool = False,
    ) -> None:
        self._launch = launch
        self._listener = listener
        self._clock = clock
        self._ownership = Ownership(launch.configure.address, lock_directory or runtime_directory(), claims)
        self._grace = Grace(capture_seconds=capture_grace_seconds)
        self._process: CameraProcess | None = None
        self._profiles = launch.configure.profiles
        self._preview_wanted = False
        self._failure: CameraError | None = None
        self._wake = asyncio.Event()
        self._bus = bus or launch.bus()
        self._recovery = Recovery(listener, self._bus, clock)
        self._printed = Recurring(clock)
        self._decision: Decision | None = None
        self._excuse: FailureClass | None = None
        self._reopening: asyncio.TimerHandle | None = None
        self._serial: str | None = None
        self._answers = self._refused = self._doubted = False
        self._shown = shown
        self._weigh_at = 0.0
        self.transient = TransientCommands(self._open_process)

    @property
    def pid(self) -> int | None:
        """The process id of the newest camera process; ``None`` before the first was started."""
        return None if self._process is None else self._process.pid

    async def run(self) -> None:
        """Live until cancelled; owned by the caller's task group.

        Cancelled: the camera is left in order, the process is gone within the grace, and reaped.
        """
        try:
            with watched_usb(self._bus) if isinstance(self._bus, UsbBus) else nullcontext():
                await self._lives()
        finally:
            self._process = None
            self._ownership.release()

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

    async def capture(
        self,
        capture_id: str,
        staging: str,
        options: CaptureOptions = PLAIN,
    ) -> None:
        """Take one still; what comes of it goes to the listener before this returns.

        Raises ``CaptureError`` when this capture failed, ``CameraError`` when the camera did.
        """
        answer = self._open_process().request(
            lambda number: Capture(
                request=number,
                capture_id=capture_id,
                staging=staging,
                options=options,
            ),
            CAPTURE_SECONDS,
        )
        try:
            await answer
        except (CameraError, CaptureError) as error:
            # Bulb and a stack's photos without autofocus are more than some cameras have.
            if error.kind is FailureKind.NOT_SUPPORTED and options.bulb_seconds is None and options.autofocus:
                self._doubt(error.reason)
            raise
        self._doubted = False

    def restart(self, reason: str) -> None:
        """Replace the process now; one that carries out a command is killed, and the command fails with ``reason``."""
        if self._process is not None:
            self._replace(self._process, CameraError(reason), now=self._process.busy)
        self._wake.set()

    # The supervisor as its process's receiver.

    def frame(self, captured_us: int, jpeg: bytes | memoryview) -> None:
        """Hand on one frame; it proves that the camera is well."""
        self._shown, self._doubted = True, False
        self._recovery.well()
        self._listener.frame(captured_us, jpeg)

    def event(self, event: Event) -> None:
        """Hand on one event; an open camera has to be ours before anybody hears of it."""
        if isinstance(event, CameraOpened):
            try:
                self._ownership.claim_opened(event.serial)
            except CameraError as error:
                self._excuse = FailureClass.HELD
                if self._process is not None:
                    self._process.kill(error)
                return
        self._listener.event(event)
        match event:
            case CameraOpened():
                self._begin(event)
            case Facts():
                self._answers = True
            case PreviewChanged():
                # A camera without live view proves by its facts that it is well.
                self._refused = event.blocked is not None or event.state == "unsupported"
                self._answers |= self._refused
            case CameraFault(reopenable=True):
                self._lapse()
            case _:
                pass

    def passing(self, now: float) -> None:
        """Look after the process while it lives."""
        if (process := self._process) is None or process.opened is None or not process.usable:
            return
        if self._answers and (self._refused or not (self._preview_wanted and process.opened.live_view)):
            self._recovery.well()
        if now >= self._weigh_at:
            self._weigh_at = now + LOOK_SECONDS
            self._weigh(process)

    # Inside.

    def _open_process(self) -> CameraProcess:
        process = self._process
        if process is not None and process.usable:
            return process
        failure = (process.failure if process is not None else None) or self._failure
        if failure is None:
            raise CameraError("the camera is not open yet", kind=FailureKind.CAMERA_ABSENT)
        raise CameraError(failure.reason, kind=failure.kind, code=failure.code)

    async def _lives(self) -> None:
        while True:
            self._wake.clear()
            self._decision = self._excuse = None
            self._failure, setback = await self._live()
            decision = self._decision or self._recovery.setback(self._failure, setback)
            await self._recovery.wait(decision, self._wake)

    async def _live(self) -> tuple[CameraError, Failure]:
        """One life: why it ended, and how."""
        process = CameraProcess(self, self._clock, self._printed)
        try:
            self._excuse = FailureClass.HELD
            self._ownership.claim()
            self._excuse = None
            self._process = process
            with granted(), private_home() as home:
                failure = await process.run(
                    self._launch.driver,
                    self._configure(),
                    environment=dict(os.environ) | home_environment(home) | dict(self._launch.environment),
                    inherited=self._ownership.descriptors,
                    grace=self._grace,
                )
        except CameraError as error:
            failure = error
        finally:
            if self._reopening is not None:
                self._reopening.cancel()
                self._reopening = None
        failure_class = self._excuse or trouble_of(failure.kind, told=process.told)
        return failure, Failure(failure_class, opening=process.opening, mid_data=process.mid_data)

    def _configure(self) -> Configure:
        configure = self._launch.configure
        serial = configure.expected_serial or self._serial
        return msgspec.structs.replace(configure, profiles=self._profiles, expected_serial=serial)

    def _begin(self, opened: CameraOpened) -> None:
        """The camera is open: from now on it has to be this one."""
        self._answers = self._refused = False
        # One that does not tell its number is known by its address, and may tell it the next time.
        told = opened.serial and lock_name(opened.serial) != lock_name(self._launch.configure.address)
        self._serial = opened.serial if told else None
        self._recovery.opened(self._serial)
        if self._shown and not opened.live_view:
            self._doubt("it has no live view, and had one before")
        if self._preview_wanted and opened.live_view and self._process is not None:
            self._process.post(lambda number: StartPreview(request=number), PREVIEW_SECONDS)

    def _doubt(self, why: str) -> None:
        """What a camera can do is read once, when it is opened; whether that was damaged, only a second reading shows.

        One that says the same again is believed, until it has shown a frame or taken a photo.
        """
        if not self._doubted and self._process is not None and self._process.usable:
            self._doubted = True
            failure = CameraError(f"the camera is opened anew, once, to be asked what it can do ({why})")
            self._replace(self._process, failure, now=False)

    def _lapse(self) -> None:
        """The camera is not open any more, and its process could open it anew: whether it is to."""
        process = self._process
        if process is None or process.failure is None:
            return
        failure = process.failure
        setback = Failure(trouble_of(failure.kind, told=True), reopenable=True, opening=process.opening)
        decision = self._recovery.setback(failure, setback)
        if decision.step is Step.REOPEN:
            loop = asyncio.get_running_loop()
            self._reopening = loop.call_later(decision.wait_seconds, lambda: process.reopen(self._configure()))
        else:
            self._decision = decision
            process.dismiss(failure)

    def _weigh(self, process: CameraProcess) -> None:
        """Replace a process that has grown too large: between captures, and beyond all measure at once."""
        size = 0 if process.pid is None else resident_bytes(process.pid) or 0
        verdict = self._launch.memory.verdict(size)
        if verdict is Verdict.FINE or (verdict is Verdict.RECYCLE and process.busy):
            return
        failure = CameraError(f"the camera process had grown to {size // MEBIBYTE} MB of memory and is replaced")
        self._replace(process, failure, now=verdict is Verdict.KILL)

    def _replace(self, process: CameraProcess, failure: CameraError, *, now: bool) -> None:
        """End a process that is sound, and start another one; ``now``: whatever it is doing."""
        self._excuse = FailureClass.RENEWED
        (process.kill if now else process.dismiss)(failure)
