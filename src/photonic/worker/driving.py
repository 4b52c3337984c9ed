"""What the camera process's main thread does: commands first, then a frame, then housekeeping."""

from __future__ import annotations

import time
from enum import Enum
from queue import Empty
from typing import TYPE_CHECKING

import msgspec

from photonic.errors import BadInput, CameraError, CaptureError, FailureKind
from photonic.model.frame import is_whole_jpeg
from photonic.worker.messages import (
    ApplyProfiles,
    CancelCapture,
    Capture,
    CaptureProgress,
    Configure,
    DeleteObject,
    Done,
    Failed,
    FetchObjects,
    Idle,
    ListCard,
    Note,
    PreviewChanged,
    Shutdown,
    StartPreview,
    StopPreview,
)
from photonic.worker.preview import PreviewRecord, Remedy

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from queue import SimpleQueue

    from photonic.worker.messages import Command, Event
    from photonic.worker.outbox import LinkOutbox
    from photonic.worker.roles import Driver, Outbox

IDLE_SECONDS = 1.0
"""Longest pause between two slices of housekeeping, and between two signs of life."""

RESUME_SECONDS = 4.0
"""What live view is given to come back after a capture: the first rung's budget."""

FIRST_PAUSE_SECONDS = 15.0
"""What a capture is given before it names its own deadline."""

STARTING_SECONDS = 4.0
STUCK_SECONDS = 1.5
"""A running live view without a frame for so long is stuck, and started anew on demand."""


class View(Enum):
    """What live view is doing."""

    OFF = "off"
    STARTING = "starting"
    RUNNING = "running"
    PAUSED = "paused"
    RESUMING = "resuming"
    RECOVERING = "recovering"


class DriverLoop:
    """Drives one camera from ``Configure`` to ``Shutdown``. ``clock`` gives seconds of CLOCK_MONOTONIC."""

    def __init__(
        self,
        make_driver: Callable[[Outbox], Driver],
        outbox: LinkOutbox,
        commands: SimpleQueue[Command],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._make_driver = make_driver
        self._outbox = outbox
        self._commands = commands
        self._clock = clock
        self._driver: Driver | None = None
        self._closed = False
        self._cancelled: set[str] = set()
        self._view = View.OFF
        self._since = clock()
        self._record = PreviewRecord(clock())

    # The driver's outbox: the link's, with one thing more: a capture's deadline is live view's too.

    def send(self, message: Event) -> None:
        """Say something to the parent."""
        self._outbox.send(message)
        if isinstance(message, CaptureProgress) and self._view is View.PAUSED:
            self._tell_pause(message.remaining_seconds + RESUME_SECONDS)

    def frame(self, captured_us: int, jpeg: bytes) -> None:
        """Hand over a JPEG."""
        self._outbox.frame(captured_us, jpeg)

    def calling(self, call: str, limit_seconds: float) -> AbstractContextManager[None]:
        """Announce a library call."""
        return self._outbox.calling(call, limit_seconds)

    def run(self) -> None:
        """Carry out commands until ``Shutdown``. Raises ``CameraError`` when the camera is of no more use."""
        driver = self._open()
        if driver is None:
            return
        while True:
            command = self._next_command()
            if isinstance(command, Shutdown):
                self.close()
                self._outbox.send(Done(request=command.request))
                return
            if command is not None:
                self._carry_out(driver, command)
                continue
            if self._view is not View.OFF:
                self._attempt(driver)
            driver.settle()
            if self._outbox.silent_seconds >= IDLE_SECONDS:
                self._outbox.send(Idle())

    def close(self) -> None:
        """Leave the camera in order, once; an error on the way is told and ends nothing more."""
        if self._driver is None or self._closed:
            return
        self._closed = True
        try:
            self._driver.close()
        except Exception as error:  # noqa: BLE001 - the process ends anyway, with the reason that it has
            self._outbox.send(Note(level="warning", text=f"the camera was not left in order: {error}"))

    def _open(self) -> Driver | None:
        command = self._commands.get()
        if not isinstance(command, Configure):
            # Ended before it began.
            self._outbox.send(Done(request=command.request))
            return None
        self._driver = driver = self._make_driver(self)
        try:
            opened = driver.open(msgspec.structs.replace(command, profiles=None))
        except BadInput as error:
            raise CameraError(error.reason, kind=FailureKind.BAD_INPUT) from error
        if command.profiles is not None:
            self._hold(driver, command)
        self._outbox.send(opened)
        self._outbox.send(Done(request=command.request))
        return driver

    def _hold(self, driver: Driver, command: Configure) -> None:
        """Settings from before must not keep the camera out: another body, or another mode, may not know them."""
        try:
            if command.profiles is not None:
                driver.apply(command.profiles)
        except BadInput as error:
            text = f"the settings were not taken: {error.reason}; the camera's own are in force"
            self._outbox.send(Note(level="warning", text=text))

    def _next_command(self) -> Command | None:
        try:
            if self._view is not View.OFF:
                return self._commands.get_nowait()
            return self._commands.get(timeout=IDLE_SECONDS)
        except Empty:
            return None

    def _carry_out(self, driver: Driver, command: Command) -> None:
        """Do what the command says, and answer it; a ``CameraError`` is not answered here: the parent does."""
        try:
            self._do(driver, command)
        except BadInput as error:
            answer = Failed(
                request=command.request,
                kind=FailureKind.BAD_INPUT,
                reason=error.reason,
                field=error.field,
                choices=error.choices,
            )
        except CaptureError as error:
            answer = Failed(request=command.request, kind=error.kind, reason=error.reason)
        except CameraError as error:
            if error.kind is not FailureKind.NOT_SUPPORTED:
                raise
            answer = Failed(request=command.request, kind=error.kind, reason=error.reason, code=error.code)
        else:
            answer = Done(request=command.request)
        self._outbox.send(answer)

    def _do(self, driver: Driver, command: Command) -> None:
        match command:
            case StartPreview():
                self._start(driver)
            case StopPreview():
                driver.stop_preview()
                self._show(View.OFF)
            case ApplyProfiles():
                driver.apply(command.profiles)
            case Capture():
                self._capture(driver, command)
            case CancelCapture():
                self._cancelled.add(command.capture_id)
            case ListCard():
                self._outbox.send(driver.list_card())
            case FetchObjects():
                driver.fetch(command.objects, command.staging)
            case DeleteObject():
                driver.delete(command.object)
            case Configure() | Shutdown():
                raise BadInput(f"{type(command).__name__} has its own time, and this is not it")

    def _start(self, driver: Driver) -> None:
        """Live view on; one that is healthy is left alone."""
        waited = self._clock() - self._since
        if self._view in {View.STARTING, View.RESUMING, View.RECOVERING} and waited < STARTING_SECONDS:
            return
        if self._view is View.RUNNING and waited < STUCK_SECONDS:
            return
        self._show(View.STARTING)
        self._record = PreviewRecord(self._clock())
        try:
            driver.start_preview()
        except CameraError as error:
            if error.kind is FailureKind.NOT_SUPPORTED:
                self._view = View.OFF
                self._outbox.send(PreviewChanged(state="unsupported", reason=error.reason))
            raise

    def _capture(self, driver: Driver, command: Capture) -> None:
        def cancelled() -> bool:
            return command.capture_id in self._cancelled

        if self._view is View.OFF:
            driver.capture(command, cancelled)
            return
        self._view = View.PAUSED
        self._tell_pause(FIRST_PAUSE_SECONDS)
        self._record.paused(self._clock())
        try:
            driver.capture(command, cancelled)
        finally:
            self._record.resumed(self._clock())
            self._view, self._since = View.RESUMING, self._clock()
            self._tell_pause(RESUME_SECONDS)

    def _attempt(self, driver: Driver) -> None:
        """One attempt for one frame, and what follows from it."""
        jpeg = driver.preview()
        now = self._clock()
        if jpeg is not None and is_whole_jpeg(jpeg):
            self._record.fresh(now)
            if self._view is not View.RUNNING:
                self._show(View.RUNNING)
            self._since = now
            self._outbox.frame(round(now * 1_000_000), jpeg)
            return
        match self._record.failed(now):
            case Remedy.RETRY:
                pass
            case Remedy.RESTART:
                self._show(View.RECOVERING, "the camera gave no valid frame: live view is started anew")
                driver.start_preview()
                self._record.resumed(self._clock())
            case Remedy.GIVE_UP:
                raise CameraError("the camera gave no valid frame, although live view was started anew")

    def _show(self, view: View, reason: str | None = None) -> None:
        self._view, self._since = view, self._clock()
        self._outbox.send(PreviewChanged(state=view.value, reason=reason))

    def _tell_pause(self, resume_by_seconds: float) -> None:
        self._outbox.send(PreviewChanged(state="paused", reason="capture", resume_by_seconds=resume_by_seconds))
