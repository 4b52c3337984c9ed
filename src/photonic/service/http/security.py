"""Who may ask: host names, origins, tokens, body size. Decisions are pure; ``Gate`` carries them out before the app.

Host names stand against DNS rebinding, origins against pages of other sites in a visitor's browser, the token against
everyone else on the network.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import time
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers

from photonic.service.config.settings import is_loopback
from photonic.service.http.problems import of_status

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from photonic.service.config.settings import ServiceSettings

COOKIE = "photonic_token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
WILDCARDS = frozenset({"0.0.0.0", "::", ""})
# These say nothing of the camera, or are the page itself, which has to be there before anyone can sign in.
OPEN_PATHS = frozenset({"/", "/booth", "/gallery", "/view", "/health", "/healthz", "/favicon.ico"})
OPEN_FOLDER = "/static/"

POLICY_VIOLATION = 1008


@dataclass(frozen=True, slots=True)
class Caller:
    """What a request says of itself before anything is believed; ``method`` of a WebSocket handshake is GET."""

    method: str
    path: str
    query: str = ""
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
            query=scope.get("query_string", b"").decode("latin-1"),
            websocket=scope["type"] == "websocket",
            host=headers.get("host"),
            origin=headers.get("origin"),
            fetch_site=headers.get("sec-fetch-site"),
            authorization=headers.get("authorization"),
            cookies=headers.get("cookie"),
        )


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a caller is sent away."""

    status: int
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


def host_name(host: str) -> str | None:
    """The name in a Host header, without port and brackets, in lower case; ``None`` when it is no host."""
    try:
        parts = urlsplit(f"//{host}")
        _port = parts.port
    except ValueError:
        return None
    if parts.hostname is None or parts.username is not None or parts.path or parts.query or parts.fragment:
        return None
    return parts.hostname.rstrip(".")


def sign(token: str, path: str, query: Mapping[str, str], expires: int) -> str:
    """The signature that lets a GET of ``path`` with ``query`` through until ``expires`` (unix seconds)."""
    text = f"GET\n{path}\n{urlencode(sorted(query.items()))}\n{expires}"
    return hmac.new(token.encode(), text.encode(), hashlib.sha256).hexdigest()


def signed_path(token: str, path: str, expires: int, query: Mapping[str, str] | None = None) -> str:
    """``path`` with a signed query, for ``<img>`` and players that can send no header."""
    given = dict(query or {})
    return f"{path}?{urlencode({**given, 'expires': expires, 'signature': sign(token, path, given, expires)})}"


class HostRule:
    """Only names that are ours: a page that had its own name pointed at us is not believed."""

    def __init__(self, bound: str, names: tuple[str, ...]) -> None:
        self._names = LOOPBACK_NAMES | {name.lower().strip("[]").rstrip(".") for name in (*names, bound)} - WILDCARDS
        # A name can be pointed anywhere, an address cannot: on all interfaces, any address is one of ours.
        self._any_address = not is_loopback(bound) and bound.strip("[]") in WILDCARDS

    def refusal(self, caller: Caller) -> Refusal | None:
        """Why this caller's Host is refused; ``None`` when it is not."""
        name = host_name(caller.host) if caller.host else None
        if name is None:
            return Refusal(400, "the request names no valid host")
        if name in self._names or is_loopback(name) or (self._any_address and _is_address(name)):
            return None
        return Refusal(400, f"this service is not called {name[:100]}: add the name to allowed_hosts if it is")


class OriginRule:
    """Pages of other origins may look at nothing that changes something, and open no socket."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        self._allowed = frozenset(origin.lower().rstrip("/") for origin in allowed)

    def refusal(self, caller: Caller) -> Refusal | None:
        """Why this caller's Origin is refused; ``None`` when it is not, or when no browser sent the request."""
        if not caller.websocket and caller.method in SAFE_METHODS:
            return None
        if caller.origin is None:
            if caller.fetch_site in {None, "same-origin", "none"}:
                return None
            return Refusal(403, "a page of another site sent this request")
        if caller.origin.lower() in self._allowed or _same_origin(caller.origin, caller.host or ""):
            return None
        return Refusal(
            403, f"pages from {caller.origin[:100]} may not do this: add the origin to allowed_origins if they may"
        )


class TokenRule:
    """The token: as bearer, as cookie, or as a signature in the query of a GET. ``clock`` is the wall clock."""

    def __init__(self, token: str | None, clock: Callable[[], float] = time.time) -> None:
        self._token = token
        self._clock = clock

    def refusal(self, caller: Caller) -> Refusal | None:
        """Why this caller is refused; ``None`` when it may pass."""
        token = self._token
        if token is None or caller.path in OPEN_PATHS or caller.path.startswith(OPEN_FOLDER):
            return None
        if self._bears(token, caller) or self._is_signed(token, caller):
            return None
        return Refusal(
            401,
            "a token is needed: send 'Authorization: Bearer TOKEN', its cookie, or a signed query",
            {"WWW-Authenticate": "Bearer"},
        )

    def _bears(self, token: str, caller: Caller) -> bool:
        scheme, _space, credential = (caller.authorization or "").partition(" ")
        if scheme.lower() == "bearer" and _equal(credential.strip(), token):
            return True
        return _equal(cookie_value(caller.cookies, COOKIE), token)

    def _is_signed(self, token: str, caller: Caller) -> bool:
        if caller.method not in {"GET", "HEAD"}:
            return False
        query = dict(parse_qsl(caller.query, keep_blank_values=True))
        signature, expires = query.pop("signature", ""), query.pop("expires", "")
        if not signature or len(expires) > 12 or not (expires.isascii() and expires.isdecimal()):
            return False
        expected = sign(token, caller.path, query, int(expires))
        return _equal(signature, expected) and self._clock() < int(expires)


class Gate:
    """ASGI: refuse before the app sees the request; a WebSocket is refused by closing it before it is accepted."""

    def __init__(self, app: ASGIApp, settings: ServiceSettings, clock: Callable[[], float] = time.time) -> None:
        token = settings.token.get_secret_value() if settings.token is not None else None
        self._app = app
        self._rules = (
            HostRule(settings.host, settings.allowed_hosts),
            OriginRule(settings.allowed_origins),
            TokenRule(token, clock),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection."""
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
            # The body, if there is one, is not read.
            headers = {**refusal.headers, "Connection": "close"}
            await of_status(refusal.status, refusal.detail, headers)(scope, receive, send)


class SecurityHeaders:
    """ASGI: what a browser may do with our answers, on every answer.

    A signed address is made to be shown elsewhere; everything else stays within its site.
    """

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
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        shown_in = b"cross-origin" if b"signature=" in scope.get("query_string", b"") else b"same-site"

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                resource = (b"cross-origin-resource-policy", shown_in)
                message["headers"] = [*message.get("headers", ()), *self._headers, resource]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _same_origin(origin: str, host: str) -> bool:
    """Whether a page of ``origin`` came from ``host``; the scheme is not compared: a proxy may have added TLS."""
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
    """One cookie of a Cookie header; empty when it is not there."""
    try:
        morsel = SimpleCookie(header or "").get(name)
    except CookieError:
        return ""
    return morsel.value if morsel is not None else ""


def _equal(one: str, other: str) -> bool:
    """In constant time, whatever characters a caller sends."""
    return hmac.compare_digest(one.encode("utf-8", "surrogateescape"), other.encode())
