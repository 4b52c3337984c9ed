"""The settings that a camera is to hold: named profiles, and requests that name a few of them each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from photonic.errors import BadInput
from photonic.model.profile import ProfileList
from photonic.model.setting_name import SettingName
from photonic.worker.link.messages import Profiles

if TYPE_CHECKING:
    from collections.abc import Mapping

    from photonic.model.api import ConfigRequest
    from photonic.model.profile import Profile
    from photonic.service.camera.connection import CameraConnection


def held_by(profile: Profile | None) -> Profiles:
    """What a camera process holds for a profile; ``None``: nothing."""
    return Profiles() if profile is None else Profiles(live=profile.live_texts, capture=profile.capture_texts)


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


def merged(profiles: Profiles, config: ConfigRequest) -> Profiles:
    """``profiles`` with every setting that ``config`` names; the others stay."""

    def changed(held: dict[str, str], wanted: Mapping[str, str | None]) -> dict[str, str]:
        return held | {name: value for name, value in wanted.items() if value is not None}

    viewfinder = config.disable_viewfinder_before_capture
    return msgspec.structs.replace(
        profiles,
        live=changed(
            profiles.live,
            {
                SettingName.ISO: config.iso_liveview,
                SettingName.SHUTTER: config.shutter_speed_liveview,
                SettingName.APERTURE: config.aperture_liveview,
            },
        ),
        capture=changed(
            profiles.capture,
            {
                SettingName.ISO: config.iso_capture,
                SettingName.SHUTTER: config.shutter_speed_capture,
                SettingName.APERTURE: config.aperture_capture,
            },
        ),
        exposure_mode=config.exposure_mode or profiles.exposure_mode,
        disable_viewfinder_before_capture=(
            profiles.disable_viewfinder_before_capture if viewfinder is None else viewfinder
        ),
    )


def overruled(profiles: Profiles, values: Mapping[str, str]) -> Profiles:
    """``profiles``, with those live settings that it holds at the values that they were given by hand."""
    given = {SettingName.meant(name): value for name, value in values.items()}
    live = {name: given.get(SettingName.meant(name), value) for name, value in profiles.live.items()}
    mode = given.get(SettingName.EXPOSURE_MODE) if profiles.exposure_mode is not None else None
    return msgspec.structs.replace(profiles, live=live, exposure_mode=mode or profiles.exposure_mode)
