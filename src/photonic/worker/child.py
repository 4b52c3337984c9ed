"""The camera process: one thread that owns the driver, one that reads commands, one that writes what waits.

Run by a driver's own entry point, ``python -m photonic.drivers.gphoto2 --fd N --parent PID``; exits with 0 after
``Shutdown``, 3 after a fault of the camera, 4 after a fault of its own.
"""

from __future__ import annotations

import argparse
import os
import queue
import signal
import socket
import sys
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from photonic.errors import BadInput, CameraError, CaptureError, FailureKind, ProtocolError
from photonic.worker.ladder import FrameBudget
from photonic.worker.link import LinkDecoder
from photonic.worker.messages import (
    ApplyProfiles,
    Capture,
    CaptureProgress,
    Command,
    Configure,
    Done,
    Failed,
    Fault,
    Idle,
    Shutdown,
    StartPreview,
    StopPreview,
)
from photonic.worker.outbox import LinkOutbox
from photonic.worker.parent import die_with_parent, hold_camera
from photonic.worker.preview import Preview

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from photonic.worker.messages import Event
    from photonic.worker.roles import Driver, Outbox

IDLE_SECONDS = 1.0
FLUSH_SECONDS = 2.0
READ_BYTES = 64 * 1024
CAMERA_FAULT_EXIT = 3
OWN_FAULT_EXIT = 4


class ChildLoop:
    """Carries out commands between frames; the driver's outbox, which it watches for a capture's progress.

    ``clock`` gives seconds of CLOCK_MONOTONIC.
    """

    def __init__(
        self,
        make_driver: Callable[[Outbox], Driver],
        outbox: Outbox,
        commands: queue.SimpleQueue[Command],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._outbox = outbox
        self._commands = commands
        self._clock = clock
        self._driver = make_driver(self)
        self._preview = Preview(self._driver, outbox, FrameBudget(), clock)
        self._held = ExitStack()
        self._open = False
        self._ended = False

    # The outbox that the driver sees.

    def send(self, message: Event) -> None:
        """Say something; a capture's progress is also how long live view pauses."""
        self._outbox.send(message)
        if isinstance(message, CaptureProgress):
            self._preview.pause(message.remaining_seconds)

    def frame(self, captured_us: int, jpeg: bytes) -> None:
        """Show one frame."""
        self._outbox.frame(captured_us, jpeg)

    def calling(self, call: str, limit_seconds: float) -> AbstractContextManager[None]:
        """Announce a library call."""
        return self._outbox.calling(call, limit_seconds)

    # The loop.

    def run(self) -> int:
        """Carry out commands and show frames until ``Shutdown`` or a fault; the process's exit code."""
        try:
            while not self._ended:
                self._take_commands()
                self._preview.step()
                if self._open:
                    self._driver.settle()
        except CameraError as error:
            self._outbox.send(Fault(kind=error.kind, reason=error.reason, code=error.code))
            return CAMERA_FAULT_EXIT
        except Exception as error:  # noqa: BLE001  the parent is told what it was, and replaces this process
            reason = f"the camera driver failed: {type(error).__name__}: {error}"
            self._outbox.send(Fault(kind=FailureKind.CAMERA_FAULT, reason=reason))
            return OWN_FAULT_EXIT
        finally:
            self._leave()
        return 0

    def _leave(self) -> None:
        try:
            if self._open:
                self._driver.close()
        except CameraError as error:
            self._outbox.send(Fault(kind=error.kind, reason=error.reason, code=error.code))
        finally:
            self._held.close()

    def _take_commands(self) -> None:
        try:
            command = self._commands.get(block=not self._preview.wanted, timeout=IDLE_SECONDS)
        except queue.Empty:
            if not self._preview.wanted:
                # A sign of life.
                self._outbox.send(Idle())
            return
        self._carry_out(command)

    def _carry_out(self, command: Command) -> None:
        try:
            self._do(command)
        except BadInput as error:
            self._refuse(command, FailureKind.BAD_INPUT, error.reason, field=error.field, choices=error.choices)
        except CaptureError as error:
            self._refuse(command, error.kind, error.reason)
        except CameraError as error:
            self._refuse(command, error.kind, error.reason, code=error.code)
            if error.kind is not FailureKind.NOT_SUPPORTED:
                raise
        else:
            self._outbox.send(Done(request=command.request))

    def _do(self, command: Command) -> None:
        match command:
            case Configure():
                self._held.enter_context(hold_camera(command.address))
                opened = self._driver.open(command)
                self._open = True
                self._outbox.send(opened)
            case ApplyProfiles():
                self._driver.apply(command.profiles)
            case StartPreview():
                self._preview.start()
            case StopPreview():
                self._preview.stop()
            case Capture():
                try:
                    self._driver.capture(command)
                finally:
                    self._preview.expect()
            case Shutdown():
                self._ended = True

    def _refuse(
        self,
        command: Command,
        kind: FailureKind,
        reason: str,
        *,
        code: int | None = None,
        field: str | None = None,
        choices: Sequence[str] = (),
    ) -> None:
        self._outbox.send(
            Failed(request=command.request, kind=kind, reason=reason, code=code, field=field, choices=tuple(choices))
        )


def read_commands(link: socket.socket, commands: queue.SimpleQueue[Command]) -> None:
    """Queue every command; the end of the link ends the process, whatever its other threads are stuck in."""
    decoder = LinkDecoder[Command](Command)  # pyright: ignore[reportArgumentType]  a union is a type to msgspec
    try:
        while data := link.recv(READ_BYTES):
            for item in decoder.feed(data):
                commands.put(item)  # pyright: ignore[reportArgumentType]  the parent sends no frames
    except (OSError, ProtocolError) as error:
        sys.stderr.write(f"camera process: the link to the parent broke: {error}\n")
    os._exit(0)


def run_child(make_driver: Callable[[Outbox], Driver], argv: Sequence[str]) -> int:
    """Be a camera process with this driver; returns the exit code.

    ``argv`` names the link's descriptor (``--fd``) and the parent's process id (``--parent``).
    """
    parser = argparse.ArgumentParser(prog=argv[0], description="A camera process; photonic's supervisor starts it.")
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--parent", type=int, required=True)
    options = parser.parse_args(argv[1:])
    die_with_parent(options.parent)
    # Ctrl-C goes to the whole group; when to leave the camera is the parent's decision.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    link = socket.socket(fileno=options.fd)
    commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
    threading.Thread(target=read_commands, args=(link, commands), name="link-reader", daemon=True).start()
    outbox = LinkOutbox(link)
    code = ChildLoop(make_driver, outbox, commands).run()
    outbox.close(FLUSH_SECONDS)
    return code
