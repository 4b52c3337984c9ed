"""uvicorn's HTTP connection with limits, and with its transport offered to the live routes (``service.live.sender``).

Theory of operation. The sender of a request is not authorized until the request reaches the middleware, so a connection
must not cost more than a bounded amount of memory and time:

- Size: every byte is counted (``request_bounds``) before the parser may buffer it.
- Time: one timer runs while the service waits for the client: until the head is complete, then until the body is
  complete. When it fires, the connection is aborted.
- Number: ``access.connection_counts`` decides. A connection beyond the limits is answered 503 and closed; one in the
  share for operators carries ``RESERVED`` in the scope of its requests, so that the gate refuses everybody else.

Requests may be pipelined. uvicorn answers them one at a time, in order; ``_answering`` is the one being answered now,
and the rest wait in ``pipeline``. A refusal is a response written straight to the transport. It may be written only if
no other response has begun or is pending, as the client would otherwise read it as part of that response; in that case
the connection is aborted instead. After a refusal the connection lingers: it reads and discards for a moment, because
closing a socket with unread bytes resets it, and the client could lose the response.

After a WebSocket upgrade the transport belongs to ``SocketConnection`` (``websocket_connection``).
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from photonic.access.connection_counts import REFUSALS, Admission
from photonic.access.forwarding import TrustedProxies
from photonic.access.names import is_loopback
from photonic.protocol.envelopes import http_chunk
from photonic.service.http.request_bounds import BAD_REQUEST, PIECE_BYTES, Part, RequestBounds, RequestRejected
from photonic.service.http.streams import ABORT
from photonic.service.live.sender import SENDER, TransportSender
from photonic.serving.callers import PEER_UID
from photonic.serving.shares import RESERVED
from photonic.serving.unix_socket import own_peer_uid

if TYPE_CHECKING:
    import asyncio

    from photonic.access.connection_counts import ConnectionCounts
    from photonic.service.http.refused_requests import RefusedRequests

HEAD_WITHIN_SECONDS = 10.0
"""From the connection, or the first byte of a request, to the end of its head; uvicorn itself has no limit."""
REQUEST_WITHIN_SECONDS = 12.0
"""From the end of the head to the end of the body; ``service.http.bodies`` answers 408 before that."""
PIPELINE_LIMIT = 32
"""Requests that may wait behind the one being answered. Browsers do not pipeline."""
LINGER_SECONDS = 1.0
LINGER_LIMIT_BYTES = 256 * 1024
TRY_LATER = {"Retry-After": "5"}
LAST_REQUEST_WITHIN_SECONDS = 0.5
"""How long the first request of a connection is waited for while the service stops."""


class HttpConnection(HttpToolsProtocol):
    """uvicorn's connection, whose requests are limited in size and time and whose streams can be aborted.

    uvicorn's own close waits until a stuck client has read everything, which it never does. ``connections`` counts and
    limits the open connections; ``None``: there is no limit. ``trusted``: the proxies whose address has no limit.
    """

    def __init__(
        self,
        *args: Any,
        refused: RefusedRequests,
        connections: ConnectionCounts | None = None,
        trusted: TrustedProxies | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._refused = refused
        self._counts = connections
        self._trusted = trusted or TrustedProxies()
        self._is_reserved = False
        self._bounds = RequestBounds()
        self._timer: asyncio.TimerHandle | None = None
        self._lingering_bytes: int | None = None
        self._handed_over = False
        self._answering: RequestResponseCycle | None = None
        self._last = False
        self._last_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - as uvicorn has it
        super().connection_made(transport)
        self._sender = TransportSender(transport, picture=http_chunk, text=http_chunk)
        self._peer_uid = own_peer_uid(transport)
        self._wait(HEAD_WITHIN_SECONDS)
        if self._counts is not None:
            self._arrive(self._counts)

    def _arrive(self, counts: ConnectionCounts) -> None:
        """Count this connection, close a silent one that makes way for it, or refuse it."""
        address = (self.client[0] if self.client else None) or None
        is_proxy = self._trusted.trusts_peer(address)
        local = not is_proxy and (address is None or is_loopback(address))
        arrival = counts.arrive(self.transport, address, local=local, exempt=is_proxy)
        if arrival.evicted is not None:
            cast("asyncio.Transport", arrival.evicted).abort()
        self._is_reserved = arrival.admission is Admission.RESERVED
        if arrival.admission in REFUSALS:
            whose = "your address" if arrival.admission is Admission.ADDRESS_FULL else "the service"
            reason = f"{whose} has as many open connections as are allowed: close some, or try again later"
            # Without lingering: many clients at once would use up the reserved descriptors.
            self.transport.write(
                self._refused.answer(HTTPStatus.SERVICE_UNAVAILABLE, reason, TRY_LATER, "too_many_connections")
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
                if isinstance(error.__context__, RequestRejected):
                    raise error.__context__ from None
                raise
            self._bounds.fed(len(piece))
        except RequestRejected as rejected:
            self._refuse(rejected.status, rejected.reason)
        except httptools.HttpParserError:
            self._refuse(BAD_REQUEST, "this is not a valid HTTP request")

    def handle_websocket_upgrade(self) -> None:
        if not self.url.isascii():
            self._refuse(BAD_REQUEST, "the address contains bytes that must be percent-encoded (RFC 3986, 2.1)")
            return
        if self.pipeline or (self._answering is not None and not self._answering.response_complete):
            # The handshake's response would be written inside another response, whose stream would never end.
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
        scope["extensions"] = {
            ABORT: self.transport.abort,
            SENDER: self._sender,
            RESERVED: self._is_reserved,
            PEER_UID: self._peer_uid,
        }

    def on_url(self, url: bytes) -> None:
        self._bounds.address(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        in_head = self._bounds.part is Part.HEAD
        self._bounds.field(name, value)
        if in_head:  # Trailers are dropped: no route uses them (RFC 9110, 6.5.1).
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._bounds.head_complete()
        if self._counts is not None:
            self._counts.has_sent(self.transport)
        self._check_target()
        self._wait(REQUEST_WITHIN_SECONDS)
        if len(self.pipeline) >= PIPELINE_LIMIT:
            raise RequestRejected(
                HTTPStatus.TOO_MANY_REQUESTS, f"more than {PIPELINE_LIMIT} requests are waiting on this connection"
            )
        super().on_headers_complete()

    def _check_target(self) -> None:
        """The gate checks Host, but a host in the address takes precedence (RFC 9112, 3.2.2): both must agree."""
        host = dict(self.headers).get(b"host", b"")
        scheme, _, rest = self.url.partition(b"://")
        if scheme.isalpha() and rest.partition(b"/")[0].lower() != host.lower():
            raise RequestRejected(BAD_REQUEST, "the address and the Host header name different hosts")

    def on_message_complete(self) -> None:
        self._bounds.complete()
        self._stop_waiting()
        super().on_message_complete()

    def shutdown(self) -> None:
        """uvicorn's, except that a connection whose request is on its way is still answered, then closed."""
        if self._answering is None or self._bounds.part is Part.HEAD:
            self._last = True
            self._last_timer = self.loop.call_later(LAST_REQUEST_WITHIN_SECONDS, self._close_unused)
            return
        super().shutdown()

    def _close_unused(self) -> None:
        super().shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        if self._counts is not None:
            self._counts.leave(self.transport)
        if self._last_timer is not None:
            self._last_timer.cancel()
        self._sender.lost()
        # uvicorn notifies only the newest request, which is not the one being answered while others wait.
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
        if self._last:
            cycle.keep_alive = False
        super()._start_asgi_task(cycle, app)

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self._timer = self.loop.call_later(seconds, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, status: int, reason: str) -> None:
        """Write a refusal and close; abort if another response has begun or is pending (see the module)."""
        answer = self._refused.answer(status, reason)
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
    """Send nothing more for this request, and tell its route that the client has disconnected."""
    if not cycle.response_complete:
        cycle.disconnected = True
        cycle.message_event.set()
