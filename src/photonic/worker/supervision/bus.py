"""The port that a camera is plugged into; the parent process watches and resets it without opening the camera."""

from __future__ import annotations

import asyncio
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from photonic.errors import CameraError, FailureKind
from photonic.worker.serials import same_serial
from photonic.worker.supervision import usb

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from photonic.worker.supervision.usb import UsbCamera

log = logging.getLogger(__name__)


class Bus(Protocol):
    """Where a camera is plugged in. Used from one event loop."""

    def present(self, serial: str | None) -> bool | None:
        """Whether the camera with this serial number (``None``: any) is plugged in; ``None`` if this is unknown."""
        ...

    async def changed(self) -> None:
        """Wait until a device is plugged in or unplugged; forever if that cannot be observed."""
        ...

    def reset(self, serial: str | None, port: str | None) -> None:
        """Reset the port of the camera with this serial number or, if the bus does not show it, in this port.

        Raises ``CameraError``, NOT_SUPPORTED if the camera has no port.
        """
        ...


class NoBus:
    """The bus of a camera on the network, or of a source that is not a device: nothing can be observed."""

    def present(self, serial: str | None) -> bool | None:  # noqa: ARG002 - the role's signature
        """Unknown."""
        return None

    async def changed(self) -> None:
        """Wait forever."""
        await asyncio.get_running_loop().create_future()

    def reset(self, serial: str | None, port: str | None) -> None:  # noqa: ARG002 - the role's signature
        """Raises ``CameraError`` (NOT_SUPPORTED)."""
        raise CameraError("this camera has no port to reset", kind=FailureKind.NOT_SUPPORTED)


class UsbBus:
    """The USB bus of this machine, kept up to date by ``watched_usb``.

    Args:
        cameras: Lists the cameras on the bus; replaced in tests.
        reset_port: Resets the port of one camera; replaced in tests.
    """

    def __init__(
        self,
        cameras: Callable[[], tuple[UsbCamera, ...]] = usb.cameras,
        reset_port: Callable[[UsbCamera], None] = usb.reset_port,
    ) -> None:
        self._cameras = cameras
        self._reset_port = reset_port
        self._change = asyncio.Event()

    def present(self, serial: str | None) -> bool | None:
        """Whether the camera with this serial number (``None``: any) is plugged in."""
        return self._find(serial) is not None

    async def changed(self) -> None:
        """Wait until a device is plugged in or unplugged."""
        await self._change.wait()

    def reset(self, serial: str | None, port: str | None) -> None:
        """Reset the camera's port. Raises ``CameraError``, CAMERA_ABSENT if the camera is not on the bus."""
        camera = None if serial is None else self._find(serial)
        camera = camera or next((one for one in self._cameras() if one.path == port), None)
        if camera is None:
            raise CameraError(
                "the camera is no longer on USB; switch it on and plug it in", kind=FailureKind.CAMERA_ABSENT
            )
        self._reset_port(camera)

    def notify(self) -> None:
        """A device was plugged in or unplugged: wake everyone in ``changed``."""
        happened, self._change = self._change, asyncio.Event()
        happened.set()

    def _find(self, serial: str | None) -> UsbCamera | None:
        """Find the camera by its serial number.

        Many bodies have no serial number in their USB descriptor: if exactly one camera has none, it is taken to be
        this one.
        """
        found = self._cameras()
        if serial is None:
            return found[0] if found else None
        named = [camera for camera in found if camera.serial is not None and same_serial(camera.serial, serial)]
        nameless = [camera for camera in found if camera.serial is None]
        if named:
            return named[0]
        return nameless[0] if len(nameless) == 1 else None


@contextmanager
def watched_usb(bus: UsbBus) -> Generator[None]:
    """Notify ``bus`` of every plug and unplug event from the kernel (udev) while the context lasts.

    Without libudev the bus is not notified; recovery then polls for the camera every few seconds.
    """
    try:
        import pyudev  # noqa: PLC0415 - imported only when a USB bus is watched

        monitor = pyudev.Monitor.from_netlink(pyudev.Context())
        monitor.filter_by("usb")
        monitor.start()
    except (ImportError, OSError) as error:
        log.info("udev is not available (%s): polling the USB bus for cameras instead", error)
        yield
        return

    def read() -> None:
        while monitor.poll(timeout=0) is not None:
            bus.notify()

    loop = asyncio.get_running_loop()
    loop.add_reader(monitor.fileno(), read)
    try:
        yield
    finally:
        loop.remove_reader(monitor.fileno())
