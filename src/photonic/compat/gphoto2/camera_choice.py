"""Which camera of the service ``--camera`` and ``--port`` mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from photonic.compat.gphoto2.results import ActionFailed, ResultCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photonic.model.api import CameraSummary

ANY_MODEL = frozenset({"", "ptp/ip camera", "usb ptp class camera"})
"""Models of libgphoto2 that stand for every PTP camera."""

DETECTED = "auto"


def chosen_camera(cameras: Sequence[CameraSummary], model: str | None, port: str | None) -> CameraSummary:
    """The camera that a command line is about.

    Args:
        cameras: Of the service, the default one first.
        model: A model, or a camera's name or serial number in the service; ``None``: any.
        port: A port; ``None``: any. ``usb:`` with a bus number means every camera on USB, because these numbers change.

    Raises:
        ActionFailed: The service has no such camera.
    """
    if not cameras:
        raise ActionFailed(ResultCode.NO_CAMERA)
    named = [camera for camera in cameras if _is_called(camera, model or "")]
    if not named:
        raise ActionFailed(ResultCode.UNKNOWN_MODEL, f"The service's cameras are: {_known(cameras)}.")
    if port is None:
        return named[0]
    there = [camera for camera in named if port_of(camera) == _plain_port(port)]
    there = there or [camera for camera in named if port.startswith("usb") and port_of(camera).startswith("usb:")]
    if not there:
        known = ", ".join(port_of(camera) for camera in cameras)
        raise ActionFailed(ResultCode.UNKNOWN_PORT, f"Port {port} not found. The service's cameras are at: {known}.")
    return there[0]


def port_of(camera: CameraSummary) -> str:
    """The port of a camera: where the service looks for it."""
    return "usb:" if camera.address == DETECTED else camera.address


def _plain_port(port: str) -> str:
    """A port as the service writes it: libgphoto2 has the port number of PTP/IP twice."""
    parts = port.split(":")
    return ":".join(parts[:3]) if parts[0] == "ptpip" else port


def _is_called(camera: CameraSummary, model: str) -> bool:
    wanted = model.casefold()
    if wanted in ANY_MODEL or wanted in {camera.id.casefold(), (camera.serial or "").casefold()}:
        return True
    known = (camera.camera.model or "").casefold()
    # libgphoto2 has the maker before some models, and " (PTP mode)" and the like after others.
    return bool(known) and (known in wanted or wanted in known)


def _known(cameras: Sequence[CameraSummary]) -> str:
    return ", ".join(f"{camera.id} ({camera.camera.model})" if camera.camera.model else camera.id for camera in cameras)
