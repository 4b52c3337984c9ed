"""A camera's plug, seen by the parent without opening the camera: is it there, has something moved, reset it."""

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
    """Where a camera is plugged in. One event loop uses it."""

    def present(self, serial: str | None) -> bool | None:
        """Whether the camera with this serial number (``None``: any) is plugged in; ``None``: that cannot be told."""
        ...

    async def moved(self) -> None:
        """Wait until something was plugged in or unplugged; for ever where that cannot be told."""
        ...

    def reset(self, serial: str | None) -> None:
        """Reset the camera's port. Raises ``CameraError``: NOT_SUPPORTED where there is none, or what is in the way."""
        ...


class NoBus:
    """A camera on the network, or one that is no device: nothing can be seen from outside."""

    def present(self, serial: str | None) -> bool | None:  # noqa: ARG002 - the role's signature
        """It cannot be told."""
        return None

    async def moved(self) -> None:
        """Never."""
        await asyncio.get_running_loop().create_future()

    def reset(self, serial: str | None) -> None:  # noqa: ARG002 - the role's signature
        """There is no port."""
        raise CameraError("this camera has no port that could be reset", kind=FailureKind.NOT_SUPPORTED)


class UsbBus:
    """The USB bus of this machine, within ``watched_usb``. ``cameras`` and ``reset_port`` are replaced in tests."""

    def __init__(
        self,
        cameras: Callable[[], tuple[UsbCamera, ...]] = usb.cameras,
        reset_port: Callable[[UsbCamera], None] = usb.reset_port,
    ) -> None:
        self._cameras = cameras
        self._reset_port = reset_port
        self._move = asyncio.Event()

    def present(self, serial: str | None) -> bool | None:
        """Whether it is plugged in."""
        return self._find(serial) is not None

    async def moved(self) -> None:
        """Wait until something was plugged in or unplugged."""
        await self._move.wait()

    def reset(self, serial: str | None) -> None:
        """Reset its port. Raises ``CameraError``: CAMERA_ABSENT when it is not there, or what is in the way."""
        camera = self._find(serial)
        if camera is None:
            raise CameraError(
                "the camera is not on USB any more; switch it on and plug it in", kind=FailureKind.CAMERA_ABSENT
            )
        self._reset_port(camera)

    def tell(self) -> None:
        """Something was plugged in or unplugged."""
        move, self._move = self._move, asyncio.Event()
        move.set()

    def _find(self, serial: str | None) -> UsbCamera | None:
        """The camera by its serial number.

        Many bodies put none, or another one, into their descriptor: a single camera without one may be the wanted one.
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
    """Have ``bus`` told of every plug and unplug, by the kernel's own events (udev), while the context lasts.

    Without libudev cameras are still found, by looking again every few seconds.
    """
    try:
        import pyudev  # noqa: PLC0415 - only where there is USB to be watched

        monitor = pyudev.Monitor.from_netlink(pyudev.Context())
        monitor.filter_by("usb")
        monitor.start()
    except (ImportError, OSError) as error:
        log.info(
            "plugging in is not noticed at once, as udev cannot be asked (%s): cameras are looked for instead", error
        )
        yield
        return

    def read() -> None:
        while monitor.poll(timeout=0) is not None:
            bus.tell()

    loop = asyncio.get_running_loop()
    loop.add_reader(monitor.fileno(), read)
    try:
        yield
    finally:
        loop.remove_reader(monitor.fileno())
