"""The named profiles of one camera, of which it holds at most one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.errors import BadInput
from photonic.model.profile import ProfileList
from photonic.service.camera.held_settings import held_by

if TYPE_CHECKING:
    from collections.abc import Mapping

    from photonic.model.profile import Profile
    from photonic.service.camera.connection import CameraConnection


class NamedProfiles:
    """The profiles of one camera; ``active`` is the name of the one that it holds, ``None``: none of them."""

    def __init__(self, camera: CameraConnection, profiles: Mapping[str, Profile], active: str | None) -> None:
        self._camera = camera
        self._profiles = profiles
        self._active = active

    def listed(self) -> ProfileList:
        """Which there are, and which is held."""
        return ProfileList(active=self._active, profiles=dict(self._profiles))

    async def choose(self, name: str | None) -> ProfileList:
        """Hold this one from now on, in later camera processes too: all its settings, or go on as before.

        ``None``: hold nothing. Raises ``BadInput`` for a name that is none, and with field and choices for a setting
        that the camera does not take; ``CameraError``.
        """
        profile = None if name is None else self._profiles.get(name)
        if name is not None and profile is None:
            there_is = f"there is {', '.join(self._profiles)}" if self._profiles else "none is configured"
            reason = f"there is no profile {name[:100]!r}; {there_is}"
            raise BadInput(reason, field="name", choices=tuple(self._profiles))
        await self._camera.hold(held_by(profile))
        self._active = name
        return self.listed()
