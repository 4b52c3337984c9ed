"""The cameras of one service: the camera of ``camera``, and those that have a name and a table of settings.

Each has its own photo root: the camera of ``camera`` has the photo root itself, as if it were alone, and every named
camera has the folder of its name in it. So each camera has its own index, and reordering the tables moves no photo.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from photonic.model.camera_address import redacted

if TYPE_CHECKING:
    from photonic.service.config.settings import ServiceSettings


def singles(settings: ServiceSettings) -> tuple[ServiceSettings, ...]:
    """The settings of each camera, as if it were the only one; the camera of ``camera`` first.

    Its ``cameras`` stays set, since the folders of the others are in its photo root; theirs is empty.
    """
    found = [settings] if settings.has_unnamed_camera else []
    for name, table in settings.cameras.items():
        own = table.model_dump(exclude_none=True, exclude={"address"})
        place: dict[str, Any] = {
            "camera": table.address,
            "camera_name": name,
            "photo_root": settings.photo_root / name,
            "cameras": {},
        }
        found.append(settings.model_copy(update=own | place))
    return tuple(found)


def summary(settings: ServiceSettings) -> str:
    """The names and addresses of the cameras in one line."""
    return ", ".join(
        redacted(one.camera) if one.camera_name is None else f"{one.camera_name} ({redacted(one.camera)})"
        for one in singles(settings)
    )
