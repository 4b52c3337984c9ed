"""The main loop of the camera process: commands first, then a frame, then housekeeping."""

from __future__ import annotations

from queue import Empty
from typing import TYPE_CHECKING

import msgspec

from photonic.errors import BadInput, CameraError, CaptureError, FailureKind
from photonic.worker.child.cancellation import Cancellations
from photonic.worker.child.viewing import Viewing
from photonic.worker.link.card_messages import DeleteObject, FetchObjects, ListCard
from photonic.worker.link.messages import (
    ApplyProfiles,
    CameraFault,
    CancelCapture,
    Capture,
    CaptureProgressed,
    Configure,
    Done,
    Failed,
    Idle,
    Note,
    Shutdown,
    StartPreview,
    StopPreview,
)
from photonic.worker.link.setting_messages import ChangeSettings, Focus, LookAt, ReadSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from queue import SimpleQueue

    from photonic.worker.child.sender import LinkSender
    from photonic.worker.link.messages import Command, Event, Profiles, Result
    from photonic.worker.roles import Driver, ParentLink

IDLE_SECONDS = 1.0
"""Longest pause between two slices of housekeeping, and between two signs of life."""

FIRST_WAIT_SECONDS = 0.1
"""How long to wait for a first command after opening; then housekeeping sends the facts that prove the camera works."""


class DriverLoop:
    """Drives one camera from ``Configure`` to ``Shutdown``, with a new driver after each failure that allows it.

    It is the ``ParentLink`` of its drivers: it forwards to the link, and passes on to live view what affects it.

    Args:
        make_driver: Creates a driver for a link to the parent.
        outbox: Sends to the parent.
        commands: The commands of the parent.
        clock: Returns seconds of CLOCK_MONOTONIC.
    """

    def __init__(
        self,
        make_driver: Callable[[ParentLink], Driver],
        outbox: LinkSender,
        commands: SimpleQueue[Command],
        *,
        clock: Callable[[], float],
    ) -> None:
        self._make_driver = make_driver
        self._outbox = outbox
        self._commands = commands
        self._clock = clock
        self._driver: Driver | None = None
        self._closed = False
        self._cancelled = Cancellations()
        self._viewing = Viewing(outbox, clock)

    def send(self, message: Event) -> None:
        """Send a message to the parent; a capture's new deadline also extends the pause of live view."""
        self._outbox.send(message)
        if isinstance(message, CaptureProgressed):
            self._viewing.on_capture_deadline(message.remaining_seconds)

    def frame(self, captured_us: int, jpeg: bytes) -> None:
        """Send a frame that the driver got while a capture is in progress."""
        self._viewing.on_frame_during_capture()
        self._outbox.frame(captured_us, jpeg)

    def calling(self, call: str, limit_seconds: float) -> AbstractContextManager[None]:
        """Announce a library call."""
        return self._outbox.calling(call, limit_seconds)

    def cancel(self, capture_id: str) -> None:
        """Cancel a capture if its shutter has not fired; called in the link's thread."""
        self._cancelled.add(capture_id)

    def run(self) -> None:
        """Execute commands until ``Shutdown``.

        Raises ``CameraError`` if the camera failed and cannot be reopened in this process.
        """
        while (configure := self._configured()) is not None:
            try:
                self._drive(self._open(configure))
            except CameraError as error:
                if self._driver is None or not self._driver.reopenable(error):
                    raise
                self._outbox.send(CameraFault(kind=error.kind, reason=error.reason, code=error.code, reopenable=True))
                self.close()
                self._viewing.reset()
            else:
                return

    def close(self) -> None:
        """Close the camera, once; an error is reported and otherwise ignored."""
        if self._driver is None or self._closed:
            return
        self._closed = True
        try:
            self._driver.close()
        except Exception as error:  # noqa: BLE001 - the process is ending anyway, for another reason
            self._outbox.send(Note(level="warning", text=f"the camera was not closed properly: {error}"))

    def _configured(self) -> Configure | None:
        """Wait for the command to open the camera; ``None``: shut down instead."""
        while True:
            try:
                command = self._commands.get(timeout=IDLE_SECONDS)
            except Empty:
                self._outbox.send(Idle())
                continue
            match command:
                case Configure():
                    return command
                case Shutdown():
                    self._outbox.send(Done(request=command.request))
                    return None
                case _:
                    # The parent sent it before it received the fault.
                    reason = "the camera is not open"
                    self._outbox.send(Failed(request=command.request, kind=FailureKind.CAMERA_FAULT, reason=reason))

    def _open(self, command: Configure) -> Driver:
        self._driver = driver = self._make_driver(self)
        self._closed = False
        try:
            opened = driver.open(msgspec.structs.replace(command, profiles=None))
        except BadInput as error:
            raise CameraError(error.reason, kind=FailureKind.BAD_INPUT) from error
        if command.profiles is not None:
            self._apply_profiles(driver, command.profiles)
        self._outbox.send(opened)
        self._outbox.send(Done(request=command.request))
        return driver

    def _drive(self, driver: Driver) -> None:
        wait_seconds = FIRST_WAIT_SECONDS
        while True:
            command = self._next_command(wait_seconds)
            wait_seconds = IDLE_SECONDS
            if isinstance(command, Shutdown):
                self.close()
                self._outbox.send(Done(request=command.request))
                return
            if command is not None:
                self._execute(driver, command)
                continue
            if self._viewing.due:
                self._viewing.attempt(driver)
            driver.settle()
            if self._outbox.silent_seconds >= IDLE_SECONDS:
                self._outbox.send(Idle())

    def _apply_profiles(self, driver: Driver, profiles: Profiles) -> None:
        """Apply the profiles if the camera accepts them: another body, or another mode, may not know the settings."""
        try:
            driver.apply(profiles)
        except BadInput as error:
            text = f"the camera rejected the profile: {error.reason}; the camera keeps its own settings"
            self._outbox.send(Note(level="warning", text=text))

    def _next_command(self, wait_seconds: float) -> Command | None:
        try:
            if self._viewing.due:
                return self._commands.get_nowait()
            return self._commands.get(timeout=wait_seconds)
        except Empty:
            return None

    def _execute(self, driver: Driver, command: Command) -> None:
        """Execute the command and send the answer; after a ``CameraError`` the parent itself answers every command."""
        try:
            result = self._do(driver, command)
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
            answer = Done(request=command.request, result=result)
        self._outbox.send(answer)

    def _do(self, driver: Driver, command: Command) -> Result | None:
        """Execute the command; returns its result."""
        match command:
            case StartPreview():
                self._viewing.start(driver)
            case StopPreview():
                self._viewing.stop(driver)
            case ApplyProfiles():
                driver.apply(command.profiles)
            case Capture():
                self._capture(driver, command)
            case CancelCapture():
                # It took effect when it arrived: see ``cancel``.
                pass
            case ReadSettings() | ChangeSettings() | Focus() | LookAt():
                return self._adjust(driver, command)
            case ListCard():
                return driver.list_card()
            case FetchObjects():
                return driver.fetch(command.objects, command.staging)
            case DeleteObject():
                driver.delete(command.object)
            case Configure() | Shutdown():
                raise BadInput(f"{type(command).__name__} is not allowed while the camera is open")
        return None

    def _adjust(self, driver: Driver, command: ReadSettings | ChangeSettings | Focus | LookAt) -> Result | None:
        if isinstance(command, LookAt):
            driver.look(command)
            return None
        if isinstance(command, Focus):
            driver.focus(command.action, command.size, command.steps)
            return None
        if isinstance(command, ChangeSettings):
            driver.change(command.values)
        return driver.settings()

    def _capture(self, driver: Driver, command: Capture) -> None:
        try:
            with self._viewing.pause():
                driver.capture(command, lambda: command.capture_id in self._cancelled)
        finally:
            self._cancelled.discard(command.capture_id)
