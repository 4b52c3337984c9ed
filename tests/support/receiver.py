"""Somebody who is told of photos over HTTP, and answers as a test wants it to."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable


@asynccontextmanager
async def listening(
    handle: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncGenerator[str]:
    """An address whose connections ``handle`` has, until they or the context end."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        # One that hangs up before it has asked for anything is no matter.
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await handle(reader, writer)
            writer.close()
            await writer.wait_closed()
        writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)


class Receiver:
    """Keeps the bodies that came, and answers with ``statuses`` in turn, the last of them from then on."""

    def __init__(self, *statuses: int) -> None:
        self._statuses = list(statuses) or [200]
        self._came = asyncio.Condition()
        self.received: list[dict[str, Any]] = []

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request and its answer."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        (length,) = [line.partition(":")[2] for line in head.splitlines() if line.startswith("content-length:")]
        body = json.loads(await reader.readexactly(int(length)))
        status = self._statuses.pop(0) if len(self._statuses) > 1 else self._statuses[0]
        writer.write(b"HTTP/1.1 %d -\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % status)
        await writer.drain()
        async with self._came:
            self.received.append(body)
            self._came.notify_all()

    async def until(self, count: int, seconds: float = 30.0) -> None:
        """Wait for so many requests."""
        await self.until_true(lambda: len(self.received) >= count, seconds)

    async def until_true(self, condition: Callable[[], bool], seconds: float = 30.0) -> None:
        """Wait until what was told makes ``condition`` true."""
        async with asyncio.timeout(seconds), self._came:
            await self._came.wait_for(condition)
