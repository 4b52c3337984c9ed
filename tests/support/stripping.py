"""An HTTP proxy as many are set up: it takes upgrade headers away, or serves under a path and takes the path away."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

HOP_BY_HOP = (b"upgrade:", b"connection:", b"keep-alive:")
PIECE_BYTES = 64 * 1024


class StrippingProxy:
    """``port`` to dial.

    ``strips`` ``False``: WebSockets get through. ``prefix``: the path that it serves, such as ``/booth1``, and takes
    away; everything else is answered 404, and noted in ``outside``.
    """

    def __init__(self, target_port: int, prefix: str = "") -> None:
        self._target_port = target_port
        self._prefix = prefix.encode()
        self.strips = True
        self.outside: list[str] = []
        self.upgrades = 0
        self.port = 0
        self.sides: set[asyncio.StreamWriter] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: one request, as nginx sends it on by itself."""
        sides = {writer}
        self.sides.add(writer)
        try:
            line, *fields = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[:-2]
            line = self._inside(line)
            asks = any(field.lower().startswith(b"upgrade:") for field in fields)
            self.upgrades += asks
            if self.strips or not asks:
                fields = [field for field in fields if not field.lower().startswith(HOP_BY_HOP)]
                fields.append(b"Connection: close")
            if not line:
                writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            behind_reader, behind_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
            sides.add(behind_writer)
            self.sides.add(behind_writer)
            behind_writer.write(b"\r\n".join((line, *fields, b"", b"")))
            async with asyncio.TaskGroup() as tasks:
                there = tasks.create_task(_pump(reader, behind_writer))
                await _pump(behind_reader, writer)
                there.cancel()
        except (OSError, asyncio.IncompleteReadError):
            pass  # either side has gone
        finally:
            self.sides -= sides
            for side in sides:
                side.close()

    def _inside(self, line: bytes) -> bytes:
        """The request line without the prefix; nothing if its path is elsewhere."""
        method, target, version = line.split(b" ", 2)
        if not target.startswith(self._prefix + b"/"):
            self.outside.append(target.decode())
            return b""
        return b" ".join((method, target.removeprefix(self._prefix), version))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(PIECE_BYTES):
            writer.write(piece)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def stripping_proxy(target_port: int, prefix: str = "") -> AsyncGenerator[StrippingProxy]:
    """In front of a service on this machine, until the context ends."""
    proxy = StrippingProxy(target_port, prefix)
    connections: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        try:
            await proxy.serve(reader, writer)
        finally:
            connections.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        for side in tuple(proxy.sides):
            side.transport.abort()
        if connections:
            await asyncio.wait(tuple(connections))
