"""What each principal may hold at once, and what is kept for operators and this machine.

``ShareGate`` is behind the gate that knows the principal. It refuses requests; streams ask ``Shares`` themselves,
because they outlive the moment in which their request is answered, and because a live socket is refused by a code.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from photonic.access.principal import Means
from photonic.access.usage import Held, Usage, UsageLimits, Use
from photonic.serving.gate import CALLER, PRINCIPAL, deny
from photonic.serving.problems import ProblemResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from photonic.access.control import AccessControl
    from photonic.access.principal import Principal
    from photonic.access.usage import Pool

RESERVED = "photonic.reserved"
"""ASGI extension: whether the connection is in the share for operators; nobody else's request is answered on it."""
RETRY_AFTER_SECONDS = 5
TOO_MANY_REQUESTS = 429
UNAVAILABLE = 503


@dataclass(frozen=True, slots=True)
class ShareRefused:
    """A share is used up: ``reason`` for people, and the status and type of the problem."""

    status: int
    kind: str
    reason: str

    def response(self) -> ProblemResponse:
        """The problem."""
        headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
        detail = f"{self.reason}: try again later"
        return ProblemResponse(self.kind, detail, status=self.status, headers=headers)


@dataclass(eq=False)
class Shares:
    """What is in use.

    Args:
        control: Knows the limits of signed links, and the browsers of operators.
        viewers: The places of all viewers.
        usage: What each principal holds.
        limits: How much that may be.
    """

    control: AccessControl
    viewers: Pool
    usage: Usage = field(default_factory=Usage)
    limits: UsageLimits = field(default_factory=UsageLimits)

    def stream(self, principal: Principal, *, views: bool) -> Held | ShareRefused:
        """Hold a stream; ``views``: it is live view, which has a limit for all viewers, too."""
        own = self.hold(principal, Use.STREAM)
        if isinstance(own, ShareRefused) or not views:
            return own
        place = self.viewers.take(privileged=principal.is_privileged)
        if place is None:
            own.release()
            reason = "live view has as many viewers as are allowed (max_viewers)"
            return ShareRefused(UNAVAILABLE, "too_many_viewers", reason)

        def release() -> None:
            own.release()
            place.release()

        return Held(release)

    def hold(self, principal: Principal, use: Use) -> Held | ShareRefused:
        """Hold one of what this principal may hold several of; the privileged have no limit of their own."""
        if principal.is_privileged:
            return Held(_nothing)
        limit = self._limit(principal, use)
        held = self.usage.take(principal.limit_key, use, limit)
        if held is not None:
            return held
        reason = f"{principal.name} has as many {use.plural} as are allowed ({limit})"
        return ShareRefused(TOO_MANY_REQUESTS, f"too_many_{use.plural.replace(' ', '_')}", reason)

    def may_use_reserved(self, principal: Principal | None, device_cookie: str) -> bool:
        """Whether a request may use a reserved connection: the privileged, and browsers that once were an operator's.

        Such a browser may have to load the sign-in page first.
        """
        known = bool(device_cookie) and self.control.devices.find(device_cookie) is not None
        return known or (principal is not None and principal.is_privileged)

    def _limit(self, principal: Principal, use: Use) -> int:
        if principal.means is not Means.LINK:
            return self.limits.of(use)
        link = self.control.links.with_id(principal.identity, self.control.clock())
        streams = self.limits.link_streams if link is None else link.streams
        # Everyone who has the link shares it.
        return streams if use is Use.STREAM else max(streams, self.limits.of(use))


class ShareGate:
    """ASGI: refuses a request of somebody who has too many open ones, or on a connection that is not for them."""

    def __init__(self, app: ASGIApp, shares: Shares) -> None:
        self._app = app
        self._shares = shares

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        principal: Principal | None = scope.get(PRINCIPAL)
        if scope.get("extensions", {}).get(RESERVED):
            caller = scope[CALLER]
            cookie = caller.cookie(self._shares.control.policy.device_cookie(secure=caller.secure))
            if not self._shares.may_use_reserved(principal, cookie):
                reason = "the last connections of the service are reserved for operators"
                await _refuse(ShareRefused(UNAVAILABLE, "too_many_connections", reason), scope, receive, send)
                return
        if scope["type"] != "http" or principal is None:
            await self._app(scope, receive, send)
            return
        held = self._shares.hold(principal, Use.REQUEST)
        if isinstance(held, ShareRefused):
            await _refuse(held, scope, receive, send)
            return
        with held:
            await self._app(scope, receive, send)


async def _refuse(refused: ShareRefused, scope: Scope, receive: Receive, send: Send) -> None:
    response = refused.response()
    response.headers["Connection"] = "close"
    if scope["type"] == "websocket":
        await receive()
        await deny(response, send)
    else:
        await response(scope, receive, send)


def _nothing() -> None:
    """There is nothing to give back."""
