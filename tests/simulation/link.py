"""The link between the service and a simulated camera process: a pair of streams in memory."""

from __future__ import annotations

import asyncio
from typing import Protocol


class FarSide(Protocol):
    """The camera process's end of the link."""

    def received(self, data: bytes) -> None:
        """Bytes of the service have arrived."""
        ...

    def link_lost(self) -> None:
        """The service has closed its end, or is gone."""
        ...


class LinkTransport(asyncio.Transport):
    """The service's end. What either end sends arrives with the next round of the loop, in order.

    Args:
        protocol: The service's protocol.
        far_side: The camera process.
    """

    def __init__(self, protocol: asyncio.BufferedProtocol, far_side: FarSide) -> None:
        super().__init__()
        self._protocol = protocol
        self._far_side = far_side
        self._loop = asyncio.get_running_loop()
        self._closing = False
        self._lost = False
        protocol.connection_made(self)

    # asyncio.Transport, for the service

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """See ``asyncio.WriteTransport``."""
        if not self._closing:
            self._loop.call_soon(self._far_side.received, bytes(data))

    def is_closing(self) -> bool:
        """See ``asyncio.BaseTransport``."""
        return self._closing

    def close(self) -> None:
        """See ``asyncio.BaseTransport``."""
        self.abort()

    def abort(self) -> None:
        """See ``asyncio.WriteTransport``."""
        if not self._closing:
            self._closing = True
            self._loop.call_soon(self._far_side.link_lost)
            self._loop.call_soon(self._lose)

    # For the camera process

    def send(self, data: bytes) -> None:
        """Send bytes to the service."""
        if not self._loop.is_closed():
            self._loop.call_soon(self._deliver, memoryview(data))

    def end(self) -> None:
        """The process has ended: the service reads what was sent, and then the end."""
        if not self._loop.is_closed():
            self._loop.call_soon(self._end)

    def _deliver(self, data: memoryview) -> None:
        while data and not self._closing:
            buffer = memoryview(self._protocol.get_buffer(-1))
            count = min(len(buffer), len(data))
            buffer[:count] = data[:count]
            self._protocol.buffer_updated(count)
            data = data[count:]

    def _end(self) -> None:
        if not self._closing:
            self._protocol.eof_received()
            self._closing = True
            self._lose()

    def _lose(self) -> None:
        if not self._lost:
            self._lost = True
            self._protocol.connection_lost(None)
