"""Keeps one camera's process running: spawn, watch, kill, respawn.

Theory of operation: a supervisor runs a chain of camera processes, never two at a time. ``_live`` runs one from spawn
to reap, and the next one starts only after ``Recovery`` has decided how and when. Everything happens in one event loop,
so there are no locks; the interleavings that matter are those at an ``await``. What holds:

- ``_process`` is the newest process. Once its ``failure`` is set it is not ``usable``: all its commands are answered,
  and a new one raises the failure, until ``reopen`` clears it.
- Each failure is decided exactly once: by ``_session_lost`` if the process can reopen the camera, otherwise at the end
  of ``_live``. A decision that ``_session_lost`` made but its process cannot carry out is kept in ``_decision``.
- ``_cause`` is the failure class if the supervisor itself ends a process (memory, a doubtful reading, a foreign lock).
  It takes precedence over the error, because a process that was killed on purpose has not hung.
- The supervisor keeps what a later process has to restore: ``_profiles``, ``_preview_wanted`` and the serial number;
  ``transient`` commands end with their process. ``_preview_wanted`` is set only once ``StartPreview`` is answered:
  after an error the caller decides whether to retry.

What can interleave: a command can fail because its process dies while it waits; ``restart`` can come at any time, even
during the wait between two processes, which it cuts short; the timer of a reopening can fire after the process died,
so ``_live`` cancels it at its end. Time limits are left to ``CameraProcess``, which kills an overdue process.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import msgspec

from photonic.errors import CameraError, CaptureError, FailureKind
from photonic.machine.environment import of_child
from photonic.model.capture_options import PLAIN
from photonic.recurring import Recurring
from photonic.worker.link.limits import APPLY_SECONDS, CAPTURE_SECONDS, PREVIEW_SECONDS
from photonic.worker.link.messages import (
    ApplyProfiles,
    CameraFault,
    CameraOpened,
    Capture,
    StartPreview,
    StopPreview,
)
from photonic.worker.supervision.health import SignsOfLife
from photonic.worker.supervision.home import home_environment
from photonic.worker.supervision.ladder import Failure, FailureClass, Step, classify
from photonic.worker.supervision.launch import granted
from photonic.worker.supervision.memory import MemoryWatch
from photonic.worker.supervision.ownership import Ownership
from photonic.worker.supervision.plug_watch import PlugWatch
from photonic.worker.supervision.process import CameraProcess, Grace
from photonic.worker.supervision.recovery import Recovery
from photonic.worker.supervision.transient_commands import TransientCommands

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.model.capture_options import ArrivedPhoto, CaptureOptions
    from photonic.worker.host import Host
    from photonic.worker.link.messages import Configure, Event, Profiles
    from photonic.worker.roles import Listener
    from photonic.worker.supervision.bus import Bus
    from photonic.worker.supervision.claims import Claims
    from photonic.worker.supervision.ladder import Decision
    from photonic.worker.supervision.launch import Launch


class Supervisor:
    """Keeps one camera's process running, and carries out what the recovery ladder decides.

    The first camera that it opens is its camera: another one at the same address is refused.

    Args:
        launch: How the camera process is started.
        listener: Receives frames, events, failures and recovery.
        host: Starts the camera processes, and has the camera locks.
        clock: Returns monotonic seconds.
        bus: Where the camera is plugged in; ``None``: according to its address.
        capture_grace_seconds: How long a capture in progress may take to finish when ``run`` is cancelled.
        claims: The claims of all cameras of this service; ``None``: there is no other camera.
        shown: The camera has shown live view to an earlier supervisor.
    """

    def __init__(
        self,
        launch: Launch,
        listener: Listener,
        *,
        host: Host,
        clock: Callable[[], float],
        bus: Bus | None = None,
        capture_grace_seconds: float = 1.2,
        claims: Claims | None = None,
        shown: bool = False,
    ) -> None:
        self._launch = launch
        self._listener = listener
        self._host = host
        self._clock = clock
        self._ownership = Ownership(launch.configure.address, host.lock_directory(), claims)
        self._grace = Grace(capture_seconds=capture_grace_seconds)
        self._process: CameraProcess | None = None
        self._profiles = launch.configure.profiles
        self._preview_wanted = False
        self._error: CameraError | None = None
        self._wake = asyncio.Event()
        bus = bus or launch.bus()
        self._recovery = Recovery(listener, bus, clock)
        self._plug_watch = PlugWatch(bus, self._recovery, lambda: self._process)
        self._printed = Recurring(clock)
        self._decision: Decision | None = None
        self._cause: FailureClass | None = None
        self._reopening: asyncio.TimerHandle | None = None
        self._health = SignsOfLife(shown=shown)
        self._memory = MemoryWatch(launch.memory, host.resident_bytes)
        self.transient = TransientCommands(self._open_process)

    @property
    def pid(self) -> int | None:
        """The process id of the newest camera process; ``None``: none has been started."""
        return None if self._process is None else self._process.pid

    async def run(self) -> None:
        """Supervise until cancelled; to be run in the caller's task group.

        On cancellation the camera is closed properly, and the process is reaped within the grace period.
        """
        try:
            async with self._plug_watch.running():
                await self._run_processes()
        finally:
            self._process = None
            self._ownership.release()

    async def start_preview(self) -> None:
        """Start live view, or restart it if it is stuck; later processes also start it. Raises ``CameraError``."""
        await self._open_process().request(lambda number: StartPreview(request=number), PREVIEW_SECONDS)
        self._preview_wanted = True

    async def stop_preview(self) -> None:
        """Stop live view, also for later processes. Raises ``CameraError``."""
        self._preview_wanted = False
        await self._open_process().request(lambda number: StopPreview(request=number), PREVIEW_SECONDS)

    async def apply(self, profiles: Profiles) -> None:
        """Hold these settings, also in later processes. Raises ``BadInput`` (nothing was changed), ``CameraError``."""
        await self._open_process().request(
            lambda number: ApplyProfiles(request=number, profiles=profiles), APPLY_SECONDS
        )
        self._profiles = profiles

    async def capture(
        self, capture_id: str, staging: str, options: CaptureOptions = PLAIN, earlier: ArrivedPhoto | None = None
    ) -> None:
        """Take one still; the listener has received its files when this returns.

        Args:
            capture_id: Names the capture in the events about it.
            staging: Absolute path of the folder for its files.
            options: How to take it.
            earlier: A photo that arrived from this camera; ``None``: unknown.

        Raises ``CaptureError`` if this capture failed, ``CameraError`` if the camera did.
        """

        def command(number: int) -> Capture:
            return Capture(request=number, capture_id=capture_id, staging=staging, options=options, earlier=earlier)

        process = self._open_process()
        try:
            await process.request(command, CAPTURE_SECONDS)
        except (CameraError, CaptureError) as error:
            # Some cameras support neither bulb exposures nor captures without autofocus: then the reading was correct.
            if error.kind is FailureKind.NOT_SUPPORTED and options.bulb_seconds is None and options.autofocus:
                self._health.doubt(error.reason)
                self._recheck_abilities()
            raise
        self._health.on_captured()

    def restart(self, reason: str) -> None:
        """Replace the process now; a busy one is killed, and its commands fail with ``reason``."""
        if self._process is not None:
            self._replace(self._process, CameraError(reason), now=self._process.busy)
        self._wake.set()

    def frame(self, captured_us: int, jpeg: bytes | memoryview) -> None:
        """Forward one frame; it proves that the camera works."""
        self._health.on_frame()
        self._recovery.on_healthy()
        self._listener.frame(captured_us, jpeg)

    def event(self, event: Event) -> None:
        """Forward one event; a ``CameraOpened`` only if no other supervisor has claimed the camera."""
        if isinstance(event, CameraOpened):
            try:
                self._ownership.claim_opened(event.serial)
            except CameraError as error:
                self._cause = FailureClass.HELD
                if self._process is not None:
                    self._process.kill(error)
                return
        self._listener.event(event)
        self._health.on_event(event)
        if isinstance(event, CameraOpened):
            self._camera_opened(event)
        elif isinstance(event, CameraFault) and event.reopenable:
            self._session_lost()
        self._recheck_abilities()

    def tick(self, now: float) -> None:
        """Check the health and the memory of the running process."""
        self._plug_watch.check()
        if (process := self._process) is None or process.opened is None or not process.usable:
            return
        if self._health.proved(preview_expected=self._preview_wanted and process.opened.live_view):
            self._health.confirm_serial()
            self._recovery.on_healthy()
        self._recheck_abilities()
        if (replacement := self._memory.check(process.pid, busy=process.busy, now=now)) is not None:
            self._replace(process, replacement.error, now=replacement.now)

    def _open_process(self) -> CameraProcess:
        process = self._process
        if process is not None and process.usable:
            return process
        error = (process.failure if process is not None else None) or self._error
        if error is None:
            raise CameraError("the camera is not open yet", kind=FailureKind.CAMERA_ABSENT)
        raise CameraError(error.reason, kind=error.kind, code=error.code)

    async def _run_processes(self) -> None:
        while True:
            self._wake.clear()
            self._decision = self._cause = None
            self._error, failure = await self._live()
            decision = self._decision or self._recovery.on_failure(self._error, failure)
            await self._recovery.wait(decision, self._wake)

    async def _live(self) -> tuple[CameraError, Failure]:
        """Run one process to its end; returns why it ended, for people and for the ladder."""
        process = CameraProcess(self, self._host, self._clock, self._printed)
        try:
            self._cause = FailureClass.HELD
            self._ownership.claim()
            self._cause = None
            self._process = process
            with granted(), self._host.home() as home:
                error = await process.run(
                    self._launch.driver,
                    self._configure(),
                    environment=of_child(os.environ) | home_environment(home) | dict(self._launch.environment),
                    inherited=self._ownership.descriptors,
                    grace=self._grace,
                )
        except CameraError as refusal:
            error = refusal
        finally:
            if self._reopening is not None:
                self._reopening.cancel()
                self._reopening = None
        failure_class = self._cause or classify(error.kind, reported=process.reported)
        return error, Failure(failure_class, opening=process.opening, mid_data=process.mid_data)

    def _configure(self) -> Configure:
        configure = self._launch.configure
        serial = configure.expected_serial or self._health.serial
        return msgspec.structs.replace(configure, profiles=self._profiles, expected_serial=serial)

    def _camera_opened(self, opened: CameraOpened) -> None:
        """Remember the camera: once it has proved to work, later processes accept no other one."""
        self._health.reported_serial = self._ownership.reported_serial(opened.serial)
        self._recovery.opened(self._health.reported_serial, opened.usb_port)
        if self._preview_wanted and opened.live_view and self._process is not None:
            self._process.post(lambda number: StartPreview(request=number), PREVIEW_SECONDS)

    def _recheck_abilities(self) -> None:
        """Replace the process to read the camera's abilities again, if they are doubtful (see ``SignsOfLife``)."""
        process = self._process
        if process is None or not process.usable or process.busy:
            return
        if (why := self._health.recheck(self._clock())) is not None:
            self._replace(process, CameraError(f"reopening the camera to read its abilities again ({why})"), now=False)

    def _session_lost(self) -> None:
        """The camera is closed, but its process could reopen it: decide whether it should."""
        process = self._process
        if process is None or process.failure is None:
            return
        error = process.failure
        failure = Failure(classify(error.kind, reported=True), reopenable=True, opening=process.opening)
        decision = self._recovery.on_failure(error, failure)
        if decision.step is Step.REOPEN:
            loop = asyncio.get_running_loop()
            self._reopening = loop.call_later(decision.wait_seconds, lambda: process.reopen(self._configure()))
        else:
            self._decision = decision
            process.dismiss(error)

    def _replace(self, process: CameraProcess, error: CameraError, *, now: bool) -> None:
        """End a healthy process, to be followed by another one; ``now``: even if it is busy."""
        self._cause = FailureClass.RENEWED
        (process.kill if now else process.dismiss)(error)
