"""A stream between two sides in memory: what the service's link to a camera process is made of.

The near side is an asyncio protocol of the service. The far side is whoever plays the other process. Bytes arrive in
order, after a delay that is drawn, and sometimes in pieces. A far side that stops reading fills the near side's buffer,
and the near protocol is told to pause, as by a socket.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable

DELAY_SECONDS = 0.0002
LONG_DELAY_SECONDS = 0.02
LONG_DELAY_ONE_IN = 200
PIECES_ONE_IN = 8
HIGH_WATER_BYTES = 64 * 1024


class FarSide(Protocol):
    """Who plays the process at the other end."""

    def connected(self, end: FarEnd) -> None:
        """The stream is there; ``end`` is this side's end of it."""

    def received(self, data: bytes) -> None:
        """Bytes from the near side, in pieces of any length."""

    def closed(self) -> None:
        """The near side has closed the stream: nothing more comes, and nothing more is read there."""


class Direction:
    """One direction of a stream: delivers in order, later; holds back what comes while the reader pauses."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, draws: random.Random, deliver: Callable[[bytes | None], None]
    ) -> None:
        self._loop = loop
        self._draws = draws
        self._deliver = deliver
        self._last = 0.0
        self._held: deque[bytes | None] = deque()
        self.paused = False
        self.under_way_bytes = 0

    def send(self, data: bytes | None) -> None:
        """Deliver these bytes, or the end of the stream (``None``), after what was sent before."""
        draws = self._draws
        delay = draws.random() * DELAY_SECONDS
        if draws.randrange(LONG_DELAY_ONE_IN) == 0:
            delay += draws.random() * LONG_DELAY_SECONDS
        self._last = max(self._last, self._loop.time() + delay)
        if data is not None and len(data) > 1 and draws.randrange(PIECES_ONE_IN) == 0:
            cut = draws.randrange(1, len(data))
            self._later(data[:cut])
            self._last += draws.random() * DELAY_SECONDS
            data = data[cut:]
        self._later(data)

    def _later(self, data: bytes | None) -> None:
        self.under_way_bytes += len(data or b"")
        self._loop.call_at(self._last, self._arrived, data)

    def _arrived(self, data: bytes | None) -> None:
        self._held.append(data)
        self.release()

    def release(self) -> None:
        """Deliver what has arrived, unless the reader pauses."""
        while self._held and not self.paused:
            data = self._held.popleft()
            self.under_way_bytes -= len(data or b"")
            self._deliver(data)


class FarEnd:
    """The far side's end of a stream."""

    def __init__(self, transport: NearTransport) -> None:
        self._transport = transport

    def write(self, data: bytes) -> None:
        """Send to the near side; nothing happens if the stream is closed."""
        self._transport.from_far(data)

    def close(self) -> None:
        """The far process has ended: the near side sees the end of the stream after what was written before."""
        self._transport.from_far(None)

    def pause_reading(self) -> None:
        """Read nothing until ``resume_reading``: the near side's buffer fills."""
        self._transport.outgoing.paused = True

    def resume_reading(self) -> None:
        """Read again."""
        self._transport.outgoing.paused = False
        self._transport.outgoing.release()


class NearTransport(asyncio.Transport):
    """The service's end of a stream."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        draws: random.Random,
        protocol: asyncio.BaseProtocol,
        far_side: FarSide,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(extra)
        self._loop = loop
        self._protocol = protocol
        self._far_side = far_side
        self._closing = self._far_ended = self._protocol_paused = False
        self.outgoing = Direction(loop, draws, self._to_far)
        self._incoming = Direction(loop, draws, self._to_protocol)

    # asyncio.Transport

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._closing or not data:
            return
        self.outgoing.send(bytes(data))
        if not self._protocol_paused and self.outgoing.under_way_bytes > HIGH_WATER_BYTES:
            self._protocol_paused = True
            self._protocol.pause_writing()

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        self.write(b"".join(list_of_data))

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self.outgoing.send(None)
            self._loop.call_soon(self._protocol.connection_lost, None)

    def abort(self) -> None:
        self.close()

    def is_closing(self) -> bool:
        return self._closing

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol

    def get_write_buffer_size(self) -> int:
        return self.outgoing.under_way_bytes

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return (HIGH_WATER_BYTES // 4, HIGH_WATER_BYTES)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def can_write_eof(self) -> bool:
        return False

    def is_reading(self) -> bool:
        return not self._incoming.paused and not self._closing

    def pause_reading(self) -> None:
        self._incoming.paused = True

    def resume_reading(self) -> None:
        self._incoming.paused = False
        self._incoming.release()

    # The far side

    def from_far(self, data: bytes | None) -> None:
        """The far side wrote these bytes; ``None``: it ended."""
        if not self._far_ended and not self._closing and (data is None or data):
            self._far_ended = data is None
            self._incoming.send(data)

    def _to_far(self, data: bytes | None) -> None:
        if data is None:
            self._far_side.closed()
        elif not self._far_ended:
            self._far_side.received(data)
        if self._protocol_paused and self.outgoing.under_way_bytes <= HIGH_WATER_BYTES // 4:
            self._protocol_paused = False
            if not self._closing:
                self._protocol.resume_writing()

    def _to_protocol(self, data: bytes | None) -> None:
        if self._closing:
            return
        protocol = cast("Any", self._protocol)
        if data is None:
            if not protocol.eof_received():
                self.close()
        elif isinstance(protocol, asyncio.BufferedProtocol):
            at = 0
            while at < len(data) and not self._closing:
                room = memoryview(protocol.get_buffer(len(data) - at)).cast("B")
                count = min(len(room), len(data) - at)
                room[:count] = data[at : at + count]
                room.release()
                protocol.buffer_updated(count)
                at += count
        else:
            protocol.data_received(data)
