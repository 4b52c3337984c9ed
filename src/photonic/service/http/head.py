"""HEAD for every GET route (RFC 9110, 9.3.2): sends only the head of the response, and does not produce the body."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEAD = "photonic.head"
"""Key in an ASGI scope: the request is a HEAD request."""


class _HeadSent(Exception):
    """The head of the response has been sent: stop producing its body."""


class HeadOfGet:
    """ASGI: passes HEAD to the GET route and stops the route as soon as its response has begun.

    So HEAD adds no viewer to a stream and reads no archive. This must be the innermost middleware, so that the others
    see HEAD.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            await send(message)
            if message["type"] == "http.response.start":
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                raise _HeadSent

        try:
            await self._app({**scope, "method": "GET", HEAD: True}, receive, send_head)
        except* _HeadSent:
            pass


def head_only(connection: HTTPConnection) -> bool:
    """Whether this is a HEAD request; for routes that would otherwise wait for a body or start something."""
    return bool(connection.scope.get(HEAD))
