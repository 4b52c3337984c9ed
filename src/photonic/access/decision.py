"""Decides one request: what its route needs against what its sender may. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from photonic.access.permission import Permission, role_for
from photonic.access.principal import Principal, Stranger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from photonic.access.caller import Caller
    from photonic.access.links import ScopeKind
    from photonic.access.origins import OriginRule
    from photonic.access.principal import Identified

UNAUTHORIZED = 401
FORBIDDEN = 403
TOO_MANY_REQUESTS = 429


@dataclass(frozen=True, slots=True)
class Need:
    """What a route needs.

    Args:
        permission: The permission that it declares.
        scopes: The values of which a signed link must name one to open this route, by kind of scope; ``None``: the
            route itself checks whether what it finds is within the scope.
        page: Whether it is a page: a stranger is sent to the sign-in.
    """

    permission: Permission
    scopes: Mapping[ScopeKind, frozenset[str] | None] = field(
        default_factory=dict["ScopeKind", "frozenset[str] | None"]
    )
    page: bool = False


@dataclass(frozen=True, slots=True)
class Granted:
    """The request is let through.

    Args:
        principal: Who sent it; ``None`` where nobody needs to be known.
        linked: Whether a valid signed link in its address opens the route, regardless of who sent it.
    """

    principal: Principal | None
    linked: bool = False


@dataclass(frozen=True, slots=True)
class Denied:
    """The request is refused: the status, the problem's type and its reason."""

    status: int
    kind: str
    reason: str
    wait_seconds: float = 0.0


def decide(
    identity: Identified, need: Need | None, caller: Caller, origins: OriginRule, *, pin_set: bool
) -> Granted | Denied:
    """Decide a request.

    A page that only ``*`` allows has the rights of a stranger, even for the operator: a browser would lend it the
    cookie, the password or the address of the person before the screen.

    Args:
        identity: Who sent it.
        need: What its route needs; ``None``: there is no such route, which the router says itself.
        caller: The claims of the request.
        origins: The origins of pages that may use the service.
        pin_set: Whether a guest becomes the operator by a PIN.
    """
    who, link = identity.principal, identity.link
    linked = link if need is not None and isinstance(link, Principal) and _opens(link, need) else None
    ambient = isinstance(who, Stranger) or who.means.is_ambient
    if ambient and origins.public and origins.is_foreign(caller):
        who, ambient = identity.anonymous, not (caller.is_safe or caller.websocket)
    if linked is None and ambient and (problem := origins.problem(caller)) is not None:
        return Denied(FORBIDDEN, "forbidden", problem)
    if need is None or need.permission is Permission.OPEN:
        return Granted(who if isinstance(who, Principal) else None)
    if isinstance(who, Principal) and who.may(need.permission) and not (linked is not None and _sees_less(who, need)):
        problem = origins.problem(caller) or origins.read_problem(caller) if ambient else None
        if problem is None:
            return Granted(who, linked is not None)
        if linked is None:
            return Denied(FORBIDDEN, "forbidden", problem)
    if linked is not None:
        return Granted(linked, linked=True)
    return _refusal(who, link, need, pin_set=pin_set)


def _opens(link: Principal, need: Need) -> bool:
    """Whether a signed link opens a route that needs this."""
    if link.scope is None or not link.may(need.permission):
        return False
    if link.scope.kind not in need.scopes:
        return False
    accepted = need.scopes[link.scope.kind]
    return accepted is None or link.scope.value in accepted


def _sees_less(who: Principal, need: Need) -> bool:
    """Whether a signed link may show more than its bearer sees otherwise: a guest sees its own photos only."""
    return need.permission is Permission.PHOTOS and not who.is_operator


def _refusal(who: Principal | Stranger, link: Principal | Stranger | None, need: Need, *, pin_set: bool) -> Denied:
    if isinstance(who, Stranger):
        if isinstance(link, Stranger):
            return Denied(UNAUTHORIZED, "unauthorized", link.reason)
        if link is not None:
            return Denied(FORBIDDEN, "forbidden", "the signed link does not open this address")
        if who.wait_seconds > 0:
            return Denied(
                TOO_MANY_REQUESTS, "too_many_requests", f"too many wrong tokens; {who.reason}", who.wait_seconds
            )
        return Denied(UNAUTHORIZED, "unauthorized", who.reason)
    role = role_for(need.permission)
    if pin_set and not who.is_operator:
        return Denied(FORBIDDEN, "pin_needed", "this needs the operator's PIN: unlock the controls first")
    return Denied(FORBIDDEN, "forbidden", f"this needs the role {role}: {who.name} has the role {who.role}")
