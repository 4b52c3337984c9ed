"""HTTP responses that go on: multipart frames and server-sent events.

Each has one task beside its own, which watches for the client's leaving. A client that takes nothing for
``TAKE_WITHIN_SECONDS`` is cut off; so is every stream when the service stops.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import structlog
from starlette.responses import Response

from photonic.errors import EndOfStream
from photonic.protocol.multipart import CONTENT_TYPE, DELIMITER
from photonic.service.endings import leaf
from photonic.service.hub import ViewerKind

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.types import Receive, Scope, Send

    from photonic.service.endings import Endings
    from photonic.service.roles import CameraStation

TAKE_WITHIN_SECONDS = 10.0
ABORT = "photonic.abort"
"""ASGI extension: cuts the connection without waiting for bytes that the client does not take."""

log = structlog.stdlib.get_logger(__name__)


class ClientLeft(Exception):
    """The client has closed its side."""


class StreamResponse(Response):
    """An answer of many chunks, each handed over before the next is asked for: what is sent is never old."""

    def __init__(self, chunks: AsyncGenerator[bytes], media_type: str, endings: Endings) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "Content-Type": media_type, "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._chunks = chunks
        self._endings = endings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the chunks end, the client leaves or takes nothing, or the service stops."""
        left = stuck = False
        try:
            async with aclosing(self._chunks), self._endings.bound(), asyncio.TaskGroup() as tasks:
                watcher = tasks.create_task(_watch(receive))
                await self._send_all(send)
                watcher.cancel()
        except* ClientLeft:
            left = True
        except* TimeoutError:
            stuck = True
        except* EndOfStream as ended:
            log.debug("stream ended", reason=str(leaf(ended)), path=scope["path"])
        if stuck:
            log.info("stream cut off: the client took nothing", seconds=TAKE_WITHIN_SECONDS, path=scope["path"])
            await _cut_off(scope, receive)
        elif not left:
            await _finish(send)

    async def _send_all(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for chunk in self._chunks:
            async with asyncio.timeout(TAKE_WITHIN_SECONDS):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
                # The server waits before it writes, not after: an empty chunk waits for the one before it.
                await send({"type": "http.response.body", "body": b"", "more_body": True})


async def multipart_parts(station: CameraStation) -> AsyncGenerator[bytes]:
    """The station's frames as parts of one multipart body, as long as the live view is not ended on purpose."""
    yield DELIMITER
    with station.hub.join(ViewerKind.MULTIPART) as viewer:
        while True:
            try:
                frame = await viewer.next()
            except EndOfStream:
                return
            yield station.hub.part(frame)


MULTIPART_TYPE = CONTENT_TYPE


async def _watch(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    raise ClientLeft


async def _finish(send: Send) -> None:
    """The end of the body, if the client still takes it."""
    try:
        async with asyncio.timeout(0.5):
            await send({"type": "http.response.body", "body": b"", "more_body": False})
    except TimeoutError:
        log.info("stream ended without its last chunk: the client takes nothing")


async def _cut_off(scope: Scope, receive: Receive) -> None:
    abort = scope.get("extensions", {}).get(ABORT)
    if abort is not None:
        abort()
        await receive()
