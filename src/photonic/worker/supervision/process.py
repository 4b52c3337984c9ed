"""One life of a camera process: started, configured, watched, ended, reaped. Used once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

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
from photonic.worker.supervision.spawn import spawn

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping, Sequence

    from photonic.recurring import Recurring
    from photonic.worker.supervision.spawn import ChildProcess

CONFIGURE_SECONDS = 60.0
"""The calls in it have limits of their own; this one is for a driver that goes round in circles."""

FAULT_SECONDS = 6.0
"""From the word of a fault to the end of the process: it still tries to leave the camera in order."""

REAP_SECONDS = 1.0
CAPTURE_MARGIN_SECONDS = 3.0 + MARGIN_SECONDS
"""What a capture has beyond its own deadline: the driver gives up first, and puts the settings back."""


@dataclass(frozen=True, slots=True)
class Grace:
    """What a process is given to end by itself; ``capture_seconds`` when a capture is in flight."""

    idle_seconds: float = 1.2
    capture_seconds: float = 1.2


class Receiver(Protocol):
    """Who gets what one camera process says: the part of a ``Listener`` that one life has a use for."""

    def frame(self, captured_us: int, jpeg: bytes | memoryview) -> None:
        """See ``Listener.frame``."""
        ...

    def event(self, event: Event) -> None:
        """See ``Listener.event``."""
        ...

    def passing(self, now: float) -> None:
        """Time passes: called several times a second while the process lives."""
        ...


class CameraProcess(asyncio.BufferedProtocol):
    """One camera process and the parent's end of its link.

    When it has failed, ``failure`` says why; ``told``: it said so; ``opening``, ``mid_data``: what it was doing.
    """

    def __init__(self, receiver: Receiver, clock: Callable[[], float], printed: Recurring | None = None) -> None:
        self._receiver = receiver
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
        self.told = self.opening = self.mid_data = False
        self.opened: CameraOpened | None = None

    # What the supervisor does with it.

    async def run(
        self,
        driver: str,
        configure: Configure,
        *,
        environment: Mapping[str, str],
        inherited: Sequence[int] = (),
        grace: Grace = Grace(),
    ) -> CameraError:
        """Live one life; why it ended. ``inherited`` descriptors stay open in the process.

        Cancelled, it shuts the process down, and kills it after the ``grace``. However this ends, the process has been
        reaped and every command answered. Raises ``OSError`` when the process could not be started.
        """
        process, link = spawn(driver, environment, inherited, self._printed)
        self.pid = process.pid
        try:
            await self._connect(link)
            self.command(msgspec.structs.replace(configure, request=self._next()), CONFIGURE_SECONDS)
            await self._watched()
            self.fail(await self._cause(process))
        except asyncio.CancelledError:
            await self._shut_down(grace)
            raise
        finally:
            self.fail(CameraError("the camera process was shut down", kind=FailureKind.SHUTTING_DOWN))
            if self._transport is not None:
                self._transport.abort()
            else:
                link.close()
            await process.kill()
        return self.failure or CameraError("the camera process ended")

    @property
    def usable(self) -> bool:
        """Whether the camera is open and nothing is wrong yet."""
        return self.opened is not None and self.failure is None

    @property
    def busy(self) -> bool:
        """Whether a command is being carried out."""
        return self._requests.oldest is not None

    def fail(self, failure: CameraError) -> None:
        """Take ``failure`` for the reason of this life's end, if it is the first, and answer every command with it."""
        if self.failure is None:
            self.failure = failure
            self.opening = self.opened is None
            self.mid_data = self._call in TRANSFERS
        self._requests.fail(self.failure)
        self._watch.answered()

    def reopen(self, configure: Configure) -> None:
        """After a failure that allows it: have the camera opened anew."""
        self.failure = self.opened = None
        self.told = False
        self.command(msgspec.structs.replace(configure, request=self._next()), CONFIGURE_SECONDS)

    def dismiss(self, failure: CameraError) -> None:
        """End this life for this reason, leaving the camera in order as far as that goes."""
        self.fail(failure)
        self.post(lambda number: Shutdown(request=number), FAULT_SECONDS)
        self._watch.ending(FAULT_SECONDS, self._clock())

    def kill(self, failure: CameraError) -> None:
        """End this life now, for this reason; ``run`` does the rest."""
        self.fail(failure)
        self._end()

    async def _connect(self, link: socket.socket) -> None:
        try:
            await asyncio.get_running_loop().create_unix_connection(lambda: self, sock=link)
        except asyncio.CancelledError:
            # uvloop has closed the transport by then, and it does not say so.
            self._transport = None
            raise

    def request(self, make: Callable[[int], Command], limit_seconds: float) -> asyncio.Future[Done]:
        """Send a command; the future is its answer: ``BadInput``, ``CaptureError``, ``CameraError``."""
        answer: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
        self.command(make(self._next()), limit_seconds, answer)
        return answer

    def post(self, make: Callable[[int], Command], limit_seconds: float) -> None:
        """Send a command whose answer nobody waits for."""
        self.command(make(self._next()), limit_seconds)

    def command(self, command: Command, limit_seconds: float, answer: asyncio.Future[Done] | None = None) -> None:
        """Send a command; its limit counts from its turn, and passing it ends the process."""
        pending = Pending(command, limit_seconds, answer)
        self._requests.add(pending)
        if self._requests.oldest is pending:
            self._watch.commanded(pending.name, limit_seconds, self._clock())
        # On uvloop, writing to a transport that is closing raises; its loss is reported on its own.
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(message_record(command))

    # asyncio.BufferedProtocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The link is there."""
        self._transport = transport  # pyright: ignore[reportAttributeAccessIssue] - a socket's transport writes

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's signature
        """Where the next bytes go."""
        return self._decoder.room()

    def buffer_updated(self, nbytes: int) -> None:
        """Bytes have come."""
        try:
            items = self._decoder.received(nbytes)
        except ProtocolError as error:
            failure = CameraError(f"the camera process is corrupt: {error}")
            failure.__cause__ = error
            self.kill(failure)
            return
        now = self._clock()
        for item in items:
            if isinstance(item, LinkFrame):
                self._watch.heard(now)
                self._receiver.frame(item.captured_us, item.jpeg)
            else:
                self._take(item, now)

    def eof_received(self) -> bool:
        """The process has ended, and all that it said has been read."""
        self._end()
        return False

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """The link is gone."""
        self._end()

    # Inside.

    def _take(self, event: Event, now: float) -> None:
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
                self.told = self.failure is None
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
        """Wait for the end; bring it about when something is overdue."""
        while not self._ended.done():
            now = self._clock()
            if (overdue := self._watch.look(now)) is not None:
                # A fault that was told says more than how long its end took.
                self.kill(CameraError(f"the camera process {overdue.reason}; it was killed", kind=FailureKind.TIMEOUT))
                return
            self._receiver.passing(now)
            await asyncio.wait([self._ended], timeout=self._watch.wait_seconds(now))

    async def _cause(self, process: ChildProcess) -> CameraError:
        """Why the process ended when it has not said so."""
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
        # A second cancellation comes through here, and leaves the rest to SIGKILL.
        await self._watched()
