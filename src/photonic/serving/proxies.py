"""ASGI: takes a request as its client sent it, from behind reverse proxies and at a path prefix.

Outermost, so that everything behind it sees the client's address, scheme and Host, and a path that begins with the
root path, as ASGI prescribes: https://asgi.readthedocs.io/en/latest/specs/www.html#http-connection-scope.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from starlette.responses import RedirectResponse

from photonic.access.forwarding import forwarding
from photonic.serving.callers import CLIENT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Receive, Scope, Send

    from photonic.access.forwarding import TrustedProxies
    from photonic.access.names import HostRule

_SECURE = {"http": "https", "websocket": "wss"}
_PLAIN = {"http": "http", "websocket": "ws"}
_FORWARDING = frozenset({b"forwarded", b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host"})


class Proxies:
    """Applies ``trusted_proxies`` and ``root_path`` to each connection.

    Args:
        app: The application.
        trusted: The peers whose forwarding headers count.
        hosts: The names of the service. A forwarded host replaces the Host header only if that is one of them, too:
            a page can send ``X-Forwarded-Host``, but not choose ``Host``.
        root_path: The prefix of all addresses, such as ``/booth1``; empty: none. Both are served: requests whose path
            begins with it, and those from which a proxy has removed it.
    """

    def __init__(self, app: ASGIApp, *, trusted: TrustedProxies, hosts: HostRule, root_path: str = "") -> None:
        self._app = app
        self._trusted = trusted
        self._hosts = hosts
        self._root = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        scope = {**scope, **self._forwarded(scope), **self._rooted(scope)}
        if self._root and scope["path"] == self._root and scope["type"] == "http":
            # Relative addresses of the front page need the slash.
            query = scope["query_string"].decode("latin-1")
            address = f"{self._root}/{'?' if query else ''}{query}"
            await RedirectResponse(address, 308)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _forwarded(self, scope: Scope) -> dict[str, object]:
        """What the peer vouches for, as entries of the scope; none if it is no trusted proxy."""
        peer = scope.get("client")
        address = cast("str | None", peer[0] if peer else None) or None
        if not self._trusted or not self._trusted.trusts_peer(address):
            return {}
        said = forwarding(_lines(scope), self._trusted)
        entries: dict[str, object] = {CLIENT: said.client}
        if said.scheme is not None:
            kind: str = scope["type"]
            entries["scheme"] = (_SECURE if said.scheme == "https" else _PLAIN)[kind]
        if said.host is not None and self._is_own_host(scope):
            others = [(name, value) for name, value in scope["headers"] if name != b"host"]
            entries["headers"] = [(b"host", said.host.encode("ascii")), *others]
        return entries

    def _is_own_host(self, scope: Scope) -> bool:
        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        return len(hosts) == 1 and self._hosts.problem(hosts[0]) is None

    def _rooted(self, scope: Scope) -> dict[str, object]:
        """The root path, and the path with it, as entries of the scope."""
        root, path = self._root, cast("str", scope["path"])
        if not root:
            return {}
        if path == root or path.startswith(f"{root}/"):
            return {"root_path": root}
        raw = cast("bytes | None", scope.get("raw_path"))
        entries: dict[str, object] = {"root_path": root, "path": root + path}
        if raw is not None:
            entries["raw_path"] = root.encode("ascii") + raw
        return entries


def _lines(scope: Scope) -> Mapping[str, list[str]]:
    """The lines of each forwarding header."""
    found: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        if name in _FORWARDING:
            found.setdefault(name.decode("ascii"), []).append(value.decode("latin-1"))
    return found
