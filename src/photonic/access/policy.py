"""What the configuration says of access, and who a caller without a credential is by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.access.permission import Role
from photonic.access.principal import ANONYMOUS_KEY, Means, Principal, Stranger

if TYPE_CHECKING:
    from photonic.access.caller import Caller
    from photonic.access.loopback import LoopbackTrust

PLACES = frozenset({Means.LOOPBACK, Means.UNIX_SOCKET, Means.ANONYMOUS})
"""Means without a credential: a request has them by where it comes from."""


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """What the configuration says of access.

    Args:
        instance: Tells this service's cookies from those of others on the same host: cookies ignore ports.
        loopback: Trust in programs on this machine.
        token: The token in the configuration, an operator's; ``None``: none.
        pin: The operator's PIN; ``None``: none.
        anonymous: The role of strangers; ``None``: they have none.
        anonymous_until_token: Whether ``anonymous`` holds only as long as there is no token.
        has_root: Whether the service has its host for itself, without a path prefix: then cookies have the ``__Host-``
            prefix under TLS.
    """

    instance: str
    loopback: LoopbackTrust
    token: str | None = None
    pin: str | None = None
    anonymous: Role | None = None
    anonymous_until_token: bool = False
    has_root: bool = False

    def session_cookie(self, *, secure: bool) -> str:
        """The name of the cookie that bears a session; ``secure``: over TLS."""
        return f"{self._prefix(secure=secure)}photonic_{self.instance}"

    def device_cookie(self, *, secure: bool) -> str:
        """The name of the cookie that bears an earlier success; ``secure``: over TLS."""
        return f"{self._prefix(secure=secure)}photonic_device_{self.instance}"

    def _prefix(self, *, secure: bool) -> str:
        # Over plain HTTP, browsers refuse a cookie with this prefix.
        return "__Host-" if secure and self.has_root else ""

    def by_place(self, caller: Caller, *, has_tokens: bool) -> Principal | Stranger:
        """Who a caller without a credential is; ``has_tokens``: whether there is any token."""
        trusted = self.loopback.role_of(caller, has_tokens=has_tokens)
        if isinstance(trusted, Role):
            means = Means.LOOPBACK if caller.peer is not None else Means.UNIX_SOCKET
            return Principal("loopback", "program on this machine", self.lowered(trusted, caller), means)
        return self.by_nothing(caller, trusted, has_tokens=has_tokens)

    def by_nothing(self, caller: Caller, reason: str, *, has_tokens: bool) -> Principal | Stranger:
        """Who a stranger is; ``reason``: why the caller is nobody better."""
        if self.anonymous is not None and self.holds(Means.ANONYMOUS, has_tokens=has_tokens):
            role = self.lowered(self.anonymous, caller)
            key = ANONYMOUS_KEY if caller.client is None else f"{ANONYMOUS_KEY}:{caller.client}"
            return Principal(key, "anonymous", role, Means.ANONYMOUS)
        return Stranger(f"sign in, or send a token: {reason}")

    def holds(self, place: Means, *, has_tokens: bool) -> bool:
        """Whether one of ``PLACES`` still gives a right; ``has_tokens``: whether there is any token."""
        if place is Means.ANONYMOUS:
            return self.anonymous is not None and not (self.anonymous_until_token and has_tokens)
        return self.loopback.role is not None and not (self.loopback.until_token and has_tokens)

    def lowered(self, role: Role, caller: Caller) -> Role:
        """The role of somebody who did not sign in: a page is at most a guest where a PIN is set."""
        return Role.GUEST if self.pin is not None and caller.is_of_page and role.allows(Role.GUEST) else role
