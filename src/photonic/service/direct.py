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


class HttpConnection(HttpToolsProtocol):
    """uvicorn's, whose streams can also be cut off: a plain close waits for bytes that a stuck client never takes."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - as uvicorn has it
        super().connection_made(transport)
        self._outlet = TransportOutlet(transport, picture=http_chunk, words=http_chunk)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope = cast("dict[str, Any]", self.scope)
        scope["extensions"] = {ABORT: self.transport.abort, OUTLET: self._outlet}

    def connection_lost(self, exc: Exception | None) -> None:
        self._outlet.lost()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._outlet.paused()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._outlet.resumed()


class SocketConnection(WebSocketsSansIOProtocol):
    """uvicorn's, without per-message deflate, whose close waits neither for a stuck client nor long for its answer."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._outlet = TransportOutlet(self.transport, picture=websocket_binary, words=websocket_text)

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
        self._outlet.resumed()

    async def send(self, message: Any) -> None:
        closing = message["type"] == "websocket.close"
        if closing:
            self.writable.set()
        await super().send(message)
        if closing and self.close_timer is not None:
            self.close_timer.cancel()
            self.close_timer = self.loop.call_later(CLOSE_HANDSHAKE_SECONDS, self.transport.abort)
