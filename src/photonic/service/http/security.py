"""Access control: host names, origins and the token. The rules are pure; ``Gate`` applies them before the app.

The host rule prevents DNS rebinding, the origin rule stops pages of other sites in a visitor's browser, and the token
keeps out everyone else on the network.
"""

from __future__ import annotations

import hmac
import ipaddress
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from photonic.service.config.settings import is_loopback
from photonic.service.http.problems import of_status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from photonic.service.config.settings import ServiceSettings

COOKIE = "photonic_token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
WILDCARDS = frozenset({"0.0.0.0", "::", ""})
# These reveal nothing about the camera, or are the page itself, which must load before anyone can enter a token.
OPEN_PATHS = frozenset({"/", "/booth", "/gallery", "/view", "/health", "/healthz", "/favicon.ico", "/authority.pem"})
OPEN_FOLDER = "/static/"

POLICY_VIOLATION = 1008


@dataclass(frozen=True, slots=True)
class Caller:
    """The unverified claims of a request; ``method`` of a WebSocket handshake is GET."""

    method: str
    path: str
    websocket: bool = False
    host: str | None = None
    origin: str | None = None
    fetch_site: str | None = None
    authorization: str | None = None
    cookies: str | None = None

    @classmethod
    def of_scope(cls, scope: Scope) -> Caller:
        """The caller of one ASGI connection."""
        headers = Headers(scope=scope)
        return cls(
            method=scope.get("method", "GET"),
            path=scope["path"],
            websocket=scope["type"] == "websocket",
            host=headers.get("host"),
            origin=headers.get("origin"),
            fetch_site=headers.get("sec-fetch-site"),
            authorization=headers.get("authorization"),
            cookies=headers.get("cookie"),
        )


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is refused, and the response."""

    status: int
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def host_name(host: str) -> str | None:
    """The name in a Host header, without port and brackets, in lower case; ``None`` if the header is invalid."""
    try:
        parts = urlsplit(f"//{host}")
        _port = parts.port
    except ValueError:
        return None
    if parts.hostname is None or parts.username is not None or parts.path or parts.query or parts.fragment:
        return None
    return parts.hostname.rstrip(".")


class HostRule:
    """Accepts only the service's own names: a page must not reach it through a name that the page's owner controls."""

    def __init__(self, bound: str, names: tuple[str, ...]) -> None:
        self._names = LOOPBACK_NAMES | {name.lower().strip("[]").rstrip(".") for name in (*names, bound)} - WILDCARDS
        # Anyone can point a name at this machine, but not an address: on all interfaces, accept every address.
        self._any_address = not is_loopback(bound) and bound.strip("[]") in WILDCARDS

    def refusal(self, caller: Caller) -> Refusal | None:
        """Why the Host is refused; ``None`` if it is accepted."""
        name = host_name(caller.host) if caller.host else None
        if name is None:
            return Refusal(400, "the Host header is missing or invalid")
        if name in self._names or is_loopback(name) or (self._any_address and _is_address(name)):
            return None
        return Refusal(400, f"unknown host name {name[:100]}: if it belongs to this service, add it to allowed_hosts")


class OriginRule:
    """Keeps pages of other origins from changing anything and from opening a WebSocket."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        self._allowed = frozenset(origin.lower().rstrip("/") for origin in allowed)

    def refusal(self, caller: Caller) -> Refusal | None:
        """Why the Origin is refused; ``None`` if it is accepted, or if no browser sent the request."""
        if not caller.websocket and caller.method in SAFE_METHODS:
            return None
        if caller.origin is None:
            if caller.fetch_site in {None, "same-origin", "none"}:
                return None
            return Refusal(403, "requests from pages of other sites are not allowed")
        if caller.origin.lower() in self._allowed or _same_origin(caller.origin, caller.host or ""):
            return None
        return Refusal(
            403, f"pages from {caller.origin[:100]} are not allowed: to allow them, add the origin to allowed_origins"
        )


class TokenRule:
    """Requires the token, as a bearer or in the cookie; ``None``: no token is required."""

    def __init__(self, token: str | None) -> None:
        self._token = token

    def refusal(self, caller: Caller) -> Refusal | None:
        """Why the caller is refused; ``None`` if it has the token, or needs none."""
        token = self._token
        if token is None or caller.path in OPEN_PATHS or caller.path.startswith(OPEN_FOLDER):
            return None
        if self._bears(token, caller):
            return None
        return Refusal(
            401,
            "a token is required: send 'Authorization: Bearer TOKEN' or the cookie with the token",
            {"WWW-Authenticate": "Bearer"},
        )

    def _bears(self, token: str, caller: Caller) -> bool:
        scheme, _space, credential = (caller.authorization or "").partition(" ")
        if scheme.lower() == "bearer" and _equal(credential.strip(), token):
            return True
        return _equal(cookie_value(caller.cookies, COOKIE), token)


class Gate:
    """ASGI: refuses a request before the app sees it; a WebSocket is closed before it is accepted."""

    def __init__(self, app: ASGIApp, settings: ServiceSettings) -> None:
        token = settings.token.get_secret_value() if settings.token is not None else None
        self._app = app
        self._rules = (
            HostRule(settings.host, settings.allowed_hosts),
            OriginRule(settings.allowed_origins),
            TokenRule(token),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        caller = Caller.of_scope(scope)
        refusals = (rule.refusal(caller) for rule in self._rules)
        refusal = next((refusal for refusal in refusals if refusal is not None), None)
        if refusal is None:
            await self._app(scope, receive, send)
        elif caller.websocket:
            await receive()
            await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": refusal.detail[:100]})
        else:
            # The request body, if any, is not read.
            headers = {**refusal.headers, "Connection": "close"}
            await of_status(refusal.status, refusal.detail, headers)(scope, receive, send)


class SecurityHeaders:
    """ASGI: adds the headers that tell a browser what it may do with a response to every response."""

    POLICY = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
        "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
    )

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._headers = (
            (b"content-security-policy", self.POLICY.encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"cross-origin-resource-policy", b"same-site"),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *self._headers]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _same_origin(origin: str, host: str) -> bool:
    """Whether a page of ``origin`` was served by ``host``. Schemes are not compared: a proxy may have added TLS."""
    try:
        page = urlsplit(origin.lower())
        here = urlsplit(f"//{host.lower()}")
        ports = page.port, here.port
    except ValueError:
        return False
    default = {"http": 80, "https": 443}.get(page.scheme)
    if default is None or page.hostname is None:
        return False
    return (page.hostname, ports[0] or default) == (here.hostname, ports[1] or default)


def cookie_value(header: str | None, name: str) -> str:
    """One cookie of a Cookie header; empty if it is missing."""
    try:
        morsel = SimpleCookie(header or "").get(name)
    except CookieError:
        return ""
    return morsel.value if morsel is not None else ""


def _equal(one: str, other: str) -> bool:
    """Compare in constant time, whatever characters a caller sends."""
    return hmac.compare_digest(one.encode("utf-8", "surrogateescape"), other.encode())
