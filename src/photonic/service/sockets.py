"""The two live WebSockets: plain JPEGs for clients of part A, and ``photonic.live.v1``.

A viewer has two tasks: its own sends, the other reads, so that a client's leaving is seen at once. What clients say is
not looked at. No socket is closed for a capture, nor while the camera recovers: frames go on when there are frames.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

import structlog
from starlette.websockets import WebSocketDisconnect

from photonic.errors import EndOfStream
from photonic.model.status import CameraState, LiveState
from photonic.protocol.live import SUBPROTOCOL
from photonic.service.endings import leaf
from photonic.service.hub import ViewerKind

if TYPE_CHECKING:
    from starlette.websockets import WebSocket

    from photonic.service.endings import Endings
    from photonic.service.events import StatusFeed
    from photonic.service.roles import CameraStation, FrameViewer

TAKE_WITHIN_SECONDS = 10.0
HEARTBEAT_SECONDS = 1.0
CLOSE_WITHIN_SECONDS = 1.0
MESSAGES_A_SECOND = 50

NORMAL_CLOSURE = 1000
POLICY_VIOLATION = 1008
SERVICE_RESTART = 1012
TRY_AGAIN_LATER = 1013
REASON_LIMIT_BYTES = 123
"""RFC 6455, 5.5: a control frame holds 125 bytes, two of them the code."""

log = structlog.stdlib.get_logger(__name__)


class _Chatter(Exception):
    """The client says more than a viewer has to say."""


class Conversation(Protocol):
    """What is sent to one viewer, until it raises ``EndOfStream``."""

    async def run(self, viewer: FrameViewer) -> None:
        """Send."""
        ...


class PlainConversation:
    """Part A: whole JPEGs as binary messages, and nothing else."""

    def __init__(self, socket: WebSocket, station: CameraStation) -> None:
        self._socket = socket
        self._station = station

    async def run(self, viewer: FrameViewer) -> None:
        """Send frames; end when there will be none until somebody asks for live view anew."""
        while True:
            try:
                frame = await viewer.next(HEARTBEAT_SECONDS)
            except TimeoutError:
                self._check_wanted()
                continue
            async with asyncio.timeout(TAKE_WITHIN_SECONDS):
                await self._socket.send_bytes(frame.jpeg)

    def _check_wanted(self) -> None:
        status = self._station.snapshot()
        if status.camera.state is CameraState.DISCONNECTED:
            raise EndOfStream("the camera was disconnected on request")
        if status.live.state is LiveState.UNSUPPORTED:
            raise EndOfStream(status.live.reason or "this camera has no live view")


class LiveConversation:
    """``photonic.live.v1``: a snapshot first, then frames, and snapshots on change and every second."""

    def __init__(self, socket: WebSocket, station: CameraStation, feed: StatusFeed) -> None:
        self._socket = socket
        self._station = station
        self._feed = feed

    async def run(self, viewer: FrameViewer) -> None:
        """Send frames and snapshots; ends only when the service ends the stream."""
        with self._feed.told(viewer.nudge):
            told = self._feed.number
            await self._say(self._station.snapshot().model_dump_json())
            while True:
                frame = None
                try:
                    # The feed speaks every second: this is for a feed that does not, and never beside it.
                    frame = await viewer.next(2 * HEARTBEAT_SECONDS)
                except TimeoutError:
                    if told == self._feed.number:
                        await self._say(self._station.snapshot().model_dump_json())
                if frame is not None:
                    async with asyncio.timeout(TAKE_WITHIN_SECONDS):
                        await self._socket.send_bytes(self._station.hub.live_message(frame))
                if told != self._feed.number:
                    told = self._feed.number
                    await self._say(self._feed.text)

    async def _say(self, text: str) -> None:
        async with asyncio.timeout(TAKE_WITHIN_SECONDS):
            await self._socket.send_text(text)


async def converse(socket: WebSocket, station: CameraStation, feed: StatusFeed, endings: Endings) -> None:
    """Serve one live socket from its handshake to its end, which always has a code and a reason."""
    if SUBPROTOCOL in socket.scope.get("subprotocols", ()):
        kind, subprotocol = ViewerKind.LIVE, SUBPROTOCOL
        conversation: Conversation = LiveConversation(socket, station, feed)
    else:
        kind, subprotocol = ViewerKind.PLAIN, None
        conversation = PlainConversation(socket, station)
    await socket.accept(subprotocol)
    code: int | None = NORMAL_CLOSURE
    reason = ""
    try:
        async with endings.bound(), asyncio.TaskGroup() as tasks:
            reader = tasks.create_task(_read(socket))
            with station.hub.join(kind) as viewer:
                await conversation.run(viewer)
            reader.cancel()
    except* WebSocketDisconnect:
        code = None
    except* EndOfStream as ended:
        code, reason = (SERVICE_RESTART if endings.begun else NORMAL_CLOSURE), str(leaf(ended))
    except* TimeoutError:
        code, reason = TRY_AGAIN_LATER, f"this viewer took nothing for {TAKE_WITHIN_SECONDS:g} seconds"
    except* _Chatter:
        code, reason = POLICY_VIOLATION, f"more than {MESSAGES_A_SECOND} messages a second from a viewer"
    if code is not None:
        await close(socket, code, reason)


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
