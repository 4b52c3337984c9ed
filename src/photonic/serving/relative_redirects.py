"""Redirects as relative addresses, so that they also hold behind a proxy that serves the application under a path."""

from __future__ import annotations

from posixpath import dirname, relpath, split
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import URL, MutableHeaders

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


REDIRECTS = range(300, 400)


class RelativeRedirects:
    """ASGI: makes the ``Location`` of each redirect on this host relative to the request (RFC 9110, 10.2.2).

    The service knows neither the scheme nor the path under which a proxy serves it; the browser does. Addresses of
    other hosts, and those that are relative already, stay.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_relative(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in REDIRECTS:
                headers = MutableHeaders(raw=message["headers"])
                if (location := headers.get("location")) is not None:
                    headers["location"] = relative_to(URL(scope=scope), location)
            await send(message)

        await self._app(scope, receive, send_relative)


def relative_to(asked: URL, location: str) -> str:
    """``location`` as seen from the address ``asked``; unchanged if it is on another host, or relative."""
    to = urlsplit(location)
    if to.netloc not in {"", asked.netloc} or not (to.netloc or to.path.startswith("/")):
        return location
    folder, name = split(to.path or "/")
    query = f"?{to.query}" if to.query else ""
    # From "." on, no name can be taken for a scheme, nor for a host.
    way = relpath(folder, dirname(asked.path) or "/")
    return f"{way if way.startswith('.') else f'./{way}'}/{name}{query}"
