"""Who sent a request: a principal with a role, or a stranger with the reason why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from photonic.access.permission import PERMISSIONS, Role

if TYPE_CHECKING:
    from photonic.access.links import LinkScope
    from photonic.access.permission import Permission


ANONYMOUS_KEY = "anonymous"
"""The key of all strangers whose address is unknown, who own nothing; an address follows after a colon."""

LIMIT_KEY_DIGITS = 16
"""Of a token's hash; two tokens never have them in common."""


class Means(StrEnum):
    """How a principal got in."""

    LOOPBACK = "loopback"
    UNIX_SOCKET = "unix socket"
    BEARER = "bearer"
    BASIC = "basic"
    SESSION = "session"
    LINK = "link"
    ANONYMOUS = "anonymous"

    @property
    def is_ambient(self) -> bool:
        """Whether a browser sends it along with requests that another site's page starts."""
        return self not in {Means.BEARER, Means.LINK}


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody with a right.

    Args:
        key: The identity that owns photos, such as ``token:stage:1f0c93ab`` or ``session:k3x9``.
        name: The name shown to operators.
        role: What it may do.
        means: How it got in.
        ends_at: Running seconds at which the right ends; ``None``: it does not end by itself.
        scope: What a signed link opens; ``None``: everything that the role may do.
        token_hash: Of the token that was sent, if it is a named one, or that opened the session; ``None``: none did.
    """

    key: str
    name: str
    role: Role
    means: Means
    ends_at: float | None = None
    scope: LinkScope | None = None
    token_hash: str | None = None

    def may(self, permission: Permission) -> bool:
        """Whether the role has this permission; a link's scope is checked by the route."""
        return permission in PERMISSIONS[self.role]

    @property
    def limit_key(self) -> str:
        """Who is counted by limits: the token, with all sessions that it opened, or else the principal itself."""
        return self.key if self.token_hash is None else f"token:{self.token_hash[:LIMIT_KEY_DIGITS]}"

    @property
    def identity(self) -> str:
        """The id of its session or link, the last part of ``key``."""
        return self.key.partition(":")[2]

    @property
    def is_operator(self) -> bool:
        """Whether it may do everything."""
        return self.role is Role.OPERATOR

    @property
    def is_privileged(self) -> bool:
        """Whether the reserved shares (connections, viewers, the queue) are for it: operators, and this machine."""
        return self.is_operator or self.means in {Means.LOOPBACK, Means.UNIX_SOCKET}


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody without a right.

    ``reason``: what is missing, in one sentence. ``wait_seconds``: how long to wait before the next try; 0: no time.
    """

    reason: str
    wait_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Identified:
    """Who sent a request.

    Args:
        principal: Who it is.
        link: The signed link in the address; ``None``: there is none.
        anonymous: Who it would be without any credential.
    """

    principal: Principal | Stranger
    link: Principal | Stranger | None
    anonymous: Principal | Stranger
