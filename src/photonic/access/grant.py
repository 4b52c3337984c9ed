"""What a principal may let others in as: nobody grants more, or for longer, than their own right.

A command on the service's own machine has a token for a moment only (``COMMAND_PREFIX``). Its right is that of the user
who can add tokens, which does not end with the command.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.access.permission import Role
from photonic.access.principal import Means

if TYPE_CHECKING:
    from photonic.access.browser_sessions import SessionTable
    from photonic.access.principal import Principal


COMMAND_PREFIX = "command-"
"""The names of the tokens that commands add for themselves."""


@dataclass(frozen=True, slots=True)
class Grant:
    """The most that a principal can grant.

    Args:
        most: The largest role.
        token_hash: The token that the principal got in with: what is granted ends with it; ``None``: without one.
        not_after: Running seconds at which the principal's right ends, and what is granted with it.
    """

    most: Role
    token_hash: str | None
    not_after: float | None


def grant_of(issuer: Principal, sessions: SessionTable, now: float) -> Grant:
    """What ``issuer`` can grant. Ten minutes of the PIN make no other operator: they let in guests at most."""
    session = sessions.with_id(issuer.identity, now) if issuer.means is Means.SESSION else None
    if session is None and issuer.name.startswith(COMMAND_PREFIX):
        return Grant(issuer.role, None, None)
    if session is None:
        return Grant(issuer.role, issuer.token_hash, issuer.ends_at)
    elevated = session.is_elevated(now) and session.role is not Role.OPERATOR
    return Grant(Role.GUEST if elevated else issuer.role, session.token_hash, session.not_after)
