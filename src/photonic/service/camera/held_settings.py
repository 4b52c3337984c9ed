"""The settings that a camera process holds, computed from profiles and requests. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from photonic.model.setting_name import SettingName
from photonic.worker.link.messages import Profiles

if TYPE_CHECKING:
    from collections.abc import Mapping

    from photonic.model.api import ConfigRequest
    from photonic.model.profile import Profile


def held_by(profile: Profile | None) -> Profiles:
    """The settings that a camera process holds for a profile; ``None``: no settings."""
    return Profiles() if profile is None else Profiles(live=profile.live_texts, capture=profile.capture_texts)


def merged(profiles: Profiles, config: ConfigRequest) -> Profiles:
    """``profiles``, updated with every setting in ``config``."""

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
    """``profiles`` after the user changed ``values``: live settings that are held now hold the new values."""
    given = {SettingName.parse(name): value for name, value in values.items()}
    live = {name: given.get(SettingName.parse(name), value) for name, value in profiles.live.items()}
    mode = given.get(SettingName.EXPOSURE_MODE) if profiles.exposure_mode is not None else None
    return msgspec.structs.replace(profiles, live=live, exposure_mode=mode or profiles.exposure_mode)
