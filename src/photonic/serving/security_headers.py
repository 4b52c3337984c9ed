"""The headers that tell a browser what it may do with a response, and which pages may frame it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.serving.callers import path_below_root
from photonic.serving.gate import LINKED

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from photonic.access.origins import OriginRule

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors "
)
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)
CORP = b"cross-origin-resource-policy"


class SecurityHeaders:
    """ASGI: adds these headers to every response.

    Args:
        app: The application.
        origins: The pages that may use the service: those allowed by name may frame all pages.
        shown_pages: The paths of pages made to be shown within others, which have nothing to click: everybody may frame
            them if everybody may use the service, or with a valid signed link.
    """

    def __init__(self, app: ASGIApp, *, origins: OriginRule, shown_pages: Collection[str] = ()) -> None:
        self._app = app
        self._public = origins.public
        self._named = (b"content-security-policy", (POLICY + " ".join(("'self'", *origins.named))).encode("ascii"))
        self._anywhere = (b"content-security-policy", f"{POLICY}*".encode("ascii"))
        self._shown_pages = frozenset(shown_pages)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        shown = path_below_root(scope) in self._shown_pages

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                anywhere = shown and (self._public or scope.get(LINKED, False))
                headers = [*message.get("headers", ()), *HEADERS, self._anywhere if anywhere else self._named]
                if not any(name == CORP for name, _value in headers):
                    headers.append((CORP, b"same-site"))
                message["headers"] = headers
            await send(message)

        await self._app(scope, receive, send_with_headers)
