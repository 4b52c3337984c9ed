"""The cameras whose photos a command reads without the service: those of the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from photonic.service.camera.controller_settings import ControllerSettings


def stored_cameras(photo_root: Path | None, config: Path | None) -> list[ControllerSettings]:
    """The settings of each configured camera. ``photo_root``: instead of the configured one. Raises ``BadInput``."""
    from photonic.service.app import controller_settings
    from photonic.service.config import cameras
    from photonic.service.config.sources import read_settings

    settings = read_settings({"photo_root": photo_root}, config)
    return [controller_settings(one, settings.photo_root) for one in cameras.singles(settings)]
