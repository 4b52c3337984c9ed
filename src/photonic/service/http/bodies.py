"""Limits the size and the duration of request bodies, with a Content-Length or chunked."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

from photonic.serving.problems import of_status

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LIMIT_BYTES = 64 * 1024
WITHIN_SECONDS = 10.0
# The rest of a refused body is not read, so the connection cannot be reused.
_CLOSE = {"Connection": "close"}


class BodyLimit:
    """ASGI: answers 413 for a body of more than ``limit_bytes``, and 408 for one that takes too long."""

    def __init__(self, app: ASGIApp, limit_bytes: int = LIMIT_BYTES, within_seconds: float = WITHIN_SECONDS) -> None:
        self._app = app
        self._limit_bytes = limit_bytes
        self._within_seconds = within_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdecimal() or len(announced) > 18 or int(announced) > self._limit_bytes:
            await of_status(413, self._too_large, _CLOSE)(scope, receive, send)
            return
        await self._app(scope, _BoundedBody(receive, self._limit_bytes, self._within_seconds).receive, send)

    @property
    def _too_large(self) -> str:
        return f"the body is larger than {self._limit_bytes} bytes"


class _BoundedBody:
    def __init__(self, receive: Receive, limit_bytes: int, within_seconds: float) -> None:
        self._receive = receive
        self._limit_bytes = limit_bytes
        self._within_seconds = within_seconds
        self._deadline = asyncio.get_running_loop().time() + within_seconds
        self._received_bytes = 0
        self._whole = False

    async def receive(self) -> Message:
        """The next message; without a limit after the whole body, when the app waits for the client to disconnect."""
        if self._whole:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            detail = f"the body did not arrive within {self._within_seconds:g} seconds"
            raise HTTPException(408, detail, _CLOSE) from None
        self._received_bytes += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        if self._received_bytes > self._limit_bytes:
            raise HTTPException(413, f"the body is larger than {self._limit_bytes} bytes", _CLOSE)
        return message
