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


@dataclass(frozen=True, slots=True)
class Need:
    """What a route needs.

    Args:
        permission: The permission that it declares.
        scopes: What a signed link must name to open this route, by kind of scope; ``None``: the route itself checks
            whether what it finds is within the scope.
        page: Whether it is a page: a stranger is sent to the sign-in.
    """

    permission: Permission
    scopes: Mapping[ScopeKind, str | None] = field(default_factory=dict["ScopeKind", "str | None"])
    page: bool = False


@dataclass(frozen=True, slots=True)
class Granted:
    """The request is let through; ``principal`` is ``None`` where none is needed."""

    principal: Principal | None


@dataclass(frozen=True, slots=True)
class AccessRefused:
    """The request is refused: the status, the problem's type and its reason."""

    status: int
    kind: str
    reason: str


def decide(
    identity: Identified, need: Need | None, caller: Caller, origins: OriginRule, *, pin_set: bool
) -> Granted | AccessRefused:
    """Decide a request.

    Args:
        identity: Who sent it.
        need: What its route needs; ``None``: there is no such route, which the router says itself.
        caller: The claims of the request.
        origins: The origins of pages that may use the service.
        pin_set: Whether a guest becomes the operator by a PIN.
    """
    who = identity.principal
    by_link = need is not None and _opens(identity.link, need)
    exempt = by_link or (isinstance(who, Principal) and not who.means.is_ambient)
    if not exempt and (problem := origins.problem(caller)) is not None:
        return AccessRefused(FORBIDDEN, "forbidden", problem)
    if need is None or need.permission is Permission.OPEN:
        return Granted(who if isinstance(who, Principal) else None)
    if isinstance(who, Principal) and who.may(need.permission):
        problem = origins.read_problem(caller) if who.means.is_ambient else None
        if problem is None:
            return Granted(who)
        if not by_link:
            return AccessRefused(FORBIDDEN, "forbidden", problem)
    if by_link and isinstance(identity.link, Principal):
        return Granted(identity.link)
    return _refusal(identity, need, pin_set=pin_set)


def _opens(link: Principal | Stranger | None, need: Need) -> bool:
    """Whether a signed link opens a route that needs this."""
    if not isinstance(link, Principal) or link.scope is None or not link.may(need.permission):
        return False
    if link.scope.kind not in need.scopes:
        return False
    return need.scopes[link.scope.kind] in {None, link.scope.value}


def _refusal(identity: Identified, need: Need, *, pin_set: bool) -> AccessRefused:
    who, link = identity.principal, identity.link
    if isinstance(who, Stranger):
        if isinstance(link, Stranger):
            return AccessRefused(UNAUTHORIZED, "unauthorized", link.reason)
        if link is not None:
            return AccessRefused(FORBIDDEN, "forbidden", "the signed link does not open this address")
        return AccessRefused(UNAUTHORIZED, "unauthorized", who.reason)
    role = role_for(need.permission)
    if pin_set and not who.is_operator:
        return AccessRefused(FORBIDDEN, "pin_needed", "this needs the operator's PIN: unlock the controls first")
    return AccessRefused(FORBIDDEN, "forbidden", f"this needs the role {role}: {who.name} has the role {who.role}")
