"""The bare protocol: an ``asyncio.Protocol`` on uvloop that writes the same bytes to every transport, newest wins."""

from __future__ import annotations

import asyncio
import ssl
import sys
import time
from typing import TYPE_CHECKING, cast

import uvloop

from bench.viewers.floor.wire import REQUEST_END, REQUEST_LIMIT_BYTES, answer_to, key_of

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from bench.viewers.floor.wire import Source

    Ready = Callable[[], bytes]


class _Hub:
    """Who is free for the next frame, by the bytes that they take."""

    def __init__(self, source: Source) -> None:
        self._loop = asyncio.get_running_loop()
        self._writes: dict[Ready, dict[_Viewer, Callable[[bytes], None]]] = {source.message: {}, source.part: {}}
        self.source = source
        self._next()

    def add(self, viewer: _Viewer, ready: Ready, write: Callable[[bytes], None]) -> None:
        self._writes[ready][viewer] = write

    def remove(self, viewer: _Viewer, ready: Ready) -> None:
        self._writes[ready].pop(viewer, None)

    def _next(self) -> None:
        self._loop.call_at(self._loop.time() + self.source.next_at - self._now(), self._tick)

    def _tick(self) -> None:
        self.source.advance()
        for ready, viewers in self._writes.items():
            if viewers:
                data = ready()
                for write in tuple(viewers.values()):
                    write(data)
        self._next()

    @staticmethod
    def _now() -> float:
        return time.monotonic()


class _Viewer(asyncio.Protocol):
    """One connection. While the transport holds bytes, frames are missed; the newest follows when it is free."""

    def __init__(self, hub: _Hub) -> None:
        self._hub = hub
        self._request = bytearray()
        self._ready: Ready | None = None
        self._missed_from = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        # uvloop's TLS takes a high mark of 0 for reached while its buffer is empty.
        self._transport.set_write_buffer_limits(high=1 if transport.get_extra_info("sslcontext") else 0, low=0)

    def data_received(self, data: bytes) -> None:
        if self._ready is not None:
            return
        self._request += data
        if len(self._request) > REQUEST_LIMIT_BYTES:
            self._transport.abort()
        elif REQUEST_END in self._request:
            source, key = self._hub.source, key_of(bytes(self._request))
            self._ready = source.part if key is None else source.message
            self._transport.write(answer_to(key))
            self._hub.add(self, self._ready, self._transport.write)

    def pause_writing(self) -> None:
        if self._ready is not None:
            self._missed_from = self._hub.source.sequence
            self._hub.remove(self, self._ready)

    def resume_writing(self) -> None:
        if self._ready is not None:
            self._hub.add(self, self._ready, self._transport.write)
            if self._hub.source.sequence > self._missed_from:
                self._transport.write(self._ready())

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        if self._ready is not None:
            self._hub.remove(self, self._ready)
            self._ready = None


async def _serve(listener: socket.socket, source: Source, pem: str | None) -> None:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), ended.set)
    hub = _Hub(source)
    context = None
    if pem is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
    server = await loop.create_server(lambda: _Viewer(hub), sock=listener, ssl=context)
    await ended.wait()
    server.close()


def serve(listener: socket.socket, source: Source, pem: str | None = None) -> None:
    """Serve on ``listener`` until stdin ends; with ``pem`` (key and certificate) on uvloop's own TLS."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(listener, source, pem))
