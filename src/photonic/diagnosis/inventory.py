"""Lists the cameras on USB, in a running service and in the settings, without opening or changing anything."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.client.camera import CameraClient
from photonic.diagnosis.camera import inspect_bus
from photonic.diagnosis.child import output_of
from photonic.diagnosis.deadline import within
from photonic.diagnosis.owner import owner
from photonic.diagnosis.webcams import inspect_webcams
from photonic.errors import CameraError, ServiceError
from photonic.model.camera_address import redacted
from photonic.service.config import cameras
from photonic.worker.kinds import GPHOTO2
from photonic.worker.serials import same_serial
from photonic.worker.supervision.lock import runtime_directory

if TYPE_CHECKING:
    from photonic.diagnosis.camera import BusFacts
    from photonic.diagnosis.webcams import WebcamEntry
    from photonic.model.api import CameraSummary
    from photonic.service.config.settings import ServiceSettings
    from photonic.worker.supervision.holders import Holder
    from photonic.worker.supervision.usb import UsbCamera

PROBE_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Detected:
    """A camera that libgphoto2 detects on USB. ``port``: the library's name for its port, such as ``usb:001,004``."""

    model: str
    port: str
    abilities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UsbEntry:
    """A camera on USB.

    ``address``: the value for ``--camera``. ``held_by``: the processes that have it open; ``None`` if there are none,
    as far as this user may see.
    """

    address: str
    model: str
    serial: str | None
    abilities: tuple[str, ...]
    held_by: str | None


@dataclass(frozen=True, slots=True)
class ConfiguredEntry:
    """A camera in the settings. ``held_by``: the photonic that holds it; ``None`` if none does."""

    name: str | None
    address: str
    held_by: str | None


@dataclass(frozen=True, slots=True)
class Inventory:
    """Every camera that was found.

    ``usb_problem``: why the cameras on USB could not be listed. ``webcams``: the kernel's video devices, including
    capture cards. ``service``: the cameras of the service at ``url``; ``None`` if it does not answer, and then
    ``silence`` gives the reason.
    """

    usb: tuple[UsbEntry, ...]
    usb_problem: str | None
    webcams: tuple[WebcamEntry, ...]
    url: str
    service: tuple[CameraSummary, ...] | None
    silence: str | None
    configured: tuple[ConfiguredEntry, ...]


async def take_inventory(settings: ServiceSettings, url: str, token: str | None) -> Inventory:
    """List the cameras in every place; each query has a deadline."""
    service, silence = await _of_service(url, token)
    usb, problem = await _on_usb(service or ())
    return Inventory(usb, problem, await _webcams(), url, service, silence, configured(settings))


async def inspect_usb(driver: str = GPHOTO2) -> tuple[Detected, ...]:
    """The cameras that libgphoto2 detects on USB, in a process of its own. Raises ``CameraError``."""
    output = await output_of(f"{driver}.detection")
    try:
        return tuple(Detected(one["model"], one["port"], tuple(one["abilities"])) for one in json.loads(output))
    except (ValueError, KeyError, TypeError) as error:
        raise CameraError(f"its output could not be parsed ({error})") from error


def usb_entries(
    detected: tuple[Detected, ...], bus: BusFacts, service: tuple[CameraSummary, ...]
) -> tuple[UsbEntry, ...]:
    """Each detected camera with its serial number and holder: the service if it serves the camera, or processes."""
    nodes = {f"usb:{camera.node.parent.name},{camera.node.name}": camera for camera in bus.cameras}
    found: list[UsbEntry] = []
    for one in detected:
        camera = nodes.get(one.port)
        serial = None if camera is None else camera.serial
        served = [each.id for each in service if serial and each.serial and same_serial(each.serial, serial)]
        holders = [str(holder) for node, holder in bus.held_by if camera is not None and node == camera.node]
        held_by = f"the service, as {served[0]}" if served else ", ".join(holders) or None
        address = "auto" if camera is None else f"usb:{_usb_place(camera, bus.cameras)}"
        found.append(UsbEntry(address, one.model, serial, one.abilities, held_by))
    return tuple(found)


def _usb_place(camera: UsbCamera, cameras: tuple[UsbCamera, ...]) -> str:
    """What identifies a camera in its address: its serial number if no other camera has it, otherwise its port."""
    serial = camera.serial
    same = [one for one in cameras if serial and one.serial and same_serial(one.serial, serial)]
    return serial if serial and len(same) == 1 else camera.path


def configured(settings: ServiceSettings) -> tuple[ConfiguredEntry, ...]:
    """The cameras in the settings, each with the photonic that holds it."""
    directory = runtime_directory()
    singles = [(one.camera_name, one.camera) for one in cameras.singles(settings)]
    return tuple(
        ConfiguredEntry(name, redacted(address), _named(owner(address, directory))) for name, address in singles
    )


def _named(holder: Holder | None) -> str | None:
    return None if holder is None else str(holder)


async def _webcams() -> tuple[WebcamEntry, ...]:
    try:
        return await within(PROBE_SECONDS, inspect_webcams)
    except TimeoutError:
        return ()  # a hung process blocks reading its open files


async def _of_service(url: str, token: str | None) -> tuple[tuple[CameraSummary, ...] | None, str | None]:
    async with CameraClient(url, token=token) as client:
        try:
            return await client.cameras(), None
        except ServiceError as error:
            return None, error.reason


async def _on_usb(service: tuple[CameraSummary, ...]) -> tuple[tuple[UsbEntry, ...], str | None]:
    try:
        detected = await inspect_usb()
        return usb_entries(detected, await within(PROBE_SECONDS, inspect_bus), service), None
    except CameraError as error:
        return (), f"libgphoto2 cannot list the cameras: {error.reason}"
    except TimeoutError:
        return (), f"the USB bus did not answer within {PROBE_SECONDS:.0f} s"
