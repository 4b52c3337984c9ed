"""HTTP responses that stream: multipart frames and server-sent events.

A stream ends when its client reads nothing for ``TAKE_WITHIN_SECONDS``, when the right to it ends, and when the service
stops.
"""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from contextlib import aclosing
from typing import TYPE_CHECKING

import structlog
from starlette.responses import Response

from photonic.errors import EndOfStream
from photonic.protocol.multipart import CONTENT_TYPE, DELIMITER
from photonic.service.base.background import leaf
from photonic.service.live.frames import part_form
from photonic.service.live.hub import ViewerKind
from photonic.service.live.sender import sender_of
from photonic.service.live.subscriber import TAKE_WITHIN_SECONDS
from photonic.serving.shares import ShareRefused

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.types import Receive, Scope, Send

    from photonic.model.hints import Hints
    from photonic.service.live.frames import Form
    from photonic.service.live.hub import Hub
    from photonic.serving.leases import StreamLease

FINISH_WITHIN_SECONDS = 0.5
ABORT = "photonic.abort"
"""ASGI extension: aborts the connection without waiting for the client to read the remaining bytes."""

log = structlog.stdlib.get_logger(__name__)


class ClientLeft(Exception):
    """The client has disconnected."""


class _Stream(Response):
    """A response of unlimited length: its beginning and its end. ``_views``: whether it counts as a viewer."""

    _views = False

    def __init__(self, media_type: str, lease: StreamLease) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "Content-Type": media_type, "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._lease = lease

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the stream ends, the client leaves or reads nothing, or the service stops."""
        held = self._lease.hold(views=self._views)
        if isinstance(held, ShareRefused):
            await held.response()(scope, receive, send)
            return
        with held:
            await self._stream(scope, receive, send)

    @abstractmethod
    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the stream from its beginning to its end."""

    async def _begin(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})

    async def _finish(self, send: Send) -> None:
        """Send the end of the body, if the client still reads."""
        try:
            async with asyncio.timeout(FINISH_WITHIN_SECONDS):
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            log.info("stream ended without its last chunk: the client reads nothing")

    async def _abort(self, scope: Scope, receive: Receive) -> None:
        """Abort the connection of a client that reads nothing."""
        log.info("stream aborted: the client read nothing", seconds=TAKE_WITHIN_SECONDS, path=scope["path"])
        await abort_connection(scope, receive)


class MultipartResponse(_Stream):
    """Frames as parts of one multipart body, until live view is stopped on request or the client leaves."""

    _views = True

    def __init__(self, hub: Hub, hints: Hints, lease: StreamLease, form: Form = part_form) -> None:
        super().__init__(CONTENT_TYPE, lease)
        self._hub = hub
        self._hints = hints
        self._form = form

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_part(ready: bytes, _is_text: bool) -> None:
            await _send_chunk(send, ready)

        await self._begin(send)
        await _send_chunk(send, DELIMITER)
        sender = sender_of(scope, send_part)
        left = False
        with self._hub.attach(ViewerKind.MULTIPART, sender, self._form, hints=self._hints) as channel:
            try:
                async with self._lease.bound(), channel.opened():
                    await _left(receive)
            except* ClientLeft:
                left = True
            except* EndOfStream as ended:
                log.debug("stream ended", reason=str(leaf(ended)), path=scope["path"])
        if channel.stuck:
            await self._abort(scope, receive)
        elif not left:
            await self._finish(send)


class StreamResponse(_Stream):
    """A response in chunks; each chunk is produced only after the previous one is sent, so that none is outdated."""

    def __init__(self, chunks: AsyncGenerator[bytes], media_type: str, lease: StreamLease) -> None:
        super().__init__(media_type, lease)
        self._chunks = chunks

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        left = stuck = False
        try:
            async with aclosing(self._chunks), self._lease.bound(), asyncio.TaskGroup() as tasks:
                watcher = tasks.create_task(_left(receive))
                await self._begin(send)
                async for chunk in self._chunks:
                    async with asyncio.timeout(TAKE_WITHIN_SECONDS):
                        await _send_chunk(send, chunk)
                watcher.cancel()
        except* ClientLeft:
            left = True
        except* TimeoutError:
            stuck = True
        except* EndOfStream as ended:
            log.debug("stream ended", reason=str(leaf(ended)), path=scope["path"])
        if stuck:
            await self._abort(scope, receive)
        elif not left:
            await self._finish(send)


async def _send_chunk(send: Send, chunk: bytes) -> None:
    """Send a chunk, and return when the server no longer buffers any of it."""
    await send({"type": "http.response.body", "body": chunk, "more_body": True})
    # uvicorn waits before a write, not after it: sending an empty chunk waits for the previous one.
    await send({"type": "http.response.body", "body": b"", "more_body": True})


async def abort_connection(scope: Scope, receive: Receive) -> None:
    """Abort the connection, where the server can."""
    abort = scope.get("extensions", {}).get(ABORT)
    if abort is not None:
        abort()
        await receive()


async def _left(receive: Receive) -> None:
    """Wait until the client disconnects, then raise ``ClientLeft``."""
    while (await receive())["type"] != "http.disconnect":
        pass
    raise ClientLeft
