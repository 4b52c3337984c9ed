"""Lists USB cameras and resets their ports through the kernel, without opening a camera.

Sources: Linux ``Documentation/ABI/stable/sysfs-bus-usb`` (``busnum``, ``devnum``, ``serial``), ``usbdevice_fs.h``
(reset), and the USB still image class 06 (PTP) of the interfaces.
"""

from __future__ import annotations

import errno
import fcntl
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from photonic.errors import CameraError, FailureKind

if TYPE_CHECKING:
    from collections.abc import Callable

SYSFS = Path("/sys/bus/usb/devices")
NODES = Path("/dev/bus/usb")
USBDEVFS_RESET = 0x5514
"""``_IO('U', 20)``: the kernel resets the port, and gives the device the same number again."""

GONE = "the camera was unplugged or switched off; plug it in and switch it on"
"""Why a camera is absent: what the kernel says, and what the driver finds out by itself."""

STILL_IMAGE_CLASS = "06"
CAMERA_MAKERS = frozenset({"04a9", "04b0", "04cb", "04da", "054c", "07b4", "0a17", "25fb", "33a2"})
"""Canon, Nikon, Fujifilm, Panasonic, Sony, Olympus, Pentax, Ricoh, OM: some bodies have a vendor-specific interface."""

VENDOR_CLASS = "ff"
STORAGE_CLASS = "08"


@dataclass(frozen=True, slots=True)
class UsbCamera:
    """One camera on the bus.

    ``path``: the kernel's name of its port (``1-4.2``). ``serial``: from the USB descriptor; ``None`` if it has none.
    ``node``: the device file.
    """

    path: str
    vendor: str
    product: str
    name: str
    serial: str | None
    node: Path

    @property
    def writable(self) -> bool:
        """Whether this user may open it."""
        return os.access(self.node, os.R_OK | os.W_OK)


def cameras(sysfs: Path = SYSFS, nodes: Path = NODES) -> tuple[UsbCamera, ...]:
    """The cameras that are plugged in, sorted by port; empty on a machine without USB."""
    try:
        devices = sorted(path for path in sysfs.iterdir() if ":" not in path.name)
    except OSError:
        return ()
    found = (_camera(device, nodes) for device in devices if _is_camera(device))
    return tuple(camera for camera in found if camera is not None)


def cameras_as_disks(sysfs: Path = SYSFS) -> tuple[str, ...]:
    """The names and ports of bodies in mass storage mode: they show their card, and cannot be controlled."""
    try:
        devices = sorted(path for path in sysfs.iterdir() if ":" not in path.name)
    except OSError:
        return ()
    return tuple(
        f"{_name(device)} in USB port {device.name}"
        for device in devices
        if STORAGE_CLASS in _classes(device) and _text(device / "idVendor") in CAMERA_MAKERS and not _is_camera(device)
    )


def reset_port(camera: UsbCamera, *, control: Callable[[int, int, int], int] = fcntl.ioctl) -> None:
    """Reset the camera's port. The camera usually keeps its device number.

    A camera that comes back changed leaves the bus instead (ENODEV), and appears under another number.

    Raises ``CameraError`` with advice: no permission, camera gone, or reset refused by the kernel.
    """
    try:
        descriptor = os.open(camera.node, os.O_WRONLY | os.O_CLOEXEC)
        try:
            control(descriptor, USBDEVFS_RESET, 0)
        finally:
            os.close(descriptor)
    except PermissionError as error:
        raise CameraError(
            f"the USB port of {camera.name} could not be reset: no permission for {camera.node}; "
            "run photonic doctor for the command that grants it",
            kind=FailureKind.BLOCKED,
        ) from error
    except FileNotFoundError as error:
        raise CameraError(
            f"{camera.name} is no longer on USB; switch it on and plug it in", kind=FailureKind.CAMERA_ABSENT
        ) from error
    except OSError as error:
        if error.errno == errno.ENODEV:
            return
        raise CameraError(
            f"the USB port of {camera.name} could not be reset ({error.strerror}); unplug the camera and plug it in"
        ) from error


def _is_camera(device: Path) -> bool:
    classes = _classes(device)
    return STILL_IMAGE_CLASS in classes or (VENDOR_CLASS in classes and _text(device / "idVendor") in CAMERA_MAKERS)


def _classes(device: Path) -> set[str | None]:
    return {_text(interface / "bInterfaceClass") for interface in device.glob(f"{device.name}:*")}


def _name(device: Path) -> str:
    parts = (_text(device / "manufacturer"), _text(device / "product"))
    ids = f"{_text(device / 'idVendor') or ''}:{_text(device / 'idProduct') or ''}"
    return " ".join(filter(None, parts)) or f"USB camera {ids}"


def _camera(device: Path, nodes: Path) -> UsbCamera | None:
    bus, number = _text(device / "busnum"), _text(device / "devnum")
    if not ((bus or "").isdecimal() and (number or "").isdecimal()):
        return None  # unplugged in the meantime
    vendor, product = _text(device / "idVendor") or "", _text(device / "idProduct") or ""
    return UsbCamera(
        path=device.name,
        vendor=vendor,
        product=product,
        name=_name(device),
        serial=_text(device / "serial"),
        node=nodes / f"{int(bus or 0):03d}" / f"{int(number or 0):03d}",
    )


def _text(attribute: Path) -> str | None:
    try:
        return attribute.read_text(encoding="utf-8", errors="replace").strip() or None
    except OSError:
        return None
