"""One camera process, from start to reap: it is started, configured, watched and ended. An object is used only once.

It owns three things that end together: the child process, the parent's end of the link, and the table of requests.
Whatever happens first (an orderly exit, a fault, corrupt bytes, a passed deadline, a cancellation), ``failure`` is set
before anything else, every command is answered with it, and ``run`` returns only after the process has been reaped.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from photonic.errors import CameraError, FailureKind, ProtocolError
from photonic.worker.link.codec import Decoder, LinkFrame, message_record
from photonic.worker.link.messages import (
    Calling,
    CameraFault,
    CameraOpened,
    CaptureProgressed,
    Command,
    Configure,
    Done,
    Event,
    Failed,
    Idle,
    Shutdown,
)
from photonic.worker.supervision.deadline import MARGIN_SECONDS, Watch
from photonic.worker.supervision.ladder import TRANSFERS
from photonic.worker.supervision.requests import Pending, Requests

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from photonic.recurring import Recurring
    from photonic.worker.host import Child, Host
    from photonic.worker.roles import Receiver

CONFIGURE_SECONDS = 60.0
"""The library calls inside have limits of their own; this one is for a driver that loops."""

FAULT_SECONDS = 6.0
"""From the report of a fault to the exit of the process, which still tries to close the camera properly."""

REAP_SECONDS = 1.0
CAPTURE_MARGIN_SECONDS = 3.0 + MARGIN_SECONDS
"""Allowance beyond the capture's own deadline: the driver gives up first and restores the settings."""


@dataclass(frozen=True, slots=True)
class Grace:
    """How long a process may take to exit on request; ``capture_seconds``: with a capture in progress."""

    idle_seconds: float = 1.2
    capture_seconds: float = 1.2


class CameraProcess(asyncio.BufferedProtocol):
    """One camera process and the parent's end of its link.

    ``opened``: the open camera; ``None``: none is open. ``failure``: why the process failed, if so. After a
    failure, ``reported``: the process reported it itself; ``opening``: the camera was not open yet; ``mid_data``: a
    call that transfers data was running.

    Args:
        receiver: Receives frames and events.
        host: Starts the process.
        clock: Returns monotonic seconds.
        printed: The lines that earlier processes of this camera have printed.
    """

    def __init__(self, receiver: Receiver, host: Host, clock: Callable[[], float], printed: Recurring) -> None:
        self._receiver = receiver
        self._host = host
        self._printed = printed
        self._clock = clock
        self._decoder: Decoder[Event] = Decoder(Event)
        self._requests = Requests()
        self._watch = Watch(clock())
        self._transport: asyncio.WriteTransport | None = None
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._number = 0
        self._call: str | None = None
        self.pid: int | None = None
        self.failure: CameraError | None = None
        self.reported = self.opening = self.mid_data = False
        self.opened: CameraOpened | None = None

    async def run(
        self,
        driver: str,
        configure: Configure,
        *,
        environment: Mapping[str, str],
        inherited: Sequence[int] = (),
        grace: Grace = Grace(),
    ) -> CameraError:
        """Run the process to its end; returns why it ended. On cancellation it is shut down within the grace period.

        Args:
            driver: Module to run.
            configure: The first command; its request number is ignored.
            environment: The process's environment, complete.
            inherited: Further descriptors that stay open in the process.
            grace: How long it may take to exit on cancellation.

        Raises:
            OSError: The process could not be started.
        """
        try:
            process = await self._host.start(
                driver, self, environment=environment, inherited=inherited, printed=self._printed
            )
        except asyncio.CancelledError:
            self.fail(_shut_down())
            raise
        self.pid = process.pid
        try:
            self.command(msgspec.structs.replace(configure, request=self._next()), CONFIGURE_SECONDS)
            await self._watched()
            self.fail(await self._cause(process))
        except asyncio.CancelledError:
            await self._shut_down(grace)
            raise
        finally:
            self.fail(_shut_down())
            if self._transport is not None:
                self._transport.abort()
            await process.kill()
        return self.failure or CameraError("the camera process ended")

    @property
    def usable(self) -> bool:
        """Whether the camera is open and the process has not failed."""
        return self.opened is not None and self.failure is None

    @property
    def busy(self) -> bool:
        """Whether a command is unanswered."""
        return self._requests.oldest is not None

    def fail(self, failure: CameraError) -> None:
        """Answer every command with this failure, or with an earlier failure of the process."""
        if self.failure is None:
            self.failure = failure
            self.opening = self.opened is None
            self.mid_data = self._call in TRANSFERS
        self._requests.fail(self.failure)
        self._watch.answered()

    def reopen(self, configure: Configure) -> None:
        """Reopen the camera after a failure that allows it."""
        self.failure = self.opened = None
        self.reported = False
        self.command(msgspec.structs.replace(configure, request=self._next()), CONFIGURE_SECONDS)

    def dismiss(self, failure: CameraError) -> None:
        """End the process for this reason; it still tries to close the camera properly."""
        self.fail(failure)
        self.post(lambda number: Shutdown(request=number), FAULT_SECONDS)
        self._watch.ending(FAULT_SECONDS, self._clock())

    def kill(self, failure: CameraError) -> None:
        """Have ``run`` kill the process now, for this reason."""
        self.fail(failure)
        self._end()

    def request(self, make: Callable[[int], Command], limit_seconds: float) -> asyncio.Future[Done]:
        """Send a command; the future gets its answer, or ``BadInput``, ``CaptureError`` or ``CameraError``."""
        answer: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
        self.command(make(self._next()), limit_seconds, answer)
        return answer

    def post(self, make: Callable[[int], Command], limit_seconds: float) -> None:
        """Send a command without waiting for its answer."""
        self.command(make(self._next()), limit_seconds)

    def command(self, command: Command, limit_seconds: float, answer: asyncio.Future[Done] | None = None) -> None:
        """Send a command; its limit counts from its turn, and the process is killed when it passes."""
        pending = Pending(command, limit_seconds, answer)
        self._requests.add(pending)
        if self._requests.oldest is pending:
            self._watch.commanded(pending.name, limit_seconds, self._clock())
        # On uvloop, writing to a closing transport raises; ``connection_lost`` reports the loss anyway.
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(message_record(command))

    # asyncio.BufferedProtocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The link is connected."""
        self._transport = transport  # pyright: ignore[reportAttributeAccessIssue] - a socket's transport writes

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's signature
        """The buffer for the next bytes."""
        return self._decoder.room()

    def buffer_updated(self, nbytes: int) -> None:
        """Bytes have arrived."""
        try:
            items = self._decoder.received(nbytes)
        except ProtocolError as error:
            failure = CameraError(f"the camera process sent corrupt data: {error}")
            failure.__cause__ = error
            self.kill(failure)
            return
        now = self._clock()
        for item in items:
            if isinstance(item, LinkFrame):
                self._watch.heard(now)
                # One that was under way when the process failed does not prove that the camera works.
                if self.failure is None:
                    self._receiver.frame(item.captured_us, item.jpeg)
            else:
                self._on_event(item, now)

    def eof_received(self) -> bool:
        """The process has ended, and everything that it sent has been read."""
        self._end()
        return False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """The link is gone."""
        self._end()

    def _on_event(self, event: Event, now: float) -> None:
        match event:
            case Calling():
                self._call = event.call
                self._watch.calling(event.call, event.limit_seconds, now)
                return
            case Idle():
                self._call = None
                self._watch.idle(now)
                return
            case _:
                self._watch.heard(now)
        match event:
            case Done() | Failed():
                self._requests.answer(event)
                self._next_turn(now)
                return
            case CaptureProgressed():
                if self._requests.capture is not None:
                    self._watch.commanded("Capture", event.remaining_seconds + CAPTURE_MARGIN_SECONDS, now)
            case CameraOpened():
                self.opened = event
            case CameraFault():
                self.reported = self.failure is None
                self.fail(CameraError(event.reason, kind=event.kind, code=event.code))
                if not event.reopenable:
                    self._watch.ending(FAULT_SECONDS, now)
            case _:
                pass
        self._receiver.event(event)

    def _next_turn(self, now: float) -> None:
        if (oldest := self._requests.oldest) is None:
            self._watch.answered()
        else:
            self._watch.commanded(oldest.name, oldest.limit_seconds, now)

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _end(self) -> None:
        if not self._ended.done():
            self._ended.set_result(None)

    async def _watched(self) -> None:
        """Wait for the end; kill the process if it is overdue."""
        while not self._ended.done():
            now = self._clock()
            if (overdue := self._watch.poll(now)) is not None:
                # ``kill`` keeps an earlier failure, which is more specific than this one.
                self.kill(CameraError(f"the camera process {overdue.reason}; it was killed", kind=FailureKind.TIMEOUT))
                return
            self._receiver.tick(now)
            await asyncio.wait([self._ended], timeout=self._watch.wait_seconds(now))

    async def _cause(self, process: Child) -> CameraError:
        """Why the process ended, reported or not."""
        if self.failure is not None:
            return self.failure
        await process.wait(REAP_SECONDS)
        return CameraError(f"the camera process {process.describe_end()}")

    async def _shut_down(self, grace: Grace) -> None:
        if self.failure is not None or self._ended.done() or self._transport is None or self._transport.is_closing():
            return
        grace_seconds = grace.idle_seconds if self._requests.capture is None else grace.capture_seconds
        self.post(lambda number: Shutdown(request=number), grace_seconds)
        self._watch.ending(grace_seconds, self._clock())
        # A second cancellation ends this wait; ``run`` then kills the process.
        await self._watched()


def _shut_down() -> CameraError:
    return CameraError("the camera process was shut down", kind=FailureKind.SHUTTING_DOWN)
