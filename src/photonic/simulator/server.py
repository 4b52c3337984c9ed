"""The simulated camera on a TCP port: sockets and time around the responder and the body."""

from __future__ import annotations

import asyncio
import time
from itertools import count
from typing import TYPE_CHECKING, Self

from photonic.errors import BadInput
from photonic.ptp.responder import Close, Send
from photonic.simulator.faults import FaultName

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from photonic.ptp.responder import Action, Responder
    from photonic.simulator.body import Body
    from photonic.simulator.faults import Fault
    from photonic.simulator.journal import Journal

DRIP_SECONDS = 1.0


class _Connection(asyncio.Protocol):
    """One TCP connection; what it hears goes to the server."""

    def __init__(self, server: CameraServer, number: int) -> None:
        self._server = server
        self._number = number
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self.transport = transport
            self._server.connected(self._number, self)

    def data_received(self, data: bytes) -> None:
        self._server.received(self._number, data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.lost(self._number, exc)


class CameraServer:
    """Listens while it is entered; ``port`` 0 takes any free one. ``clock`` gives seconds of CLOCK_MONOTONIC."""

    def __init__(
        self,
        body: Body,
        responder: Responder,
        journal: Journal,
        *,
        host: str,
        port: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._body = body
        self._responder = responder
        self._journal = journal
        self._host = host
        self._clock = clock
        self._numbers = count(1)
        self._connections: dict[int, _Connection] = {}
        self._server: asyncio.Server | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._dripping: asyncio.Queue[tuple[int, bytes]] = asyncio.Queue()
        self._cable_moved = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.port = port

    async def __aenter__(self) -> Self:
        """Raises ``BadInput`` when the port cannot be had."""
        self._body.keep_awake(self._clock())
        await self._listen()
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._drip()), loop.create_task(self._watch_cable())]
        self._rearm()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop_listening()
        self._cut()
        if self._timer is not None:
            self._timer.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def arm(self, fault: Fault) -> None:
        """Have a fault begin."""
        self._body.faults.arm(fault, self._clock())
        self._journal.write(self._clock(), "fault", name=fault.name, start=fault.start, seconds=fault.seconds)
        self._cable_moved.set()

    def clear(self, name: FaultName | None) -> None:
        """End a fault, or all."""
        self._body.faults.clear(name)
        self._journal.write(self._clock(), "fault_cleared", name=name)
        self._cable_moved.set()

    def press(self) -> None:
        """Press the shutter button on the body. Raises what the body says to it."""
        now = self._clock()
        self._body.advance(now)
        self._body.press(now, "button")
        self._cable_moved.set()

    # What connections hear.

    def connected(self, number: int, connection: _Connection) -> None:
        """A connection was accepted."""
        self._connections[number] = connection
        self._responder.opened(number)

    def received(self, number: int, data: bytes) -> None:
        """Bytes came."""
        now = self._clock()
        if self._body.faults.active(FaultName.MUTE, now):
            return
        self._do(self._responder.received(number, data, now))

    def lost(self, number: int, error: Exception | None) -> None:
        """A connection is gone."""
        self._connections.pop(number, None)
        self._journal.write(self._clock(), "connection_lost", connection=number, error=str(error) if error else None)
        self._do(self._responder.closed(number, self._clock()))

    def _do(self, actions: Sequence[Action]) -> None:
        now = self._clock()
        dripping = self._body.faults.active(FaultName.DRIP, now)
        for action in actions:
            connection = self._connections.get(action.connection)
            if connection is None or connection.transport is None:
                continue
            match action:
                case Send(number, data) if dripping:
                    self._dripping.put_nowait((number, data))
                case Send(_, data):
                    connection.transport.write(data)
                case Close(number, reason):
                    self._journal.write(now, "closed", connection=number, reason=reason)
                    connection.transport.close()
        self._rearm()

    # Time.

    def _rearm(self) -> None:
        faults_end = self._body.faults.next_end(self._clock())
        due = (self._responder.wake_at, self._body.next_time, faults_end, self._body.sleeps_at(self._clock()))
        times = [at for at in due if at is not None]
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(max(0.0, min(times) - self._clock()), self._wake) if times else None

    def _wake(self) -> None:
        now = self._clock()
        self._body.advance(now)
        self._cable_moved.set()
        if self._body.faults.active(FaultName.MUTE, now):
            self._rearm()
            return
        self._do(self._responder.wake(now))

    # Cable and listening socket.

    async def _watch_cable(self) -> None:
        while True:
            await self._cable_moved.wait()
            self._cable_moved.clear()
            await self._plug()

    async def _plug(self) -> None:
        now = self._clock()
        unplugged = self._body.faults.active(FaultName.UNPLUG, now) or self._body.asleep(now)
        if unplugged and self._server is not None:
            self._stop_listening()
            self._cut()
        elif not unplugged and self._server is None:
            await self._listen()
        self._rearm()

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(
                lambda: _Connection(self, next(self._numbers)), self._host, self.port, reuse_address=True
            )
        except OSError as error:
            raise BadInput(
                f"cannot listen on {self._host}:{self.port} ({error.strerror}); take another port, 0 for any",
                field="port",
            ) from error
        self.port = self._server.sockets[0].getsockname()[1]

    def _stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def _cut(self) -> None:
        for connection in tuple(self._connections.values()):
            if connection.transport is not None:
                connection.transport.abort()

    async def _drip(self) -> None:
        """Let out what was to be sent during the fault, a byte a second."""
        while True:
            number, data = await self._dripping.get()
            for index in range(len(data)):
                connection = self._connections.get(number)
                if connection is None or connection.transport is None:
                    break
                connection.transport.write(data[index : index + 1])
                await asyncio.sleep(DRIP_SECONDS)
