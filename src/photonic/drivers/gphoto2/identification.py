"""Finds a camera's address on the network, and reads how it identifies itself."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from photonic.drivers.gphoto2.camera import CONFIG_SECONDS, BodyIdentity
from photonic.drivers.gphoto2.makers import registry
from photonic.errors import CameraError, FailureKind
from photonic.model.foreign_text import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.drivers.gphoto2.camera import Setting
    from photonic.drivers.gphoto2.port import Port
    from photonic.worker.roles import ParentLink

PREPARE_SECONDS = 30.0
"""The first request to a camera may also prepare it for captures; an EOS gives some twenty answers (``config.c``)."""

NETWORK_MODEL = "PTP/IP Camera"
_ENTRIES = ("serialnumber", "cameramodel", "manufacturer", "deviceversion")


def identify(
    read: Callable[[str, float], Setting | None],
    tree: Callable[[], tuple[Setting, ...]],
    listed: str,
    port: Port,
    *,
    has_preview: bool,
) -> BodyIdentity:
    """Read how the camera identifies itself. Raises ``CameraError``.

    Args:
        read: Reads one of the camera's settings within a number of seconds.
        tree: Reads all of them.
        listed: Its name in the library's list.
        port: Its address, which replaces a missing serial number.
        has_preview: Its listed abilities include live view.
    """
    found = {"manufacturer": read("manufacturer", PREPARE_SECONDS)}
    settings: tuple[Setting, ...] = ()
    reported = found["manufacturer"]
    one_read = registry.by_manufacturer(reported.value).one_read if reported is not None else None
    if one_read is not None:
        every = tree()
        found = {setting.name: setting for setting in every} | found
        settings = every if one_read in found else ()
    found |= {name: read(name, CONFIG_SECONDS) for name in _ENTRIES if name not in found}
    # These texts become part of file names and addresses, and go over the wire.
    text = {name: shown(setting.value) if setting else "" for name, setting in found.items() if name in _ENTRIES}
    # For a USB camera that has its own entry in the library's list, the name there is better.
    generic = listed in (NETWORK_MODEL, "USB PTP Class Camera")
    return BodyIdentity(
        serial=_serial(text["serialnumber"]) or str(port),
        model=(text["cameramodel"] or listed) if generic else listed,
        manufacturer=text["manufacturer"],
        version=text["deviceversion"],
        preview=has_preview,
        settings=settings,
    )


def resolve(outbox: ParentLink, port: Port, limit_seconds: float) -> str:
    """The IPv4 address of a network camera. Raises ``CameraError`` (CAMERA_ABSENT)."""
    with outbox.calling("resolve", limit_seconds):
        try:
            return socket.gethostbyname(port.place)
        except OSError as error:
            raise CameraError(
                f"cannot resolve the camera's host {port.place} to an IPv4 address ({error}); "
                "check the name, or use the address",
                kind=FailureKind.CAMERA_ABSENT,
            ) from error


def _serial(serial: str) -> str:
    """The serial number; the library writes "None" if the camera reports none (2.5.34 ``config.c``)."""
    return "" if serial == "None" else serial
