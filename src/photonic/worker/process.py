"""One life of a camera process, seen from its parent; used once."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from photonic.errors import BadInput, CameraError, CaptureError, FailureKind, PhotonicError, ProtocolError
from photonic.worker.deadline import Deadline
from photonic.worker.link import LinkDecoder, LinkFrame, encode_message
from photonic.worker.messages import Calling, Capture, Done, Event, Failed, Fault, Idle, Opened, Shutdown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from photonic.worker.messages import Command, Configure
    from photonic.worker.roles import Listener

BUFFER_BYTES = 1024 * 1024
"""Asked of the kernel for the child's side of the link, so that a whole frame leaves without waiting."""

LOOK_SECONDS = 0.25
EXIT_SECONDS = 3.0
"""From a child's fault, or the end of its link, to its own end."""

TAIL_BYTES = 2000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Launch:
    """How a camera process is started.

    ``driver`` is a module with an entry point; ``configure`` the first command (its request number is set anew);
    ``environment`` is added to the parent's.
    """

    driver: str
    configure: Configure
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


class CameraProcess(asyncio.Protocol):
    """Starts the process, takes what it says, watches its deadline, and makes sure that it is gone in the end.

    Every request is answered: by the process, or with ``CameraError`` when it ends.
    """

    def __init__(self, launch: Launch, listener: Listener, clock: Callable[[], float]) -> None:
        self._launch = launch
        self._listener = listener
        self._clock = clock
        self._deadline = Deadline(clock())
        self._decoder = LinkDecoder[Event](Event)  # pyright: ignore[reportArgumentType]  a union is a type to msgspec
        self._requests: dict[int, tuple[Command, asyncio.Future[None]]] = {}
        self._number = 0
        self._transport: asyncio.Transport | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._fault: CameraError | None = None
        self._over: asyncio.Future[CameraError] = asyncio.get_running_loop().create_future()
        self._told = b""
        self._leaving = False
        self.opened_at: float | None = None

    @property
    def pid(self) -> int | None:
        """The child's process id, ``None`` before it was started."""
        return None if self._process is None else self._process.pid

    async def live(self, home: str) -> CameraError:
        """Start the process, have it open the camera, and return why it ended; it is gone then.

        ``home`` is an existing directory for the camera library's settings, of this camera alone.
        """
        try:
            async with asyncio.TaskGroup() as tasks:
                try:
                    await self._start(home)
                    watch = tasks.create_task(self._watch())
                    tasks.create_task(self._read_errors())
                    failure = await self._over
                    watch.cancel()
                finally:
                    await self._bury()
        finally:
            self._answer_all(self._fault or CameraError("the camera process has ended"))
        return failure

    async def request(self, number_to_command: Callable[[int], Command]) -> None:
        """Have a command carried out.

        Raises ``BadInput``, ``CaptureError`` (of a capture) or ``CameraError`` as the camera process says, and
        ``CameraError`` when it ends first.
        """
        if self._over.done() or self._transport is None:
            raise self._fault or CameraError("the camera process has ended")
        self._number += 1
        command = number_to_command(self._number)
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests[self._number] = (command, answer)
        self._transport.write(encode_message(command))
        try:
            await answer
        finally:
            self._requests.pop(command.request, None)

    async def leave(self, within_seconds: float) -> None:
        """Ask the process to leave the camera in order and to end; it is killed after ``within_seconds``."""
        try:
            async with asyncio.timeout(within_seconds):
                await self.request(lambda number: Shutdown(request=number))
                if self._process is not None:
                    await self._process.wait()
        except (TimeoutError, PhotonicError):
            self.end(CameraError("the camera process did not end by itself"))

    def end(self, failure: CameraError) -> None:
        """The process is of no more use: kill it."""
        if self._fault is None:
            self._fault = failure
        if not self._over.done():
            self._over.set_result(self._fault)

    # The link, as asyncio calls it.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The link is ready: the camera can be opened."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        """The process says something."""
        try:
            for item in self._decoder.feed(data):
                if isinstance(item, LinkFrame):
                    self._deadline.hear(self._clock(), None)
                    self._listener.frame(item.captured_us, item.jpeg)
                else:
                    self._hear(item)
        except ProtocolError as error:
            self.end(CameraError(f"the camera process says what cannot be read: {error}"))

    def connection_lost(self, exc: Exception | None) -> None:
        """The process has ended, or closed its side."""
        if exc is not None:
            log.info("the link to the camera process broke: %s", exc)
        if not self._over.done():
            self._leaving = True
            self.end(CameraError(f"the camera process ended unexpectedly{self._last_words()}"))

    def _hear(self, event: Event) -> None:
        self._deadline.hear(self._clock(), event)
        match event:
            case Done() | Failed():
                self._answer(event)
            case Calling() | Idle():
                pass
            case Fault():
                self._leaving = True
                self.end(CameraError(event.reason, kind=event.kind, code=event.code))
            case _:
                if isinstance(event, Opened):
                    self.opened_at = self._clock()
                self._listener.event(event)

    def _answer(self, event: Done | Failed) -> None:
        command, answer = self._requests.get(event.request, (None, None))
        if command is None or answer is None or answer.done():
            return
        if isinstance(event, Done):
            answer.set_result(None)
        elif event.kind is FailureKind.BAD_INPUT:
            answer.set_exception(BadInput(event.reason, field=event.field, choices=event.choices))
        elif isinstance(command, Capture):
            answer.set_exception(CaptureError(event.reason, kind=event.kind))
        else:
            answer.set_exception(CameraError(event.reason, kind=event.kind, code=event.code))

    def _answer_all(self, failure: CameraError) -> None:
        for command, answer in tuple(self._requests.values()):
            if answer.done():
                continue
            if isinstance(command, Capture):
                answer.set_exception(CaptureError(failure.reason, kind=failure.kind))
            else:
                answer.set_exception(CameraError(failure.reason, kind=failure.kind, code=failure.code))

    # The process.

    async def _start(self, home: str) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
            environment = {**os.environ, "HOME": home, "XDG_CONFIG_HOME": home, **self._launch.environment}
            arguments = ["-m", self._launch.driver, "--fd", str(theirs.fileno()), "--parent", str(os.getpid())]
            try:
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    *arguments,
                    pass_fds=(theirs.fileno(),),
                    env=environment,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.DEVNULL,
                    stderr=asyncio.subprocess.PIPE,
                )
            except OSError as error:
                ours.close()
                self.end(CameraError(f"the camera process cannot be started: {error}"))
                return
        await asyncio.get_running_loop().create_unix_connection(lambda: self, sock=ours)
        self._number += 1
        configure = self._launch.configure
        opening: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        opening.add_done_callback(self._configured)
        numbered = msgspec.structs.replace(configure, request=self._number)
        self._requests[self._number] = (numbered, opening)
        if self._transport is not None:
            self._transport.write(encode_message(numbered))

    def _configured(self, opening: asyncio.Future[None]) -> None:
        if opening.cancelled() or (error := opening.exception()) is None:
            return
        if isinstance(error, BadInput):
            self.end(CameraError(error.reason, kind=FailureKind.BLOCKED))
        elif isinstance(error, CameraError):
            self.end(error)

    async def _watch(self) -> None:
        """End the process when its deadline has passed."""
        while (remaining := self._deadline.remaining(self._clock())) > 0:  # noqa: ASYNC110  the deadline itself moves
            await asyncio.sleep(min(remaining, LOOK_SECONDS))
        self.end(CameraError(self._deadline.reason, kind=FailureKind.TIMEOUT))

    async def _read_errors(self) -> None:
        """Keep the end of what the process and its library print, for the reason of its end."""
        stderr = None if self._process is None else self._process.stderr
        while stderr is not None and (text := await stderr.read(TAIL_BYTES)):
            self._told = (self._told + text)[-TAIL_BYTES:]

    def _last_words(self) -> str:
        lines = self._told.decode(errors="replace").strip().splitlines()
        return f" ({lines[-1]})" if lines else ""

    async def _bury(self) -> None:
        """Give a process that has said goodbye a moment to end, kill it otherwise, and take its exit status."""
        process = self._process
        if process is None:
            return
        try:
            if self._leaving:
                async with asyncio.timeout(EXIT_SECONDS):
                    await process.wait()
        except TimeoutError:
            log.warning("camera process %d did not end by itself: killed", process.pid)
        finally:
            if process.returncode is None:
                process.kill()
            if self._transport is not None:
                self._transport.abort()
            await process.wait()
