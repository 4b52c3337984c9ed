"""ASGI: what pages of other origins may do with responses, as browsers ask for it.

- CORS: a page of an allowed origin may read responses. Browsers ask first (preflight), and send no credential when they
  do, so preflights are answered before anybody is asked for one: https://fetch.spec.whatwg.org/#http-cors-protocol.
- Cross-Origin-Resource-Policy: a page may show a picture. The header has no list of origins, so the answer depends on
  who asks. A valid signed link may be shown anywhere.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response

from photonic.access.origins import page_origin, refusal_of
from photonic.serving.callers import caller_of
from photonic.serving.gate import CALLER, LINKED
from photonic.serving.problems import of_status

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from photonic.access.caller import Caller
    from photonic.access.origins import OriginRule

METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
PREFLIGHT_SECONDS = 600
"""How long a browser may remember the answer to a preflight."""
EXPOSED = (
    "Content-Disposition, Content-Location, ETag, Location, Preference-Applied, Retry-After, X-Scale, X-Sequence, "
    "X-Timestamp"
)
"""The response headers that scripts of allowed pages may read, besides those that are always readable."""
VARY = ("Origin", "Referer")
REQUESTED_LIMIT = 1000
_FIELD_NAMES = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:[ \t]*,[ \t]*[!#$%&'*+.^_`|~0-9A-Za-z-]+)*")
_SHOWN_KINDS = ("image/", "multipart/x-mixed-replace")


class CrossOrigin:
    """Answers preflights, and tells browsers which pages may read or show a response.

    Args:
        app: The application.
        origins: The pages that may use the service.
        shown_pages: The paths of pages made to be shown within others.
    """

    def __init__(self, app: ASGIApp, *, origins: OriginRule, shown_pages: Collection[str] = ()) -> None:
        self._app = app
        self._origins = origins
        self._shown_pages = frozenset(shown_pages)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS":
            caller, requested = caller_of(scope), Headers(scope=scope)
            if caller.origin and "access-control-request-method" in requested:
                await self._preflight(caller, caller.origin, requested)(scope, receive, send)
                return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                # The gate has left the caller in the scope, unless something failed before it.
                caller: Caller = scope.get(CALLER) or caller_of(scope)
                self._add(MutableHeaders(scope=message), caller, linked=bool(scope.get(LINKED)))
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _preflight(self, caller: Caller, origin: str, requested: Headers) -> Response:
        """The answer to the question whether a page may send a request. It reveals nothing but that."""
        names = requested.get("access-control-request-headers", "")
        if len(names) > REQUESTED_LIMIT or (names and _FIELD_NAMES.fullmatch(names) is None):
            return of_status(400, "Access-Control-Request-Headers is not a list of header names")
        if not self._origins.opens(origin, caller.host):
            return of_status(403, refusal_of(origin), {"Vary": ", ".join(VARY)})
        response = Response(status_code=204)
        headers = response.headers
        self._allow(headers, origin, caller)
        headers["Access-Control-Allow-Methods"] = METHODS
        headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
        headers["Vary"] = ", ".join((*VARY, "Access-Control-Request-Headers"))
        if names:
            headers["Access-Control-Allow-Headers"] = names
        return response

    def _add(self, headers: MutableHeaders, caller: Caller, *, linked: bool) -> None:
        shown = linked or self._is_shown_to(page_origin(caller), caller)
        if shown and self._can_be_shown(headers, caller):
            headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        if not self._origins.named and not self._origins.public:
            return
        for name in VARY:
            headers.add_vary_header(name)
        if caller.origin is not None and self._origins.opens(caller.origin, caller.host):
            self._allow(headers, caller.origin, caller)
            headers["Access-Control-Expose-Headers"] = EXPOSED

    def _allow(self, headers: MutableHeaders, origin: str, caller: Caller) -> None:
        if self._origins.admits(origin, caller.host):
            headers["Access-Control-Allow-Origin"] = origin
            headers["Access-Control-Allow-Credentials"] = "true"
        else:
            headers["Access-Control-Allow-Origin"] = "*"

    def _is_shown_to(self, page: str | None, caller: Caller) -> bool:
        return page is not None and self._origins.opens(page, caller.host)

    def _can_be_shown(self, headers: MutableHeaders, caller: Caller) -> bool:
        """Whether it is a stream, a picture, a photo, or a page made to be shown within others."""
        kind = headers.get("content-type", "").lower()
        return caller.path in self._shown_pages or kind.startswith(_SHOWN_KINDS)
