"""What opens a browser session, or is the right of a single request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.access.policy import PLACES

if TYPE_CHECKING:
    from photonic.access.codes import CodeRecord
    from photonic.access.permission import Role
    from photonic.access.principal import Means, Principal
    from photonic.access.tokens import TokenRecord


@dataclass(frozen=True, slots=True)
class OpenedBy:
    """A token, a code, or the right that a browser had before the PIN.

    Args:
        key: As in ``Principal``.
        name: The name shown to operators.
        role: What it may do.
        token_hash: Of a named token; ``None``: it is not one.
        ends_at: Running seconds; ``None``: it does not end by itself.
        place: As in ``BrowserSession``.
    """

    key: str
    name: str
    role: Role
    token_hash: str | None = None
    ends_at: float | None = None
    place: Means | None = None

    @classmethod
    def by_token(cls, record: TokenRecord, ends_at: float | None) -> OpenedBy:
        """By a named token that ends at ``ends_at``; one that is made again with the same name has another key."""
        return cls(f"token:{record.name}:{record.hash[:8]}", record.name, record.role, record.hash, ends_at)

    @classmethod
    def by_code(cls, record: CodeRecord | None, latest: float) -> OpenedBy | None:
        """By a one-time code, if there was one; it ends with the right of its issuer, at the latest at ``latest``."""
        if record is None:
            return None
        ends_at = latest if record.not_after is None else min(latest, record.not_after)
        return cls(f"code:{record.id}", f"code {record.id}", record.role, record.token_hash, ends_at)

    @classmethod
    def by_principal(cls, principal: Principal) -> OpenedBy:
        """By what a request without a session has."""
        place = principal.means if principal.means in PLACES else None
        return cls(principal.key, principal.name, principal.role, principal.token_hash, principal.ends_at, place)
