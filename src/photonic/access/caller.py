"""The unverified claims of one request, as far as they decide who sent it. No I/O."""

from __future__ import annotations

from dataclasses import dataclass

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Caller:
    """One request or WebSocket handshake; the ``method`` of a handshake is GET.

    Args:
        method: The HTTP method.
        path: The path below the root path.
        websocket: Whether it is a WebSocket handshake.
        http_version: Such as ``1.1``.
        host: The Host header.
        origin: The Origin header.
        referer: The Referer header.
        fetch_site: The Sec-Fetch-Site header.
        fetch_mode: The Sec-Fetch-Mode header.
        accepts_html: Whether it accepts ``text/html`` explicitly, as a browser does that opens a page.
        authorization: The Authorization header.
        cookies: The Cookie header.
        agent: The User-Agent header.
        signature: The ``signature`` of the query.
        camera: The ``camera`` of the query, which pages are about.
        peer: The address at the other end of the connection; ``None`` for a Unix socket.
        peer_uid: The user at the other end of a Unix socket, if it is the service's own or root.
        client: The client's address: that of the peer, or the one that a trusted proxy vouches for; ``None``: unknown.
        proxied: Whether a header says that a proxy passed the request on.
        secure: Whether the client uses TLS, as far as is known.
    """

    method: str
    path: str
    websocket: bool = False
    http_version: str = "1.1"
    host: str | None = None
    origin: str | None = None
    referer: str | None = None
    fetch_site: str | None = None
    fetch_mode: str | None = None
    accepts_html: bool = False
    authorization: str | None = None
    cookies: str | None = None
    agent: str | None = None
    signature: str | None = None
    camera: str | None = None
    peer: str | None = None
    peer_uid: int | None = None
    client: str | None = None
    proxied: bool = False
    secure: bool = False

    @property
    def is_safe(self) -> bool:
        """Whether it is an HTTP request whose method changes nothing."""
        return not self.websocket and self.method in SAFE_METHODS

    @property
    def is_of_page(self) -> bool:
        """Whether a browser sent it for a page, or to open one; programs send none of these headers.

        Over plain HTTP a browser's GET has nothing but its User-Agent to tell.
        """
        return (
            (self.agent or "").startswith("Mozilla/")
            or self.origin is not None
            or self.fetch_site is not None
            or self.fetch_mode is not None
            or (self.method == "GET" and self.accepts_html)
        )

    @property
    def is_navigation(self) -> bool:
        """Whether a browser opens it, in a tab or a frame; over plain HTTP browsers send no Sec-Fetch headers."""
        return self.origin is None and (
            self.fetch_mode == "navigate" or (self.fetch_mode is None and self.accepts_html)
        )

    def cookie(self, name: str) -> str:
        """One cookie; empty if it is missing."""
        # Each pair by itself: cookies ignore ports, so other programs on this host may have set malformed ones.
        for pair in (self.cookies or "").split(";"):
            key, _equals, value = pair.strip().partition("=")
            if key == name:
                return value.strip('"')
        return ""
