"""The simulated camera on a TCP port: sockets and time around the responder and the body.

Theory of operation. Everything runs in one event loop. After the start, only the task ``_watch_cable`` awaits, and only
it opens and closes the listening socket. Every input (bytes, a lost connection, the timer) ends in ``_rearm``, which
sets one timer for the earliest due time: nothing polls. Link faults are applied here: a half-open link marks its
connections dead permanently; a mute camera keeps bytes in ``held_input`` until the fault ends; a dripping one writes a
byte per second; one that is unplugged, asleep or out of battery stops listening and cuts its connections."""

from __future__ import annotations

import asyncio
import time
from itertools import count
from typing import TYPE_CHECKING, Self

from photonic.errors import BadInput
from photonic.ptp.responder import CloseConnection, Send
from photonic.simulator.connection import ClientConnection
from photonic.simulator.controlled import ControlledBody
from photonic.simulator.faults import FaultName

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from photonic.ptp.responder import Action, Responder
    from photonic.simulator.body import Body
    from photonic.simulator.journal import Journal

DRIP_SECONDS = 1.0
LISTEN_AGAIN_SECONDS = 0.5
INIT_SECONDS = 10.0
"""A connection that has not identified itself by then is closed, so that it cannot block the next client."""

MOST_HELD_BYTES = 1024 * 1024
"""Bytes that a mute camera keeps for each connection; anything beyond is dropped."""


class CameraServer(ControlledBody):
    """Listens inside its ``async with`` block; ``port`` 0 picks any free one. ``clock``: seconds of CLOCK_MONOTONIC."""

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
        super().__init__(body, journal, clock=clock)
        self._responder = responder
        self._host = host
        self._numbers = count(1)
        self._connections: dict[int, ClientConnection] = {}
        self._server: asyncio.Server | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._drip_at = 0.0
        self._cable_changed = asyncio.Event()
        self._cable: asyncio.Task[None] | None = None
        self._listen_again_at: float | None = None
        self._closed = False
        self._link_is_down = False
        self.port = port

    async def __aenter__(self) -> Self:
        """Raises ``BadInput`` when the port is in use or not permitted."""
        self._body.power.keep_awake(self._clock())
        await self._listen()
        self._cable = asyncio.get_running_loop().create_task(self._watch_cable())
        self._rearm()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop_listening()
        self._cut()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._closed = True
        if self._cable is not None:
            self._cable.cancel()
            await asyncio.wait([self._cable])

    # Called by connections.

    def connected(self, number: int, connection: ClientConnection) -> None:
        """A connection was accepted."""
        self._connections[number] = connection
        self._watch_link(self._clock())
        if self._link_is_down:
            connection.mark_dead()
            return
        self._responder.opened(number)
        self._start_identify_timer(number, connection)

    def _start_identify_timer(self, number: int, connection: ClientConnection) -> None:
        loop = asyncio.get_running_loop()
        connection.identify_timer = loop.call_later(INIT_SECONDS, self._on_identify_timeout, number, connection)

    def _on_identify_timeout(self, number: int, connection: ClientConnection) -> None:
        now = self._clock()
        faults = self._body.faults
        if faults.active(FaultName.MUTE, now) or faults.active(FaultName.DRIP, now):
            self._start_identify_timer(number, connection)
        elif not self._responder.serves(number) and connection.transport is not None:
            self._journal.write(now, "closed", connection=number, reason="no identification in time")
            connection.transport.abort()

    def received(self, number: int, data: bytes) -> None:
        """Handle incoming bytes; a mute camera keeps them for later."""
        now = self._clock()
        self._watch_link(now)
        connection = self._connections.get(number)
        if connection is None or connection.dead:
            return
        if self._body.faults.active(FaultName.MUTE, now):
            connection.held_input += data[: MOST_HELD_BYTES - len(connection.held_input)]
            return
        self._do(self._responder.received(number, data, now))
        if self._responder.serves(number):
            connection.cancel_identify_timer()

    def lost(self, number: int, error: Exception | None) -> None:
        """Forget a connection that was closed or lost."""
        connection = self._connections.pop(number, None)
        if connection is not None:
            connection.cancel_identify_timer()
        self._journal.write(self._clock(), "connection_lost", connection=number, error=str(error) if error else None)
        self._do(self._responder.closed(number, self._clock()))

    def _do(self, actions: Sequence[Action]) -> None:
        now = self._clock()
        for action in actions:
            connection = self._connections.get(action.connection)
            if connection is None or connection.dead:
                continue
            match action:
                case Send(_, data):
                    connection.queue(data)
                case CloseConnection(number, reason):
                    self._journal.write(now, "closed", connection=number, reason=reason)
                    connection.close()
        self._flush(now)
        if self._unreachable(now) == (self._server is not None):
            self._cable_changed.set()
        self._rearm()

    def _watch_link(self, now: float) -> None:
        """Follow the half-open fault: open connections stay open, carry nothing, and never recover."""
        down = self._body.faults.active(FaultName.HALF_OPEN, now)
        if down == self._link_is_down:
            return
        self._link_is_down = down
        self._journal.write(now, "link", up=not down)
        if down:
            self._responder.abandon()
            for connection in self._connections.values():
                connection.mark_dead()

    def _flush(self, now: float) -> None:
        self._watch_link(now)
        if self._body.faults.active(FaultName.MUTE, now):
            return
        dripping = self._body.faults.active(FaultName.DRIP, now)
        if dripping and now < self._drip_at:
            return
        for connection in tuple(self._connections.values()):
            connection.flush(1 if dripping else None)
        self._drip_at = now + DRIP_SECONDS if dripping else 0.0

    # Time.

    def _rearm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        times = self._due()
        if times and not self._closed:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(max(0.0, min(times) - self._clock()), self._wake)

    def _due(self) -> list[float]:
        """The times at which the timer has work to do."""
        now = self._clock()
        due = [self._body.next_time, self._body.power.sleeps_at(now), self._listen_again_at]
        # A mute camera sends nothing until the fault ends.
        if not self._body.faults.active(FaultName.MUTE, now):
            due.append(self._responder.wake_at)
            if any(connection.pending for connection in self._connections.values()):
                due.append(self._drip_at)
        return [at for at in due if at is not None]

    def _wake(self) -> None:
        now = self._clock()
        self._body.advance(now)
        self._watch_link(now)
        self._cable_changed.set()
        if self._body.faults.active(FaultName.MUTE, now):
            self._rearm()
            return
        self._do([*self._deliver_held_input(now), *self._responder.wake(now)])

    def _deliver_held_input(self, now: float) -> list[Action]:
        actions: list[Action] = []
        for number, connection in tuple(self._connections.items()):
            if connection.held_input:
                data = bytes(connection.held_input)
                connection.held_input.clear()
                actions += self._responder.received(number, data, now)
        return actions

    # Cable and listening socket.

    async def _watch_cable(self) -> None:
        while True:
            await self._cable_changed.wait()
            self._cable_changed.clear()
            await self._plug()

    async def _plug(self) -> None:
        now = self._clock()
        self._listen_again_at = None
        unplugged = self._unreachable(now)
        if unplugged and self._server is not None:
            self._stop_listening()
            self._cut()
        elif not unplugged and self._server is None:
            await self._listen_again(now)
        self._rearm()

    async def _listen_again(self, now: float) -> None:
        try:
            await self._listen()
        except BadInput as error:
            self._journal.write(now, "cannot_listen", error=str(error))
            self._listen_again_at = now + LISTEN_AGAIN_SECONDS

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(
                lambda: ClientConnection(self, next(self._numbers)), self._host, self.port, reuse_address=True
            )
        except OSError as error:
            raise BadInput(
                f"cannot listen on {self._host}:{self.port} ({error.strerror}); choose another with --port",
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
