"""Restricts a page whose browser has not entered the operator's PIN to taking photos, within the limits for guests.

Every other request that changes something is refused. See ``service.http.guests`` for the limits.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from photonic.service.http.guests import GUEST
from photonic.service.http.operator_lock import COOKIE
from photonic.service.http.problems import ProblemResponse
from photonic.service.http.security import SAFE_METHODS, Caller, cookie_value

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from photonic.service.http.operator_lock import OperatorLock

# An allow list: a new route needs the PIN until it is listed here.
_GUESTS = re.compile(
    r"/api/v1/(?:operator|captures/[^/]+"
    r"|(?:camera|cameras/[^/]+)/(?:capture|connect|liveview/start|sequences(?:/[^/]+)?))"
)


def is_of_page(caller: Caller) -> bool:
    """Whether a browser sent this request for a page; a program sends neither Origin nor Sec-Fetch-Site."""
    return caller.origin is not None or caller.fetch_site is not None


def needs_operator(caller: Caller) -> bool:
    """Whether this is a page's request that only the operator may make."""
    return is_of_page(caller) and caller.method not in SAFE_METHODS and _GUESTS.fullmatch(caller.path) is None


class OperatorGate:
    """ASGI: refuses a request before the app sees it."""

    def __init__(self, app: ASGIApp, lock: OperatorLock) -> None:
        self._app = app
        self._lock = lock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "http":
            caller = Caller.of_scope(scope)
            guest = is_of_page(caller) and not self._lock.opens(cookie_value(caller.cookies, COOKIE))
            scope[GUEST] = guest
            if guest and needs_operator(caller):
                detail = "this needs the operator's PIN: unlock the controls first"
                # The request body, if any, is not read.
                refusal = ProblemResponse("pin_needed", detail, status=403, headers={"Connection": "close"})
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)
