"""Reads the claims of a request (``access.caller``) from an ASGI scope."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qs

from starlette._utils import get_route_path
from starlette.datastructures import Headers

from photonic.access.caller import Caller

if TYPE_CHECKING:
    from starlette.types import Scope

PEER_UID = "photonic.peer_uid"
"""ASGI extension: the user at the other end of a Unix socket."""
CLIENT = "photonic.client"
"""Key in an ASGI scope: the client's address, where a trusted proxy vouches for it."""
PROXY_HEADERS = frozenset(
    {"forwarded", "x-real-ip", "via", "x-client-ip", "x-cluster-client-ip", "true-client-ip", "cf-connecting-ip"}
)
"""Besides those that begin with ``x-forwarded-``."""


def path_below_root(scope: Scope) -> str:
    """The path that routes are matched with: without the prefix that a proxy adds."""
    return get_route_path(scope)


def below_root(scope: Scope, path: str) -> str:
    """The address of one of the service's own paths on this host: with the prefix that a proxy adds."""
    return f"{scope.get('root_path', '')}{path}"


def caller_of(scope: Scope) -> Caller:
    """The caller of one ASGI connection."""
    headers = Headers(scope=scope)
    peer = scope.get("client")
    address = cast("str | None", peer[0] if peer else None) or None
    query = parse_qs(scope["query_string"].decode("latin-1"))
    return Caller(
        method=scope.get("method", "GET"),
        path=path_below_root(scope),
        websocket=scope["type"] == "websocket",
        http_version=scope.get("http_version", "1.1"),
        host=headers.get("host"),
        origin=headers.get("origin"),
        referer=headers.get("referer"),
        fetch_site=headers.get("sec-fetch-site"),
        fetch_mode=headers.get("sec-fetch-mode"),
        accepts_html="text/html" in headers.get("accept", ""),
        authorization=headers.get("authorization"),
        cookies=headers.get("cookie"),
        agent=headers.get("user-agent"),
        signature=query.get("signature", [None])[0],
        camera=query.get("camera", [None])[0],
        peer=address,
        peer_uid=scope.get("extensions", {}).get(PEER_UID),
        client=scope.get(CLIENT, address),
        proxied=any(name in PROXY_HEADERS or name.startswith("x-forwarded-") for name in headers),
        secure=scope.get("scheme") in {"https", "wss"},
    )
