"""The cameras whose photos a command reads without the service: those of the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.errors import BadInput

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


def indexed_cameras(photo_root: Path | None, config: Path | None) -> list[ControllerSettings]:
    """Those of ``stored_cameras`` whose photo root has an index, or what it is made again from.

    Raises ``BadInput``, also if there is none: a wrong path, or a disk that is not mounted, has no photo that is lost.
    """
    from photonic.service.journal.rebuilding import is_known_elsewhere
    from photonic.service.photo.naming import INDEX_FILE

    stored = stored_cameras(photo_root, config)
    indexes = [(one, one.photo_root / INDEX_FILE) for one in stored]
    found = [one for one, index in indexes if index.exists() or is_known_elsewhere(index)]
    if not found:
        raise BadInput(f"{stored[0].photo_root} has no photo index", field="photo_root")
    return found


def existing_roots(photo_root: Path | None, config: Path | None) -> list[ControllerSettings]:
    """Those of ``stored_cameras`` whose photo root exists. Raises ``BadInput``, also if none does."""
    stored = stored_cameras(photo_root, config)
    found = [one for one in stored if one.photo_root.is_dir()]
    if not found:
        raise BadInput(f"{stored[0].photo_root} does not exist", field="photo_root")
    return found
