"""The settings that a camera is to hold, put together from requests that name a few of them each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from photonic.model.setting_name import SettingName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from photonic.model.api import ConfigRequest
    from photonic.worker.messages import Profiles


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
