"""One connection in memory and its two ends, as asyncio's protocols see the ends of a TCP connection.

What arrives, arrives in order, after the latency, on the loop of the end that it comes to. A sender that is ahead of
its reader by more than ``WINDOW_BYTES`` is told to pause, as soon as its own buffer holds more than it may.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import contextvars

    from tests.simulation.network import Network

WINDOW_BYTES = 64 * 1024
INSTANT_SECONDS = 1e-5
"""What the loop's turns and rounding may add to a moment."""
STATUS_QUESTION = b"/capture/status "
END = b""
"""In the place of data: the sender writes no more."""


class FakeSocket:
    """As much of a socket as the HTTP client asks of one. It has no descriptor, so no connection is kept for later."""

    family = 2  # AF_INET

    def __init__(self, own: tuple[str, int], other: tuple[str, int]) -> None:
        self._own, self._other = own, other

    def fileno(self) -> int:
        return -1

    def setsockopt(self, *_option: object) -> None:
        return

    def getsockname(self) -> tuple[str, int]:
        return self._own

    def getpeername(self) -> tuple[str, int]:
        return self._other


class Endpoint(asyncio.Transport):
    """One end of a connection: the transport of its protocol."""

    def __init__(
        self,
        connection: Connection,
        loop: asyncio.AbstractEventLoop,
        protocol: asyncio.Protocol,
        context: contextvars.Context,
        extra: dict[str, Any],
    ) -> None:
        super().__init__(extra)
        self._connection = connection
        self._loop = loop
        self._protocol = protocol
        self._context = context
        self._buffer: deque[bytes] = deque()
        self._buffered_bytes = 0
        self._under_way: deque[tuple[float, bytes]] = deque()
        self._ahead_bytes = 0
        self._arrives_at = 0.0
        self._arrived: deque[bytes] = deque()
        self._high, self._low = 64 * 1024, 16 * 1024
        self._writing_paused = self._reading_paused = False
        self._closing = self._ended = self._lost = False
        self.dead = False
        self._soon(protocol.connection_made, self)

    @property
    def peer(self) -> Endpoint | None:
        return self._connection.other(self)

    def _soon(self, callback: Any, *args: Any) -> None:
        if not self.gone:
            self._loop.call_soon(self._live, callback, *args, context=self._context)

    def _at(self, seconds: float, callback: Any, *args: Any) -> None:
        if not self.gone:
            self._loop.call_later(max(0.0, seconds), self._live, callback, *args, context=self._context)

    def _live(self, callback: Any, *args: Any) -> None:
        if not self.gone:
            callback(*args)

    # The transport ----------------------------------------------------------------------------------------------------

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """See ``asyncio.Transport``."""
        self._protocol = cast("asyncio.Protocol", protocol)

    def get_protocol(self) -> asyncio.BaseProtocol:
        """See ``asyncio.Transport``."""
        return self._protocol

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """See ``asyncio.Transport``."""
        self._high = (64 * 1024 if low is None else 4 * low) if high is None else high
        self._low = self._high // 4 if low is None else low

    def get_write_buffer_size(self) -> int:
        """See ``asyncio.Transport``."""
        return self._buffered_bytes

    def pause_reading(self) -> None:
        """See ``asyncio.Transport``."""
        self._reading_paused = True

    def resume_reading(self) -> None:
        """See ``asyncio.Transport``."""
        if self._reading_paused:
            self._reading_paused = False
            self._soon(self._deliver)

    def is_closing(self) -> bool:
        """See ``asyncio.Transport``."""
        return self._closing

    def can_write_eof(self) -> bool:
        """See ``asyncio.Transport``."""
        return True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """See ``asyncio.Transport``."""
        if self._ended:
            raise RuntimeError("Cannot call write() after write_eof()")
        if self._lost or self._closing or self.dead or not data:
            return
        self._connection.look_at(self, bytes(data))
        self._buffer.append(bytes(data))
        self._buffered_bytes += len(data)
        self._pump()
        if self._buffered_bytes > self._high and not self._writing_paused:
            self._writing_paused = True
            self._protocol.pause_writing()

    def write_eof(self) -> None:
        """See ``asyncio.Transport``."""
        if not (self._ended or self._closing or self.dead):
            self._ended = True
            self._pump()

    def close(self) -> None:
        """See ``asyncio.Transport``."""
        if self._closing or self.dead:
            return
        if self.peer is None:
            self.abort()
            return
        self._closing = True
        self._pump()

    def abort(self) -> None:
        """See ``asyncio.Transport``."""
        if self._lost or self.dead:
            return
        self._closing = True
        self._buffer.clear()
        self._buffered_bytes = 0
        if self.peer is not None:
            self._connection.later(self.peer, self.peer.reset)
        self._soon(self._lose, None)

    # The network ------------------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """The other end, or the network, has broken the connection."""
        self._closing = True
        self._buffer.clear()
        self._lose(ConnectionResetError(104, "Connection reset by peer"))

    def accepted(self) -> None:
        """There is another end now."""
        self._pump()

    def _pump(self) -> None:
        """Hand over to the network what it takes, and end what is to end after it."""
        if self._lost or self.peer is None:
            return
        while self._buffer and self._ahead_bytes < WINDOW_BYTES:
            data = self._buffer.popleft()
            room = WINDOW_BYTES - self._ahead_bytes
            if len(data) > room:
                self._buffer.appendleft(data[room:])
                data = data[:room]
            self._buffered_bytes -= len(data)
            self._ahead_bytes += len(data)
            self._send(data)
        if self._writing_paused and self._buffered_bytes <= self._low:
            self._writing_paused = False
            self._protocol.resume_writing()
        if not self._buffer and (self._closing or self._ended) and self._connection.ends(self):
            self._send(END)
            if self._closing:
                self._soon(self._lose, None)

    def _send(self, data: bytes) -> None:
        peer, connection = self.peer, self._connection
        if peer is None or connection.half_open:
            return
        now = connection.network.outside.time()
        at = max(self._arrives_at, now + connection.way_seconds(self))
        if now < connection.slow_until:  # what is left when it ends is not slow
            at = max(at, min(at + len(data) / connection.rate, connection.slow_until + connection.latency_seconds))
        self._arrives_at = at
        peer._under_way.append((at, data))
        peer._at(at - now, peer._arrive)

    def hurry(self, now: float) -> None:
        """What is under way to this end, and slow, comes with the latency from now on."""
        soon = now + self._connection.latency_seconds
        self._under_way = deque((min(at, soon), data) for at, data in self._under_way)
        if self.peer is not None:
            self.peer._arrives_at = min(self.peer._arrives_at, soon)
        for at, _data in self._under_way:
            self._at(at - now, self._arrive)

    def _arrive(self) -> None:
        connection = self._connection
        now = connection.network.outside.time()
        if not self._under_way:
            return
        if (early := self._under_way[0][0] - now) > INSTANT_SECONDS:  # the timer was of something that hurried
            self._at(early, self._arrive)
            return
        if connection.half_open:
            self._under_way.clear()
        elif now < connection.silent_until:
            self._at(connection.silent_until - now, self._arrive)
        else:
            self._arrived.append(self._under_way.popleft()[1])
            self._deliver()

    def _deliver(self) -> None:
        while self._arrived and not self._reading_paused:
            data = self._arrived.popleft()
            if self._lost or self._closing:
                if data and self.peer is not None:
                    self._connection.later(self.peer, self.peer.reset)
                return
            if data == END:
                if not self._protocol.eof_received():
                    self.close()
                return
            if self.peer is not None:
                self.peer._soon(self.peer._read, len(data))
            self._protocol.data_received(data)

    def _read(self, size_bytes: int) -> None:
        """The other end has read so much."""
        self._ahead_bytes -= size_bytes
        self._pump()

    def _lose(self, error: Exception | None) -> None:
        if self._lost:
            return
        self._lost = True
        self._connection.lost()
        self._protocol.connection_lost(error)

    @property
    def gone(self) -> bool:
        """Whether its protocol knows that it has ended, or has died."""
        return self._lost or self.dead


class Connection:
    """A connection: ``client`` outside, ``server`` in the service, once it has taken it."""

    def __init__(self, network: Network, number: int, latency_seconds: float, address: tuple[str, int]) -> None:
        self.network = network
        self.number = number
        self.latency_seconds = latency_seconds
        self.half_open = False
        self.silent_until = self.slow_until = self._late_until = 0.0
        self.rate = 1e9
        self.server: Endpoint | None = None
        self._addresses = ("127.0.0.1", 20_000 + number % 40_000), address
        self._ended: set[int] = set()
        self._asks_status = False

    def __hash__(self) -> int:
        return self.number

    def dial(self, loop: asyncio.AbstractEventLoop, protocol: asyncio.Protocol, context: contextvars.Context) -> None:
        """Make the end of the one who dials."""
        own, other = self._addresses
        extra = {"socket": FakeSocket(own, other), "sockname": own, "peername": other}
        self.client = Endpoint(self, loop, protocol, context, extra)

    def accept(self, loop: asyncio.AbstractEventLoop, protocol: asyncio.Protocol, context: contextvars.Context) -> None:
        """Make the service's end. It has no ``socket``: how much the kernel holds of a connection is not simulated."""
        other, own = self._addresses
        self.server = Endpoint(self, loop, protocol, context, {"sockname": own, "peername": other})
        self.client._soon(self.client.accepted)

    def other(self, end: Endpoint) -> Endpoint | None:
        """The end that is not ``end``."""
        return self.server if end is self.client else self.client

    def later(self, end: Endpoint, callback: Any) -> None:
        """Something reaches an end, after the latency."""
        if not self.half_open:
            end._at(self.latency_seconds, callback)

    def ends(self, end: Endpoint) -> bool:
        """Whether this is the first time that an end writes its end."""
        side = int(end is self.client)
        first = side not in self._ended
        self._ended.add(side)
        return first

    def look_at(self, end: Endpoint, data: bytes) -> None:
        """A request for the status may be one whose answer comes late."""
        network = self.network
        now = network.outside.time()
        if end is self.client and now < network.late_status_until and STATUS_QUESTION in data[:200]:
            self._late_until = now + network.late_seconds

    def way_seconds(self, end: Endpoint) -> float:
        """How long data needs from ``end`` to the other end."""
        if end is self.client:
            return self.latency_seconds
        return max(self.latency_seconds, self._late_until - self.network.outside.time())

    def disturbed(self, now: float) -> bool:
        """Whether its ends do not hear of each other in time."""
        return self.half_open or now < max(self.silent_until, self.slow_until, self._late_until)

    def heal(self, now: float) -> None:
        """Nothing is slow or late from now on."""
        self.slow_until = min(now, self.slow_until)
        self._late_until = min(now, self._late_until)
        for end in (self.client, self.server):
            if end is not None:
                end.hurry(now)

    def cut(self) -> None:
        """Both ends are told that it is broken."""
        for end in (self.client, self.server):
            if end is not None:
                end._soon(end.reset)

    def service_died(self, *, power: bool, reset: bool) -> None:
        """The service's end is gone with its process."""
        server = self.server
        if server is None:
            return
        server.dead = True
        if power:
            self.half_open = True
        elif reset:
            self.later(self.client, self.client.reset)
        elif self.ends(server):
            server._send(END)
        self.lost()

    def lost(self) -> None:
        """An end is lost; a connection without ends is forgotten."""
        if self.client.gone and (self.server is None or self.server.gone):
            self.network.connections.pop(self, None)
