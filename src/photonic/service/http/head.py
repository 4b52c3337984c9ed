"""HEAD wherever GET is (RFC 9110, 9.3.2): the answer's head, and nothing begun for a body that nobody gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEAD = "photonic.head"
"""In an ASGI scope: only the head of the answer is asked for."""


class _HeadIsOut(Exception):
    """The answer's head was sent: whoever makes a body can stop."""


class HeadOfGet:
    """ASGI: routes are asked with GET, and are stopped when they have said how their answer begins.

    So a stream has no viewer and an archive is not read. It has to be the innermost: what stands around it sees HEAD.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            await send(message)
            if message["type"] == "http.response.start":
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                raise _HeadIsOut

        try:
            await self._app({**scope, "method": "GET", HEAD: True}, receive, send_head)
        except* _HeadIsOut:
            pass


def head_only(connection: HTTPConnection) -> bool:
    """Whether the body is not wanted: for routes that would wait for it, or start something."""
    return bool(connection.scope.get(HEAD))
