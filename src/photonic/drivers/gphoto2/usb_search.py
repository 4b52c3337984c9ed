"""Which camera on USB an address means, from what the kernel shows of each: no camera is opened for it.

Many bodies have no serial number in their USB descriptor, and some have another one there than in their own menu. Then
the kernel cannot tell, and the cameras that may be the right one have to be opened, one after the other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.errors import CameraError, FailureKind
from photonic.worker.serials import same_serial

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from photonic.worker.supervision.usb import UsbCamera

NONE_ON_USB = "no camera found on USB: switch it on, plug it in, and set its USB mode to PC or PTP (not mass storage)"
_PORT_PATH = re.compile(r"\d+-\d+(\.\d+)*")


@dataclass(frozen=True, slots=True)
class DetectedCamera:
    """One camera that the library has detected.

    ``path``: the library's port (``usb:001,004``). ``port``: the kernel's name of its port (``1-4.2``), ``serial``: the
    number in its USB descriptor; ``None``: the kernel shows none.
    """

    model: str
    path: str
    port: str | None = None
    serial: str | None = None

    def __str__(self) -> str:
        where = f"USB port {self.port}" if self.port is not None else self.path
        return f"{self.model} in {where}"


@dataclass(frozen=True, slots=True)
class UsbCandidates:
    """The cameras that an address may mean, the likeliest first; ``certain``: it means the first one."""

    cameras: tuple[DetectedCamera, ...]
    certain: bool


def sure_path(known: Iterable[UsbCamera], place: str) -> str | None:
    """The library's port of the only camera that ``usb:PLACE`` can mean.

    ``None``: the kernel's list does not tell, or another camera has the same serial number.
    """
    cameras = tuple(known)
    named = [camera for camera in cameras if camera.path == place or _has_serial(camera, place)]
    if len(named) != 1 or not place:
        return None
    (camera,) = named
    alike = [other for other in cameras if camera.serial is not None and _has_serial(other, camera.serial)]
    return None if len(alike) > 1 else _path(camera)


def detected_cameras(listed: Iterable[tuple[str, str]], known: Iterable[UsbCamera]) -> tuple[DetectedCamera, ...]:
    """The library's list of models and ports, with what the kernel shows of each."""
    by_path = {_path(camera): camera for camera in known}
    return tuple(
        DetectedCamera(model, path, camera.path, camera.serial)
        if (camera := by_path.get(path)) is not None
        else DetectedCamera(model, path)
        for model, path in listed
    )


def _path(camera: UsbCamera) -> str:
    return f"usb:{camera.node.parent.name},{camera.node.name}"


def is_port_path(place: str) -> bool:
    """Whether the part of an address behind ``usb:`` is a port (``1-4.2``), not a serial number."""
    return _PORT_PATH.fullmatch(place) is not None


def search(cameras: Sequence[DetectedCamera], place: str, as_disks: Sequence[str] = ()) -> UsbCandidates:
    """The cameras that ``usb:PLACE`` may mean; with an empty ``place``, any.

    ``as_disks``: bodies that show themselves as disks.

    Raises ``CameraError``: CAMERA_ABSENT if there is none, BLOCKED if several have that serial number.
    """
    if not cameras and as_disks:
        raise CameraError(
            f"{', '.join(as_disks)} is in mass storage mode, in which it is only a disk: set its USB connection to PC "
            "remote, PC or PTP in its menu",
            kind=FailureKind.CAMERA_ABSENT,
        )
    if not cameras:
        wanted = f" (looking for {place})" if place else ""
        raise CameraError(NONE_ON_USB + wanted, kind=FailureKind.CAMERA_ABSENT)
    if not place:
        return UsbCandidates(tuple(cameras), certain=False)
    if is_port_path(place):
        here = tuple(camera for camera in cameras if camera.port == place)
        if not here:
            found = ", ".join(map(str, cameras))
            raise CameraError(f"no camera in USB port {place}; found: {found}", kind=FailureKind.CAMERA_ABSENT)
        return UsbCandidates(here, certain=True)
    named = tuple(camera for camera in cameras if _has_serial(camera, place))
    if len(named) > 1:
        ports = " and ".join(f"usb:{camera.port}" for camera in named)
        raise CameraError(
            f"{len(named)} cameras on USB have the serial number {place}: use their ports as addresses, {ports}",
            kind=FailureKind.BLOCKED,
        )
    if named:
        return UsbCandidates(named, certain=True)
    return UsbCandidates(tuple(sorted(cameras, key=lambda camera: camera.serial is not None)), certain=False)


def shares_serial(camera: DetectedCamera, cameras: Iterable[DetectedCamera]) -> bool:
    """Whether another camera has the same serial number in its USB descriptor."""
    serial = camera.serial
    return serial is not None and any(other.path != camera.path and _has_serial(other, serial) for other in cameras)


def _has_serial(camera: DetectedCamera | UsbCamera, serial: str) -> bool:
    return camera.serial is not None and same_serial(camera.serial, serial)
