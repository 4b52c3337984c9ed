"""uvicorn's connections, with their transports offered to the live routes (``service.outlet``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from photonic.protocol.envelopes import http_chunk, websocket_binary, websocket_text
from photonic.service.outlet import OUTLET, TransportOutlet
from photonic.service.streams import ABORT

if TYPE_CHECKING:
    import asyncio

CLOSE_HANDSHAKE_SECONDS = 1.0
PONGS_LIMIT_BYTES = 16 * 1024
"""Of answers to pings that wait behind a frame."""
HEAD_WITHIN_SECONDS = 10.0
"""From the connection, or the first byte of a request, to the end of its head: uvicorn would wait for ever."""


class HttpConnection(HttpToolsProtocol):
    """uvicorn's, whose streams can also be cut off: a plain close waits for bytes that a stuck client never takes.

    A client that begins a request and does not end its head is let go.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - as uvicorn has it
        super().connection_made(transport)
        self._outlet = TransportOutlet(transport, picture=http_chunk, words=http_chunk)
        self._head_timer = self.loop.call_later(HEAD_WITHIN_SECONDS, self._give_up)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_timer.cancel()
        self._head_timer = self.loop.call_later(HEAD_WITHIN_SECONDS, self._give_up)
        scope = cast("dict[str, Any]", self.scope)
        scope["extensions"] = {ABORT: self.transport.abort, OUTLET: self._outlet}

    def on_headers_complete(self) -> None:
        self._head_timer.cancel()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_timer.cancel()
        self._outlet.lost()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._outlet.paused()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._outlet.resumed()

    def _give_up(self) -> None:
        self.transport.abort()


class SocketConnection(WebSocketsSansIOProtocol):
    """uvicorn's, without per-message deflate, whose close waits neither for a stuck client nor long for its answer."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._outlet = TransportOutlet(self.transport, picture=websocket_binary, words=websocket_text)
        self._waiting_pongs_bytes = 0

    def handle_ping(self) -> None:
        pong = b"".join(self.conn.data_to_send())
        if self.transport.get_write_buffer_size():
            self._waiting_pongs_bytes += len(pong)
        else:
            self._waiting_pongs_bytes = 0
        # RFC 6455, 5.5.3: not every ping has to be answered. One who asks and does not listen is not.
        if self._waiting_pongs_bytes <= PONGS_LIMIT_BYTES:
            self.transport.write(pong)

    async def run_asgi(self) -> None:
        scope = cast("dict[str, Any]", self.scope)
        scope["extensions"][OUTLET] = self._outlet
        await super().run_asgi()

    def connection_lost(self, exc: Exception | None) -> None:
        self._outlet.lost()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._outlet.paused()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._waiting_pongs_bytes = 0
        self._outlet.resumed()

    async def send(self, message: Any) -> None:
        closing = message["type"] == "websocket.close"
        if closing:
            self.writable.set()
        await super().send(message)
        if closing and self.close_timer is not None:
            self.close_timer.cancel()
            self.close_timer = self.loop.call_later(CLOSE_HANDSHAKE_SECONDS, self.transport.abort)
