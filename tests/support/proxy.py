"""A TCP proxy on the loopback that a test can cut, mute, delay, throttle and let go again."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

CHUNK_BYTES = 64 * 1024
PIECES_A_SECOND = 20


class FaultProxy:
    """``port`` to dial; ``accepted`` counts the connections that were. New ones lead to ``target_port``.

    Faults, for old and new connections, both ways, at once when set, and together where that makes sense:

    - ``cut()`` resets the connections of this moment.
    - ``passing`` cleared (``mute()``, ended by ``unmute()``): bytes wait, nothing is closed, as on a half-open link.
    - ``delay_seconds``: each piece is held back by so much.
    - ``bytes_per_second``: no more than that each way; ``None``: no limit.
    - ``turning_away``: a new connection is accepted and closed.

    ``sleep`` is how it waits.
    """

    def __init__(self, target_port: int, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        self.target_port = target_port
        self._sleep = sleep
        self.delay_seconds = 0.0
        self.bytes_per_second: int | None = None
        self.turning_away = False
        self._writers: set[asyncio.StreamWriter] = set()
        self.passing = asyncio.Event()
        self.passing.set()
        self.accepted = 0
        self.port = 0

    def cut(self) -> None:
        """Reset every connection."""
        for writer in tuple(self._writers):
            _reset(writer)

    def mute(self) -> None:
        """Nothing passes any more, and nobody is told."""
        self.passing.clear()

    def unmute(self) -> None:
        """What has waited passes."""
        self.passing.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, both ways, until either side ends it."""
        self.accepted += 1
        if self.turning_away:
            writer.close()
            return
        try:
            onward_reader, onward_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        except OSError:
            _reset(writer)
            return
        self._writers |= {writer, onward_writer}
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._pump(reader, onward_writer))
                tasks.create_task(self._pump(onward_reader, writer))
        finally:
            self._writers -= {writer, onward_writer}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(self._piece_bytes()):
                await self._hold(len(data))
                await self.passing.wait()
                writer.write(data)
                await writer.drain()
        writer.transport.abort()

    def _piece_bytes(self) -> int:
        return CHUNK_BYTES if self.bytes_per_second is None else max(1, self.bytes_per_second // PIECES_A_SECOND)

    async def _hold(self, size_bytes: int) -> None:
        seconds = self.delay_seconds
        if self.bytes_per_second is not None:
            seconds += size_bytes / self.bytes_per_second
        if seconds:
            await self._sleep(seconds)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Ends a connection with RST: a plain close says FIN, as at an orderly end (socket(7), SO_LINGER of 0 s)."""
    if not writer.transport.is_closing():
        connection: socket.socket = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@asynccontextmanager
async def fault_proxy(
    target_port: int, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
) -> AsyncGenerator[FaultProxy]:
    """A proxy in front of ``target_port`` that listens while the context lasts."""
    proxy = FaultProxy(target_port, sleep)
    connections: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(proxy.serve(reader, writer))
        connections.add(task)
        task.add_done_callback(connections.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.passing.set()
        proxy.cut()
        if connections:
            await asyncio.wait(connections, timeout=5)
        for task in tuple(connections):
            task.cancel()
