"""The named profiles of one camera; at most one is active."""

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
    """The profiles of one camera; ``active`` is the name of the active one, or ``None``."""

    def __init__(self, camera: CameraConnection, profiles: Mapping[str, Profile], active: str | None) -> None:
        self._camera = camera
        self._profiles = profiles
        self._active = active

    def listed(self) -> ProfileList:
        """All profiles, and the name of the active one."""
        return ProfileList(active=self._active, profiles=dict(self._profiles))

    async def choose(self, name: str | None) -> ProfileList:
        """Activate a profile, in later camera processes too: either all its settings are applied, or nothing changes.

        ``None`` deactivates the active one. Raises ``BadInput`` for an unknown name, and with field and choices for a
        setting that the camera rejects; ``CameraError``.
        """
        profile = None if name is None else self._profiles.get(name)
        if name is not None and profile is None:
            known = f"known profiles: {', '.join(self._profiles)}" if self._profiles else "no profile is configured"
            reason = f"unknown profile {name[:100]!r}; {known}"
            raise BadInput(reason, field="name", choices=tuple(self._profiles))
        await self._camera.hold(held_by(profile))
        self._active = name
        return self.listed()
