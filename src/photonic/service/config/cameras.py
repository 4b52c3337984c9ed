"""The cameras of one service: the one of ``camera``, and those that have a name and a table of settings.

Each has a photo root of its own: the camera of ``camera`` the photo root itself, as if it was alone, and every named
one the folder of its name in it. So one station has one index, and the order of the tables moves no photo.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any, cast

from photonic.model.camera_address import shown
from photonic.worker.supervision.lock import lock_name
from photonic.worker.supervision.ownership import AUTO, SHAREABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from photonic.service.config.settings import ServiceSettings

UNNAMED = "camera"
"""What the camera of ``camera`` is called before its serial number is known."""
TAKEN_NAMES = {
    UNNAMED: "a camera without a name is called so",
    "photos": "photos of the camera without a table go to that folder",
}


def has_unnamed(settings: ServiceSettings) -> bool:
    """Whether the camera of ``camera`` is one of the service's: it is named, or there is no other."""
    return not settings.cameras or "camera" in settings.model_fields_set


def singles(settings: ServiceSettings) -> tuple[ServiceSettings, ...]:
    """The settings of each camera, as if it was alone; the default camera first.

    ``cameras`` is left where their folders are in this camera's photo root, and empty otherwise.
    """
    found = [settings] if has_unnamed(settings) else []
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


def words(settings: ServiceSettings) -> str:
    """The cameras in one line."""
    return ", ".join(
        shown(one.camera) if one.camera_name is None else f"{one.camera_name} ({shown(one.camera)})"
        for one in singles(settings)
    )


def check(settings: ServiceSettings) -> None:
    """Raises ``ValueError`` when two cameras could not be told apart, or are one."""
    tables = settings.cameras
    if not tables:
        return
    for name in TAKEN_NAMES.keys() & tables.keys():
        raise ValueError(f"cameras cannot have the name {name}: {TAKEN_NAMES[name]}")
    if settings.camera_name is not None and (settings.camera_name in tables or not has_unnamed(settings)):
        raise ValueError(f"cameras have their own names: camera_name {settings.camera_name} is for that of camera")
    for name, table in tables.items():
        if table.profile is not None and table.profile not in settings.profiles:
            known = ", ".join(settings.profiles) or "none is configured"
            raise ValueError(f"cameras {name}: profile {table.profile!r} is not among profiles: {known}")
    places = {name: table.address for name, table in tables.items()}
    if has_unnamed(settings):
        places[settings.camera_name or UNNAMED] = settings.camera
    for (one, address), (other, second) in combinations(places.items(), 2):
        _check_distinct(one, address, other, second)


def _check_distinct(one: str, address: str, other: str, second: str) -> None:
    if lock_name(address) == lock_name(second) and not address.startswith(SHAREABLE):
        raise ValueError(f"cameras {one} and {other} have the same address {shown(second)}: name each camera once")
    kinds = [place.partition(":")[0] for place in (address, second)]
    if sorted(kinds) == [AUTO, "usb"]:
        raise ValueError(f"cameras {one} and {other}: auto takes any camera on USB; name both by usb:SERIAL")


def narrowed(told: Mapping[str, Any], flags: dict[str, Any]) -> dict[str, Any]:
    """What file and environment tell, without the cameras that the flags do not name; ``flags`` gets their tables."""
    if not flags.keys() & {"camera", "cameras"}:
        return dict(told)
    tables = _mapping(told.get("cameras"))
    named: dict[str, str] = flags.get("cameras", {})
    flags["cameras"] = {name: {**_mapping(tables.get(name)), "address": address} for name, address in named.items()}
    return {key: value for key, value in told.items() if key not in {"camera", "cameras"}}


def _mapping(value: object) -> dict[str, Any]:
    """A table as it is; nothing for what is none."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
