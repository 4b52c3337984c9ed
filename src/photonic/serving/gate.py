"""ASGI: refuses a request before the application sees it, or hands it on with the principal who sent it.

The host rule prevents DNS rebinding, the origin rule stops pages of other sites in a visitor's browser, and access
control keeps out everyone without a right. The body of a refused request is not read.
"""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, cast
from urllib.parse import quote

import structlog
from starlette.responses import RedirectResponse

from photonic.access.decision import TOO_MANY_REQUESTS, UNAUTHORIZED, Denied, Granted, decide
from photonic.protocol.envelopes import close_reason
from photonic.recurring import Recurring
from photonic.serving.callers import below_root, caller_of
from photonic.serving.problems import ProblemResponse

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Awaitable, Callable

    from starlette.requests import HTTPConnection
    from starlette.types import ASGIApp, Receive, Scope, Send

    from photonic.access.caller import Caller
    from photonic.access.control import AccessControl
    from photonic.access.names import HostRule
    from photonic.access.origins import OriginRule
    from photonic.access.principal import Principal
    from photonic.serving.route_permissions import RoutePermissions

PRINCIPAL = "photonic.principal"
"""Key in an ASGI scope: the ``Principal`` who sent the request; absent where none is needed."""
IDENTIFIED = "photonic.identified"
"""Key in an ASGI scope: the ``Identified``: strangers, too, with the reason why they are."""
CALLER = "photonic.caller"
"""Key in an ASGI scope: the ``Caller``."""
LINKED = "photonic.linked"
"""Key in an ASGI scope: whether a valid signed link in the address opens the route; absent for refused requests."""
SIGN_IN = "/sign-in"
BOTH_SCHEMES = 'Bearer, Basic realm="photonic", charset="UTF-8"'
NOT_SIGNED_IN = 4401
NOT_ALLOWED = 4403

log = structlog.stdlib.get_logger(__name__)


def principal_of(connection: HTTPConnection) -> Principal:
    """The principal who sent a request to a route that needs one."""
    return cast("Principal", connection.scope[PRINCIPAL])


def caller_from(connection: HTTPConnection) -> Caller:
    """The claims of a request."""
    return cast("Caller", connection.scope[CALLER])


class Gate:
    """Applies the rules of access to each connection.

    Args:
        app: The application.
        control: Knows who sent a request.
        hosts: The names of the service.
        origins: The pages that may use the service.
        permissions: What each route needs; a function, because the routes are complete only when the service starts.
        subprotocol: The WebSocket subprotocol whose clients understand close codes; other clients are refused before
            the handshake.
        on_wrong_credential: Called with the caller whose Authorization header is wrong.
        refusals: Counts what it refuses, by status.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        control: AccessControl,
        hosts: HostRule,
        origins: OriginRule,
        permissions: Callable[[], RoutePermissions],
        subprotocol: str,
        on_wrong_credential: Callable[[Caller], Awaitable[None]],
        refusals: Counter[int],
        clock: Callable[[], float],
    ) -> None:
        self._app = app
        self._control = control
        self._hosts = hosts
        self._origins = origins
        self._permissions = permissions
        self._subprotocol = subprotocol
        self._on_wrong_credential = on_wrong_credential
        self._refusals = refusals
        self._recurring = Recurring(clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        caller = caller_of(scope)
        scope[CALLER] = caller
        if (problem := self._hosts.problem(caller.host)) is not None:
            await self._refuse(Denied(400, "bad_request", problem), caller, scope, receive, send)
            return
        need = self._permissions().need(caller)
        identified = scope[IDENTIFIED] = self._control.identify(caller)
        decision = decide(
            identified,
            need,
            caller,
            self._origins,
            pin_set=self._control.policy.pin is not None,
        )
        if isinstance(decision, Granted):
            if decision.principal is not None:
                scope[PRINCIPAL] = decision.principal
            scope[LINKED] = decision.linked
            await self._app(scope, receive, send)
        elif decision.status == UNAUTHORIZED and need is not None and need.page and caller.is_navigation:
            await RedirectResponse(sign_in_address(scope, caller), 303)(scope, receive, send)
        else:
            await self._refuse(decision, caller, scope, receive, send)

    async def _refuse(self, refused: Denied, caller: Caller, scope: Scope, receive: Receive, send: Send) -> None:
        self._refusals[refused.status] += 1
        if refused.status in {UNAUTHORIZED, TOO_MANY_REQUESTS} and caller.authorization is not None:
            await self._on_wrong_credential(caller)
        level = self._recurring.level(f"{refused.kind} {refused.reason}", logging.INFO)
        log.log(level, "access refused", status=refused.status, reason=refused.reason, path=caller.path[:200])
        if caller.websocket and self._subprotocol in scope.get("subprotocols", ()):
            code = NOT_SIGNED_IN if refused.status in {UNAUTHORIZED, TOO_MANY_REQUESTS} else NOT_ALLOWED
            await receive()
            await send({"type": "websocket.accept", "subprotocol": self._subprotocol})
            await send({"type": "websocket.close", "code": code, "reason": close_reason(refused.reason)})
            return
        response = ProblemResponse(
            refused.kind, refused.reason, status=refused.status, headers=_headers(refused, caller)
        )
        if caller.websocket:
            await receive()
            await deny(response, send)
            return
        await response(scope, receive, send)


def sign_in_address(scope: Scope, caller: Caller) -> str:
    """The sign-in page's address, with the way back."""
    query = scope["query_string"].decode("latin-1")
    back = caller.path + (f"?{query}" if query else "")
    return below_root(scope, f"{SIGN_IN}?next={quote(back, safe='/')}")


def _headers(refused: Denied, caller: Caller) -> dict[str, str]:
    headers = {"Connection": "close"}
    if refused.wait_seconds > 0:
        headers["Retry-After"] = str(math.ceil(refused.wait_seconds))
    if refused.status == UNAUTHORIZED:
        # A browser would ask for a password in a dialog of its own, and keep sending it from pages of other sites.
        headers["WWW-Authenticate"] = "Bearer" if caller.is_of_page else BOTH_SCHEMES
    return headers


async def deny(response: ProblemResponse, send: Send) -> None:
    """Refuse a WebSocket before its handshake (the ASGI extension "websocket.http.response")."""
    await send(
        {"type": "websocket.http.response.start", "status": response.status_code, "headers": response.raw_headers}
    )
    await send({"type": "websocket.http.response.body", "body": bytes(response.body)})
