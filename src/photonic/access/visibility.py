"""Which captures, photos and sequences exist for whom. No I/O.

What somebody may not see is answered as if it did not exist, so that nobody learns of it by asking. Ids are no secrets:
knowing one gives nobody a photo.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.access.links import ScopeKind
from photonic.access.permission import Permission
from photonic.access.principal import ANONYMOUS_KEY
from photonic.model.gallery import capture_of
from photonic.model.reach import EVERYTHING, NOTHING, Reach

if TYPE_CHECKING:
    from photonic.access.principal import Principal
    from photonic.model.reach import Reachable

UNSEEN = "nobody:anonymous"
"""The owner of what was requested by strangers who cannot be told apart; no principal has this key."""


def reach_of(principal: Principal) -> Reach:
    """Which captures with their photos, and which sequences, exist for somebody.

    The operator sees everything, the holder of a signed link what its scope names, a guest what it requested itself.
    What no client requested, such as a photo of the camera's own button, is the operator's.
    """
    if principal.is_operator:
        return EVERYTHING
    if not principal.may(Permission.PHOTOS):
        return NOTHING
    if principal.scope is None:
        return Reach(owner=principal.key)
    match principal.scope.kind:
        case ScopeKind.PHOTO:
            return Reach(capture_id=capture_of(principal.scope.value))
        case ScopeKind.SESSION:
            return Reach(session_id=principal.scope.value)
        case ScopeKind.LIVE:
            return NOTHING


def visible(record: Reachable, principal: Principal) -> bool:
    """Whether a capture with its photos, or a sequence, exists for somebody."""
    return reach_of(principal).includes(record)


def owner_for(principal: Principal) -> str:
    """The owner that is recorded for a request: for a guest its key.

    What an operator requests is the operator's, even if the same key is a guest's at other times: a page on the machine
    of the service without the PIN, a browser whose elevation has ended, a token whose role was changed.

    What strangers without an address request is only the operator's: they share a key, but not their photos.
    """
    if principal.is_operator:
        return f"operator:{principal.key}"
    return UNSEEN if principal.key == ANONYMOUS_KEY else principal.key


def only_owner(principal: Principal) -> str | None:
    """The one owner whose records can be visible, for a query by owner; ``None``: there is no such limit."""
    return principal.key if principal.scope is None and not principal.is_operator else None
