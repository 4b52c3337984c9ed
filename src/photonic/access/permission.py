"""What each role may do. Every route declares one permission; a role is a set of permissions.

A larger role may do everything that a smaller one may.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Role(StrEnum):
    """The three roles, from the smallest to the largest."""

    VIEWER = "viewer"
    GUEST = "guest"
    OPERATOR = "operator"

    @property
    def rank(self) -> int:
        """0 for the smallest role."""
        return list(Role).index(self)

    def allows(self, other: Role) -> bool:
        """Whether this role may do everything that ``other`` may."""
        return self.rank >= other.rank


class Permission(StrEnum):
    """What a route requires."""

    OPEN = "open"
    """Anyone, strangers included: nothing about the camera, or a page that must load before a sign-in."""
    WATCH = "watch"
    """Watch live view, and read the status."""
    CAPTURE = "capture"
    """Take photos, within the limits of a guest."""
    PHOTOS = "photos"
    """See photos: a guest only its own."""
    OPERATE = "operate"
    """Control the camera without limits, and delete photos."""
    ADMINISTER = "administer"
    """Read log, doctor and diagnosis; let others in, and end their access."""


PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset({Permission.OPEN, Permission.WATCH}),
    Role.GUEST: frozenset({Permission.OPEN, Permission.WATCH, Permission.CAPTURE, Permission.PHOTOS}),
    Role.OPERATOR: frozenset(Permission),
}


def role_for(permission: Permission) -> Role | None:
    """The smallest role with this permission; ``None``: no role is required."""
    if permission is Permission.OPEN:
        return None
    return next(role for role in Role if permission in PERMISSIONS[role])
