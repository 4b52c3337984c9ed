"""uvicorn's connections, bounded, with their transports offered to the live routes (``service.live.sender``).

Theory of operation: until a request or a handshake has been answered, nobody has shown a right to anything. So each
connection counts what it is sent (``request_bounds``), has a timer that runs until a request has come whole or
a handshake is answered, and is refused beyond that: with a problem body where nothing else is being answered on it,
else by its end.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import SecurityError

from photonic.protocol.envelopes import http_chunk, websocket_binary, websocket_text
from photonic.service.http.refusals import Refusals
from photonic.service.http.request_bounds import (
    BAD_REQUEST,
    HEAD_TOO_LARGE,
    PIECE_BYTES,
    BeyondBounds,
    Part,
    RequestBounds,
)
from photonic.service.http.streams import ABORT
from photonic.service.live.sender import SENDER, TransportSender

if TYPE_CHECKING:
    import asyncio

    from websockets.frames import Frame

CLOSE_HANDSHAKE_SECONDS = 1.0
PONGS_LIMIT_BYTES = 16 * 1024
"""Of answers to pings that wait behind a frame."""
HEAD_WITHIN_SECONDS = 10.0
"""From the connection, or the first byte of a request, to the end of its head: uvicorn would wait for ever."""
REQUEST_WITHIN_SECONDS = 12.0
"""From the end of the head to the end of the body: longer than ``service.http.bodies`` waits, which answers 408."""
HANDSHAKE_WITHIN_SECONDS = 10.0
"""From a WebSocket's head to its answer."""
PIPELINE_LIMIT = 32
"""Requests that wait behind one that is being answered. Browsers send none."""
FRAGMENTS_LIMIT = 64
"""Of one message of a viewer. An empty fragment adds nothing to the size, which is bounded elsewhere."""
LINGER_SECONDS = 1.0
LINGER_LIMIT_BYTES = 256 * 1024
"""A connection that is closed with bytes unread is reset, and its client may lose the answer."""
RETRY_AFTER_SECONDS = 5
POLICY_VIOLATION = 1008
INVALID_DATA = 1007


class HttpConnection(HttpToolsProtocol):
    """uvicorn's, whose requests are bounded in size and time, and whose streams can be cut off.

    uvicorn's own close waits for bytes that a stuck client never takes. ``connections_limit``: with more open
    connections than that, a new one is refused; ``None``: never.
    """

    def __init__(
        self, *args: Any, refusals: Refusals | None = None, connections_limit: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._refusals = refusals or Refusals()
        self._connections_limit = connections_limit
        self._bounds = RequestBounds()
        self._timer: asyncio.TimerHandle | None = None
        self._lingering_bytes: int | None = None
        self._handed_over = False
        self._answering: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - as uvicorn has it
        super().connection_made(transport)
        self._sender = TransportSender(transport, picture=http_chunk, text=http_chunk)
        self._wait(HEAD_WITHIN_SECONDS)
        limit = self._connections_limit
        if limit is not None and len(self.connections) > limit:
            reason = f"{limit} connections are open, which is as many as this service can hold: try again later"
            retry = {"Retry-After": str(RETRY_AFTER_SECONDS)}
            # Not lingered for: a crowd would hold the descriptors that are kept back.
            self.transport.write(
                self._refusals.answer(HTTPStatus.SERVICE_UNAVAILABLE, reason, retry, "too_many_connections")
            )
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        if self._lingering_bytes is not None:
            self._discard(len(data))
            return
        if self._timer is None and self._bounds.part is Part.BETWEEN:
            self._wait(HEAD_WITHIN_SECONDS)
        for start in range(0, len(data), PIECE_BYTES):
            self._feed(data[start : start + PIECE_BYTES])
            if self._handed_over or self._lingering_bytes is not None or self.transport.is_closing():
                return

    def _feed(self, piece: bytes) -> None:
        try:
            try:
                cast("httptools.HttpRequestParser", self.parser).feed_data(piece)
            except httptools.HttpParserUpgrade:
                if self._should_upgrade():
                    self.handle_websocket_upgrade()
                    return
            except httptools.HttpParserCallbackError as error:
                if isinstance(error.__context__, BeyondBounds):
                    raise error.__context__ from None
                raise
            self._bounds.fed(len(piece))
        except BeyondBounds as beyond:
            self._refuse(beyond.status, beyond.reason)
        except httptools.HttpParserError:
            self._refuse(BAD_REQUEST, "this is no HTTP request, or a malformed one")

    def handle_websocket_upgrade(self) -> None:
        if not self.url.isascii():
            self._refuse(BAD_REQUEST, "the address holds bytes that have to be percent-encoded (RFC 3986, 2.1)")
            return
        if self.pipeline or (self._answering is not None and not self._answering.response_complete):
            # The handshake's answer would stand within another one, whose stream would not be told of the end.
            self.transport.abort()
            return
        self._stop_waiting()
        self._handed_over = True
        super().handle_websocket_upgrade()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._bounds.begin()
        self._wait(HEAD_WITHIN_SECONDS)
        scope = cast("dict[str, Any]", self.scope)
        scope["extensions"] = {ABORT: self.transport.abort, SENDER: self._sender}

    def on_url(self, url: bytes) -> None:
        self._bounds.address(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        in_head = self._bounds.part is Part.HEAD
        self._bounds.field(name, value)
        if in_head:  # A trailer says nothing that a route waits for (RFC 9110, 6.5.1).
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._bounds.head_complete()
        self._check_target()
        self._wait(REQUEST_WITHIN_SECONDS)
        if len(self.pipeline) >= PIPELINE_LIMIT:
            raise BeyondBounds(HTTPStatus.TOO_MANY_REQUESTS, f"more than {PIPELINE_LIMIT} requests wait for answers")
        super().on_headers_complete()

    def _check_target(self) -> None:
        """An address with a host counts for more than Host (RFC 9112, 3.2.2), which is what the gate looks at."""
        host = dict(self.headers).get(b"host", b"")
        scheme, _, rest = self.url.partition(b"://")
        if scheme.isalpha() and rest.partition(b"/")[0].lower() != host.lower():
            raise BeyondBounds(BAD_REQUEST, "the address and Host name different hosts")

    def on_message_complete(self) -> None:
        self._bounds.complete()
        self._stop_waiting()
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._sender.lost()
        # uvicorn tells the newest request only, which is not the one that is being answered while others wait.
        if self._answering is not None:
            _disconnect(self._answering)
        self.pipeline.clear()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._sender.paused()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._sender.resumed()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, app)

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self._timer = self.loop.call_later(seconds, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, status: int, reason: str) -> None:
        """Answer, and end the connection. Where another answer is on its way, this one would stand within it."""
        answer = self._refusals.answer(status, reason)
        cycle = self._answering
        if cycle is not None:
            in_body = self._bounds.part is Part.BODY
            in_the_way = cycle.response_started or self.pipeline or not in_body
            if in_body if cycle.response_complete else in_the_way:
                self.transport.abort()
                return
            _disconnect(cycle)
        self._lingering_bytes = 0
        self.transport.write(answer)
        self.transport.write_eof()
        self._wait(LINGER_SECONDS)

    def _discard(self, size_bytes: int) -> None:
        self._lingering_bytes = (self._lingering_bytes or 0) + size_bytes
        if self._lingering_bytes > LINGER_LIMIT_BYTES:
            self.transport.abort()


def _disconnect(cycle: RequestResponseCycle) -> None:
    """Nothing is sent for this request any more, and whoever answers it is told."""
    if not cycle.response_complete:
        cycle.disconnected = True
        cycle.message_event.set()


class SocketConnection(WebSocketsSansIOProtocol):
    """uvicorn's, without per-message deflate, whose handshake is answered in time or ended.

    Its close waits neither for a stuck client nor long for its answer.
    """

    def __init__(self, *args: Any, refusals: Refusals | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._refusals = refusals or Refusals()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._sender = TransportSender(self.transport, picture=websocket_binary, text=websocket_text)
        self._waiting_pongs_bytes = 0
        self._handshake_timer = self.loop.call_later(HANDSHAKE_WITHIN_SECONDS, self.transport.abort)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        refused = self.conn.handshake_exc
        # What breaks a rule of the handshake was answered; what cannot even be read is no event of the library's.
        if refused is not None and not self.handshake_initiated and not self.transport.is_closing():
            status = HEAD_TOO_LARGE if isinstance(refused, SecurityError) else BAD_REQUEST
            self.transport.write(self._refusals.answer(status, f"this WebSocket handshake cannot be read: {refused}"))
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
                self._fail(INVALID_DATA, "a text that is not UTF-8")
                return
        super().send_receive_event_to_app()

    def _fail(self, code: int, reason: str) -> None:
        """End the connection for what the client sent; said once."""
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
        # RFC 6455, 5.5.3: not every ping has to be answered. One who asks and does not listen is not.
        if self._waiting_pongs_bytes <= PONGS_LIMIT_BYTES:
            self.transport.write(pong)

    async def run_asgi(self) -> None:
        scope = cast("dict[str, Any]", self.scope)
        scope["extensions"][SENDER] = self._sender
        await super().run_asgi()

    def connection_lost(self, exc: Exception | None) -> None:
        self._handshake_timer.cancel()
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
