"""The settings that a camera is to hold, put together from requests that name a few of them each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

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
                "iso": config.iso_liveview,
                "shutter_speed": config.shutter_speed_liveview,
                "aperture": config.aperture_liveview,
            },
        ),
        capture=changed(
            profiles.capture,
            {
                "iso": config.iso_capture,
                "shutter_speed": config.shutter_speed_capture,
                "aperture": config.aperture_capture,
            },
        ),
        exposure_mode=config.exposure_mode or profiles.exposure_mode,
        disable_viewfinder_before_capture=(
            profiles.disable_viewfinder_before_capture if viewfinder is None else viewfinder
        ),
    )
