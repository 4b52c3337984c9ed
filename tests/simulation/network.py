"""The network between the service and everything else: connections in memory, which it disturbs by name.

``Network.serve`` gives the service's loop a ``create_server``, and the outside loop dials. What runs on the connections
is real on both ends: uvicorn with the service's own connections and hub, and the client with its libraries.
"""

from __future__ import annotations

import asyncio
import contextvars
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from tests.simulation.endpoint import Connection, Endpoint

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from tests.simulation.outside import OutsideLoop

LATENCY_SECONDS = (0.0002, 0.01)
RETRY_DIAL_SECONDS = 1.0
"""How often a dial that nobody answers is repeated (a lost SYN)."""


@dataclass(eq=False)
class SimulatedListener:
    """What the service listens on: as much of a socket as it asks of one, and of asyncio's server."""

    network: Network
    host: str = "127.0.0.1"
    port: int = 8000
    family: int = 2  # AF_INET
    loop: asyncio.AbstractEventLoop | None = None
    create: Callable[[], asyncio.BaseProtocol] | None = None
    context: contextvars.Context = field(default_factory=contextvars.copy_context)

    @property
    def sockets(self) -> tuple[()]:
        """It has none."""
        return ()

    def getsockname(self) -> tuple[str, int]:
        """Its address."""
        return self.host, self.port

    def close(self) -> None:
        """Accept nothing more."""
        self.network.forget(self)

    async def wait_closed(self) -> None:
        """Nothing is left to wait for."""


class Network:
    """All connections of one history.

    Args:
        outside: The loop of everything but the service.
        dice: Draws latencies, and which connections a disturbance meets.
        waits: Whether something in front of the service (such as systemd) holds dials until the next run takes them.
        note: Receives what happens, for the trace; ``None``: nobody does.
    """

    def __init__(
        self,
        outside: OutsideLoop,
        dice: random.Random,
        *,
        waits: bool = False,
        note: Callable[[str], None] | None = None,
    ) -> None:
        self.outside = outside
        self.dice = dice
        self.waits = waits
        self.connections: dict[Connection, None] = {}
        self.unreachable_until = 0.0
        self.late_status_until = 0.0
        self.late_seconds = 0.0
        self.machine_is_off = False
        self._note = note or _ignore
        self._listeners: dict[tuple[str, int], SimulatedListener] = {}
        self._backlog: list[Connection] = []
        self._dialed = 0
        outside.create_connection = self._dial  # pyright: ignore[reportAttributeAccessIssue]

    # The service's side -----------------------------------------------------------------------------------------------

    def serve(self, loop: asyncio.AbstractEventLoop) -> None:
        """Give a loop of the service its ``create_server``."""
        self.machine_is_off = False

        async def create_server(
            create: Callable[[], asyncio.BaseProtocol], *, sock: SimulatedListener, **_options: object
        ) -> SimulatedListener:
            sock.loop, sock.create, sock.context = loop, create, contextvars.copy_context()
            self._listeners[sock.getsockname()] = sock
            waiting, self._backlog = self._backlog, []
            for connection in waiting:
                self._accept(sock, connection)
            return sock

        loop.create_server = create_server  # type: ignore[method-assign]

    def forget(self, listener: SimulatedListener) -> None:
        """Nobody listens there any more."""
        if self._listeners.get(listener.getsockname()) is listener:
            del self._listeners[listener.getsockname()]

    def service_died(self, *, power: bool) -> None:
        """Its process is gone, in whatever way it ended.

        ``power``: its machine, too. Then nothing tells the other ends; otherwise the kernel closes the connections.
        """
        self._note("the service is gone, without a word" if power else "the service is gone")
        self._listeners.clear()
        self.machine_is_off = power
        for connection in tuple(self.connections):
            connection.service_died(power=power, reset=self.dice.random() < 0.5)

    def _accept(self, listener: SimulatedListener, connection: Connection) -> None:
        assert listener.loop is not None and listener.create is not None
        if not connection.client.gone:
            protocol = cast("asyncio.Protocol", listener.context.run(listener.create))
            connection.accept(listener.loop, protocol, listener.context.copy())

    # The other side ---------------------------------------------------------------------------------------------------

    async def _dial(
        self, create: Callable[[], asyncio.Protocol], host: str, port: int, **_options: object
    ) -> tuple[Endpoint, asyncio.Protocol]:
        self._dialed += 1
        number = self._dialed
        latency = self.dice.uniform(*LATENCY_SECONDS)
        await asyncio.sleep(latency)
        while self.machine_is_off or self.outside.time() < self.unreachable_until:  # noqa: ASYNC110 - as TCP does
            await asyncio.sleep(RETRY_DIAL_SECONDS)
        listener = self._listeners.get((host, port))
        if listener is None and not self.waits:
            raise ConnectionRefusedError(111, f"Connect call failed {(host, port)}")
        connection = Connection(self, number, latency, address=(host, port))
        self.connections[connection] = None
        protocol = create()
        connection.dial(self.outside, protocol, contextvars.copy_context())
        if listener is None:
            self._note(f"connection {number} waits for the next run")
            self._backlog.append(connection)
        else:
            self._accept(listener, connection)
        await asyncio.sleep(0)  # its protocol knows of the connection before the dialer does
        return connection.client, protocol

    # Disturbances -----------------------------------------------------------------------------------------------------

    @property
    def disturbed(self) -> bool:
        """Whether anything about the network keeps a viewer from the truth now."""
        now = self.outside.time()
        return now < self.unreachable_until or any(each.disturbed(now) for each in self.connections)

    def disturb(self, name: str, seconds: float) -> None:
        """Do one of ``DISTURBANCES``; ``seconds``: how long it lasts, unless it has no duration."""
        now = self.outside.time()
        self._note(f"{name}, {seconds:.1f} s")
        DISTURBANCES[name](self, now, seconds)

    def heal(self) -> None:
        """From now on nothing is disturbed; what is half open stays so, since nobody tells its ends."""
        now = self.outside.time()
        self.unreachable_until = self.late_status_until = min(now, self.unreachable_until)
        for connection in self.connections:
            connection.heal(now)

    def _chosen(self) -> list[Connection]:
        """Some of the connections, or all of them."""
        every = [each for each in self.connections if each.server is not None]
        return every if self.dice.random() < 0.3 else [each for each in every if self.dice.random() < 0.5]

    def _cut(self, now: float, _seconds: float) -> None:
        del now
        for connection in self._chosen():
            connection.cut()

    def _silence(self, now: float, seconds: float) -> None:
        for connection in self._chosen():
            connection.silent_until = now + seconds

    def _slow_reader(self, now: float, seconds: float) -> None:
        for connection in self._chosen():
            connection.slow_until = now + seconds
            connection.rate = self.dice.choice((200.0, 2_000.0, 20_000.0))

    def _half_open(self, _now: float, _seconds: float) -> None:
        for connection in self._chosen():
            connection.half_open = True

    def _late_status(self, now: float, seconds: float) -> None:
        self.late_status_until = now + seconds
        self.late_seconds = self.dice.choice((0.3, 1.2, 1.9, 2.5, 30.0))

    def _unreachable(self, now: float, seconds: float) -> None:
        self.unreachable_until = now + seconds


def _ignore(_text: str) -> None:
    return


DISTURBANCES: dict[str, Callable[[Network, float, float], None]] = {
    "network_cut": Network._cut,
    "network_silence": Network._silence,
    "slow_reader": Network._slow_reader,
    "half_open": Network._half_open,
    "late_status": Network._late_status,
    "unreachable": Network._unreachable,
}
