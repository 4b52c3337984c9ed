"""The two live WebSockets: plain JPEGs for clients of part A, and ``photonic.live.v1``.

A viewer has one task, which sleeps until the client says something or leaves; frames and words go out in the turn in
which they come. What clients say is not looked at. No socket is closed for a capture, nor while the camera recovers:
frames go on when there are frames.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog
from starlette.websockets import WebSocketDisconnect

from photonic.errors import EndOfStream
from photonic.model.status import CameraState, LiveState
from photonic.protocol.live import SUBPROTOCOL
from photonic.service.base.shutdown import leaf
from photonic.service.live.frames import live_form, plain_form
from photonic.service.live.hub import ViewerKind
from photonic.service.live.sender import sender_of

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

    from photonic.model.hints import Hints
    from photonic.model.status import Snapshot
    from photonic.service.base.shutdown import ShutdownScope
    from photonic.service.http.roles import FrameHub, FrameStream
    from photonic.service.http.status_feed import StatusFeed

CLOSE_WITHIN_SECONDS = 1.0
MESSAGES_A_SECOND = 50

NORMAL_CLOSURE = 1000
ABNORMAL_CLOSURE = 1006
POLICY_VIOLATION = 1008
SERVICE_RESTART = 1012
TRY_AGAIN_LATER = 1013
REASON_LIMIT_BYTES = 123
"""RFC 6455, 5.5: a control frame holds 125 bytes, two of them the code."""

log = structlog.stdlib.get_logger(__name__)


class _Chatter(Exception):
    """The client says more than a viewer has to say."""


async def converse(
    socket: WebSocket, hub: FrameHub, feed: StatusFeed, *, hints: Hints, shutdown: ShutdownScope
) -> None:
    """Serve one live socket from its handshake to its end, which always has a code and a reason."""

    async def carry(ready: bytes, words: bool) -> None:
        try:
            await (socket.send_text(ready.decode()) if words else socket.send_bytes(ready))
        except RuntimeError as closed:  # uvicorn's own close, for want of a pong, came first
            raise WebSocketDisconnect(ABNORMAL_CLOSURE) from closed

    ours = speaks_live(socket)
    await socket.accept(SUBPROTOCOL if ours else None)
    sender = sender_of(socket.scope, carry)
    attached = (
        hub.attach(ViewerKind.LIVE, sender, live_form, hints=hints, status_text=feed.words)
        if ours
        else hub.attach(ViewerKind.PLAIN, sender, plain_form, hints=hints)
    )
    code: int | None = NORMAL_CLOSURE
    reason = ""
    stuck = False
    try:
        with attached as channel:
            try:
                async with shutdown.bound(), channel.opened():
                    with feed.told(lambda snapshot: _tell(channel, snapshot, ours=ours)):
                        await _read(socket)
            finally:
                stuck = channel.stuck
    except* WebSocketDisconnect:
        code = None
    except* EndOfStream as ended:
        code, reason = (SERVICE_RESTART if shutdown.begun else NORMAL_CLOSURE), str(leaf(ended))
    except* _Chatter:
        code, reason = POLICY_VIOLATION, f"more than {MESSAGES_A_SECOND} messages a second from a viewer"
    if code is not None:
        await close(socket, TRY_AGAIN_LATER if stuck else code, reason)


def speaks_live(socket: WebSocket) -> bool:
    """Whether the client offers ``photonic.live.v1``; without it, it is a client of part A."""
    return SUBPROTOCOL in socket.scope.get("subprotocols", ())


def _tell(channel: FrameStream, snapshot: Snapshot, *, ours: bool) -> None:
    """The station's word to a viewer: a snapshot, or for part A the end, when there will be no frame without asking."""
    if ours:
        channel.send_status()
    elif snapshot.camera.state is CameraState.DISCONNECTED:
        channel.dismiss("the camera was disconnected on request")
    elif snapshot.live.state is LiveState.UNSUPPORTED:
        channel.dismiss(snapshot.live.reason or "this camera has no live view")


async def close(socket: WebSocket, code: int, reason: str) -> None:
    """Close with a reason, cut to what a close frame holds; does nothing when the client has left meanwhile."""
    cut = reason.encode()[:REASON_LIMIT_BYTES].decode(errors="ignore")
    log.info("live socket closed", code=code, reason=cut)
    try:
        async with asyncio.timeout(CLOSE_WITHIN_SECONDS):
            await socket.close(code, cut)
    except (TimeoutError, WebSocketDisconnect, RuntimeError) as error:
        log.debug("live socket was gone before its close", error=str(error))


async def _read(socket: WebSocket) -> None:
    """Take and forget what the client says; raises ``WebSocketDisconnect`` when it leaves."""
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
            raise _Chatter
