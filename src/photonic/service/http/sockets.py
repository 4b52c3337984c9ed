"""The two live WebSockets: plain JPEGs for clients of the compat API, and ``photonic.live.v1``.

Each viewer has one task, which sleeps until the client sends something or leaves; frames and statuses are written
directly when they are published. Messages from clients are discarded. A socket stays open during a capture and while
the camera recovers: frames continue as soon as there are any.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog
from starlette.websockets import WebSocketDisconnect

from photonic.errors import EndOfStream
from photonic.model.status import CameraState, LiveState
from photonic.protocol.envelopes import close_reason
from photonic.protocol.live import SUBPROTOCOL
from photonic.service.base.background import leaf
from photonic.service.live.frames import live_form, plain_form
from photonic.service.live.hub import ViewerKind
from photonic.service.live.sender import sender_of
from photonic.serving.gate import NOT_SIGNED_IN
from photonic.serving.leases import AccessEnded
from photonic.serving.shares import RETRY_AFTER_SECONDS

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

    from photonic.model.hints import Hints
    from photonic.model.status import Snapshot, ViewerStatus
    from photonic.protocol.envelopes import Envelope
    from photonic.service.http.status_feed import StatusFeed
    from photonic.service.live.hub import Hub
    from photonic.service.live.subscriber import Subscriber
    from photonic.serving.leases import StreamLease
    from photonic.serving.shares import ShareRefused

CLOSE_WITHIN_SECONDS = 1.0
MESSAGES_A_SECOND = 50

NORMAL_CLOSURE = 1000
ABNORMAL_CLOSURE = 1006
POLICY_VIOLATION = 1008
SERVICE_RESTART = 1012
TRY_AGAIN_LATER = 1013
TOO_MANY = 4429

log = structlog.stdlib.get_logger(__name__)


class _TooManyMessages(Exception):
    """The client sends more messages than any viewer needs to."""


async def serve_live_socket(socket: WebSocket, hub: Hub, feed: StatusFeed, *, hints: Hints, lease: StreamLease) -> None:
    """Serve one live socket from its handshake to its close, which always has a code and a reason."""

    async def carry(ready: bytes, is_text: bool) -> None:
        try:
            await (socket.send_text(ready.decode()) if is_text else socket.send_bytes(ready))
        except RuntimeError as closed:  # uvicorn has already closed it, because no pong arrived
            raise WebSocketDisconnect(ABNORMAL_CLOSURE) from closed

    def status_text(viewer: ViewerStatus, envelope: Envelope) -> bytes:
        return feed.text(viewer, envelope, lease.viewer)

    with_status = offers_live_protocol(socket)
    await socket.accept(SUBPROTOCOL if with_status else None)
    sender = sender_of(socket.scope, carry)
    attached = (
        hub.attach(ViewerKind.LIVE, sender, live_form, hints=hints, status_text=status_text)
        if with_status
        else hub.attach(ViewerKind.PLAIN, sender, plain_form, hints=hints)
    )
    code: int | None = NORMAL_CLOSURE
    reason = ""
    stuck = False
    try:
        with attached as subscriber:
            try:
                async with lease.bound(), subscriber.opened():
                    with feed.listening(lambda snapshot: _on_snapshot(subscriber, snapshot, with_status=with_status)):
                        await _read(socket)
            finally:
                stuck = subscriber.stuck
    except* WebSocketDisconnect:
        code = None
    except* EndOfStream as ended:
        code, reason = _code_of(leaf(ended), with_status=with_status, lease=lease), str(leaf(ended))
    except* _TooManyMessages:
        code, reason = POLICY_VIOLATION, f"the viewer sent more than {MESSAGES_A_SECOND} messages a second"
    if code is not None:
        await close(socket, TRY_AGAIN_LATER if stuck else code, reason)


async def refuse_viewer(socket: WebSocket, refused: ShareRefused) -> None:
    """Refuse a viewer for whom there is no place: before the handshake, or with a code in the live protocol.

    A browser shows a page nothing of a refused handshake, but the code and the reason of a close.
    """
    if offers_live_protocol(socket):
        await socket.accept(SUBPROTOCOL)
        await close(socket, TOO_MANY, f"{refused.reason}; try again in {RETRY_AFTER_SECONDS} s")
    else:
        await socket.send_denial_response(refused.response())


def _code_of(ended: BaseException, *, with_status: bool, lease: StreamLease) -> int:
    """The close code for the reason that a stream ended."""
    if isinstance(ended, AccessEnded):
        return NOT_SIGNED_IN if with_status else POLICY_VIOLATION
    return SERVICE_RESTART if lease.service_stops else NORMAL_CLOSURE


def offers_live_protocol(socket: WebSocket) -> bool:
    """Whether the client offers ``photonic.live.v1``; otherwise it is a client of the compat API."""
    return SUBPROTOCOL in socket.scope.get("subprotocols", ())


def _on_snapshot(subscriber: Subscriber, snapshot: Snapshot, *, with_status: bool) -> None:
    """Send the status; end a stream of the compat API, which has none, if no frame will arrive until a user acts."""
    if with_status:
        subscriber.send_status()
    elif snapshot.camera.state is CameraState.DISCONNECTED:
        subscriber.dismiss("the camera was disconnected on request")
    elif snapshot.live.state is LiveState.UNSUPPORTED:
        subscriber.dismiss(snapshot.live.reason or "this camera has no live view")


async def close(socket: WebSocket, code: int, reason: str) -> None:
    """Close with a reason, shortened to fit a close frame; does nothing if the client has already left."""
    cut = close_reason(reason)
    log.info("live socket closed", code=code, reason=cut)
    try:
        async with asyncio.timeout(CLOSE_WITHIN_SECONDS):
            await socket.close(code, cut)
    except (TimeoutError, WebSocketDisconnect, RuntimeError) as error:
        log.debug("live socket was already closed", error=str(error))


async def _read(socket: WebSocket) -> None:
    """Discard what the client sends; raises ``WebSocketDisconnect`` when it leaves."""
    loop = asyncio.get_running_loop()
    since, count = loop.time(), 0
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005), message.get("reason"))
        if loop.time() - since > 1.0:
            since, count = loop.time(), 0
        count += 1
        if count > MESSAGES_A_SECOND:
            raise _TooManyMessages
