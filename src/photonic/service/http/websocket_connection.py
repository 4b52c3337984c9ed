"""uvicorn's WebSocket connection with limits, and with its transport offered to the live routes.

Theory of operation. It takes over the transport from ``HttpConnection`` with the request of the handshake. A timer runs
until the handshake is answered. From then on the client may send, and everything it sends is limited: uvicorn limits
the size of a message (``ws_max_size``), this class the fragments of a message and the pongs that wait behind a frame,
and the route (``service.http.sockets``) the rate of messages. A close must also work if the client is stuck, so that it
reads nothing and answers no close frame: a close does not wait for the write buffer to drain, and waits for the
client's close frame for at most ``CLOSE_HANDSHAKE_SECONDS``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import SecurityError

from photonic.protocol.envelopes import websocket_binary, websocket_text
from photonic.service.http.request_bounds import BAD_REQUEST, HEAD_TOO_LARGE
from photonic.service.live.sender import SENDER, TransportSender
from photonic.serving.callers import PEER_UID
from photonic.serving.unix_socket import own_peer_uid

if TYPE_CHECKING:
    import asyncio

    from websockets.frames import Frame

    from photonic.access.connection_counts import ConnectionCounts
    from photonic.service.http.refused_requests import RefusedRequests

HANDSHAKE_WITHIN_SECONDS = 10.0
"""From the head of the handshake's request to its response."""
CLOSE_HANDSHAKE_SECONDS = 1.0
PONGS_LIMIT_BYTES = 16 * 1024
"""Pongs that may wait behind a frame."""
FRAGMENTS_LIMIT = 64
"""Fragments of one message from a client. Empty fragments add nothing to its size, which has its own limit."""
POLICY_VIOLATION = 1008
INVALID_DATA = 1007


class AnsweredConnection(WebSocketsSansIOProtocol):
    """uvicorn's connection; it also knows that a refusal, or a client that has left, ends the handshake.

    uvicorn 0.54 logs both as errors of the application.
    """

    async def send(self, message: Any) -> None:
        await super().send(message)
        refused = message["type"] == "websocket.http.response.body" and not message.get("more_body", False)
        if refused or self.transport.is_closing():
            self.handshake_complete = True


class SocketConnection(AnsweredConnection):
    """uvicorn's connection without per-message deflate, with a limited handshake and a close that never hangs."""

    def __init__(
        self,
        *args: Any,
        refused: RefusedRequests,
        connections: ConnectionCounts | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._refused = refused
        self._counts = connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._sender = TransportSender(self.transport, picture=websocket_binary, text=websocket_text)
        self._waiting_pongs_bytes = 0
        self._handshake_timer = self.loop.call_later(HANDSHAKE_WITHIN_SECONDS, self.transport.abort)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        error = self.conn.handshake_exc
        # The library answers an invalid handshake, but does nothing about one that it cannot parse.
        if error is not None and not self.handshake_initiated and not self.transport.is_closing():
            status = HEAD_TOO_LARGE if isinstance(error, SecurityError) else BAD_REQUEST
            self.transport.write(self._refused.answer(status, f"this is not a valid WebSocket handshake: {error}"))
            self.transport.close()

    def handle_cont(self, event: Frame) -> None:
        if len(self.frames) >= FRAGMENTS_LIMIT:
            self._fail(POLICY_VIOLATION, f"more than {FRAGMENTS_LIMIT} fragments in a message")
        else:
            super().handle_cont(event)

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text":
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self._fail(INVALID_DATA, "the text message is not valid UTF-8")
                return
        super().send_receive_event_to_app()

    def _fail(self, code: int, reason: str) -> None:
        """Close the connection because of what the client sent; does nothing the second time."""
        self.frames = []
        if self.close_sent:
            return
        self.conn.send_close(code, reason)
        self.handle_parser_exception()

    def handle_ping(self) -> None:
        pong = b"".join(self.conn.data_to_send())
        if self.transport.get_write_buffer_size():
            self._waiting_pongs_bytes += len(pong)
        else:
            self._waiting_pongs_bytes = 0
        # RFC 6455, 5.5.3: not every ping needs a pong. A client that sends pings but reads nothing gets no more pongs.
        if self._waiting_pongs_bytes <= PONGS_LIMIT_BYTES:
            self.transport.write(pong)

    async def run_asgi(self) -> None:
        scope = cast("dict[str, Any]", self.scope)
        scope["extensions"] |= {SENDER: self._sender, PEER_UID: own_peer_uid(self.transport)}
        await super().run_asgi()

    def connection_lost(self, exc: Exception | None) -> None:
        self._handshake_timer.cancel()
        if self._counts is not None:
            self._counts.leave(self.transport)
        self._sender.lost()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._sender.paused()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._waiting_pongs_bytes = 0
        self._sender.resumed()

    async def send(self, message: Any) -> None:
        closing = message["type"] == "websocket.close"
        if closing:
            self.writable.set()
        await super().send(message)
        if self.handshake_complete:
            self._handshake_timer.cancel()
        if closing and self.close_timer is not None:
            self.close_timer.cancel()
            self.close_timer = self.loop.call_later(CLOSE_HANDSHAKE_SECONDS, self.transport.abort)
