"""Several cameras in the settings: the table of one camera, and the checks over all of them.

``settings`` imports this file and ``cameras`` imports ``settings``, so that there is no import cycle.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Annotated, Any, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict

from photonic.model.api import SessionId
from photonic.model.camera_address import redacted
from photonic.service.config.fields import CameraAddress, CaptureTarget, PhotoNameTemplate
from photonic.worker.supervision.lock import lock_name
from photonic.worker.supervision.ownership import AUTO, SHAREABLE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

UNNAMED = "camera"
"""The name of the camera of ``camera`` until its serial number is known."""
RESERVED_NAMES = {
    UNNAMED: "that name is reserved for the camera without a name",
    "photos": "that is the photo folder of the camera without a name",
}


class CameraTable(BaseModel):
    """One of several cameras (``[cameras.NAME]``); ``None`` means that the service's own setting applies."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    address: CameraAddress
    capture_target: CaptureTarget | None = None
    retry_without_autofocus: bool | None = None
    delete_after_download: bool | None = None
    fetch_films: bool | None = None
    photo_name: PhotoNameTemplate | None = None
    body_session: SessionId | None = None
    profile: str | None = None


def _table(value: object) -> object:
    """Turn an address alone into a table."""
    return {"address": value} if isinstance(value, str) else value


TableOrAddress = Annotated[CameraTable, BeforeValidator(_table)]


def check(
    tables: Mapping[str, CameraTable],
    *,
    unnamed: str | None,
    unnamed_name: str | None,
    profiles: Collection[str],
) -> None:
    """Check that the cameras can be told apart, and that their profiles exist. Raises ``ValueError``.

    Args:
        tables: The cameras with a table, by name.
        unnamed: The address of the camera without a table; ``None``: there is none.
        unnamed_name: The configured name of that camera; ``None``: its serial number.
        profiles: The names of the profiles.
    """
    if not tables:
        return
    for name in RESERVED_NAMES.keys() & tables.keys():
        raise ValueError(f"cameras cannot be named {name}: {RESERVED_NAMES[name]}")
    if unnamed_name is not None and (unnamed_name in tables or unnamed is None):
        why = "is one of them: choose another" if unnamed_name in tables else "is only for a camera set with camera"
        raise ValueError(f"cameras already have names: camera_name {unnamed_name} {why}")
    for name, table in tables.items():
        if table.profile is not None and table.profile not in profiles:
            known = ", ".join(profiles) or "none is configured"
            raise ValueError(f"cameras {name}: profile {table.profile!r} is not one of the profiles: {known}")
    addresses = {name: table.address for name, table in tables.items()}
    if unnamed is not None:
        addresses[unnamed_name or UNNAMED] = unnamed
    for (one, address), (other, second) in combinations(addresses.items(), 2):
        _check_distinct(one, address, other, second)


def _check_distinct(one: str, address: str, other: str, second: str) -> None:
    if lock_name(address) == lock_name(second) and not address.startswith(SHAREABLE):
        raise ValueError(f"cameras {one} and {other} have the same address {redacted(second)}: name each camera once")
    kinds = [place.partition(":")[0] for place in (address, second)]
    if sorted(kinds) == [AUTO, "usb"]:
        raise ValueError(f"cameras {one} and {other}: auto selects any camera on USB; set both to usb:SERIAL")


def narrowed(configured: Mapping[str, Any], flags: dict[str, Any]) -> dict[str, Any]:
    """Let the cameras in ``flags`` replace those of file and environment.

    Args:
        configured: The settings of file and environment.
        flags: The flags; if they name cameras, their ``cameras`` is replaced by the tables of these cameras, with the
            other settings from ``configured``.

    Returns:
        ``configured`` without its cameras if the flags name any, else a copy.
    """
    if not flags.keys() & {"camera", "cameras"}:
        return dict(configured)
    tables = _mapping(configured.get("cameras"))
    named: dict[str, str] = flags.get("cameras", {})
    flags["cameras"] = {name: {**_mapping(tables.get(name)), "address": address} for name, address in named.items()}
    return {key: value for key, value in configured.items() if key not in {"camera", "cameras"}}


def _mapping(value: object) -> dict[str, Any]:
    """The value if it is a table, else an empty one."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
