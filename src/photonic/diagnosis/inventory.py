"""Which cameras there are: on USB, in a running service, and in the settings; nothing is opened, nothing is changed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from photonic.client.camera import CameraClient
from photonic.diagnosis.camera import look_at_bus
from photonic.diagnosis.child import said_by
from photonic.diagnosis.deadline import within
from photonic.diagnosis.owner import owner
from photonic.diagnosis.webcams import look_at_webcams
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

LOOK_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Detected:
    """A camera that the library sees on USB. ``port``: the library's name of its place, as ``usb:001,004``."""

    model: str
    port: str
    abilities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UsbEntry:
    """A camera on USB. ``address``: what ``--camera`` takes; ``held_by``: who has it open, ``None``: nobody, as far as
    this user is shown."""

    address: str
    model: str
    serial: str | None
    abilities: tuple[str, ...]
    held_by: str | None


@dataclass(frozen=True, slots=True)
class ConfiguredEntry:
    """A camera that the settings name. ``held_by``: the photonic that has it."""

    name: str | None
    address: str
    held_by: str | None


@dataclass(frozen=True, slots=True)
class Inventory:
    """``usb_problem``: why the bus could not be looked at. ``webcams``: the kernel's video devices, capture cards among
    them. ``service``: the cameras of the service at ``url``, ``None`` where none answers, and ``silence`` says why."""

    usb: tuple[UsbEntry, ...]
    usb_problem: str | None
    webcams: tuple[WebcamEntry, ...]
    url: str
    service: tuple[CameraSummary, ...] | None
    silence: str | None
    configured: tuple[ConfiguredEntry, ...]


async def take_inventory(settings: ServiceSettings, url: str, token: str | None) -> Inventory:
    """Look everywhere; each look has a deadline."""
    service, silence = await _of_service(url, token)
    usb, problem = await _on_usb(service or ())
    return Inventory(usb, problem, await _webcams(), url, service, silence, configured(settings))


async def look_at_usb(driver: str = GPHOTO2) -> tuple[Detected, ...]:
    """What the library sees on USB, asked in a process of its own. Raises ``CameraError``."""
    said = await said_by(f"{driver}.detection")
    try:
        return tuple(Detected(one["model"], one["port"], tuple(one["abilities"])) for one in json.loads(said))
    except (ValueError, KeyError, TypeError) as error:
        raise CameraError(f"an answer that makes no sense ({error})") from error


def usb_entries(
    detected: tuple[Detected, ...], bus: BusFacts, service: tuple[CameraSummary, ...]
) -> tuple[UsbEntry, ...]:
    """What the library and the kernel know of each camera, and which of the service's it is."""
    nodes = {f"usb:{camera.node.parent.name},{camera.node.name}": camera for camera in bus.cameras}
    found: list[UsbEntry] = []
    for one in detected:
        camera = nodes.get(one.port)
        serial = None if camera is None else camera.serial
        served = [each.id for each in service if serial and each.serial and same_serial(each.serial, serial)]
        holders = [str(holder) for node, holder in bus.held_by if camera is not None and node == camera.node]
        held_by = f"the service, as {served[0]}" if served else ", ".join(holders) or None
        address = f"usb:{serial}" if serial else "auto"
        found.append(UsbEntry(address, one.model, serial, one.abilities, held_by))
    return tuple(found)


def configured(settings: ServiceSettings) -> tuple[ConfiguredEntry, ...]:
    """The cameras that the settings name, and which photonic has each."""
    directory = runtime_directory()
    singles = [(one.camera_name, one.camera) for one in cameras.singles(settings)]
    return tuple(
        ConfiguredEntry(name, redacted(address), _named(owner(address, directory))) for name, address in singles
    )


def _named(holder: Holder | None) -> str | None:
    return None if holder is None else str(holder)


async def _webcams() -> tuple[WebcamEntry, ...]:
    try:
        return await within(LOOK_SECONDS, look_at_webcams)
    except TimeoutError:
        return ()  # another program's process hangs in the kernel: what it holds cannot be told


async def _of_service(url: str, token: str | None) -> tuple[tuple[CameraSummary, ...] | None, str | None]:
    async with CameraClient(url, token=token) as client:
        try:
            return await client.cameras(), None
        except ServiceError as error:
            return None, error.reason


async def _on_usb(service: tuple[CameraSummary, ...]) -> tuple[tuple[UsbEntry, ...], str | None]:
    try:
        detected = await look_at_usb()
        return usb_entries(detected, await within(LOOK_SECONDS, look_at_bus), service), None
    except CameraError as error:
        return (), f"libgphoto2 cannot be asked: {error.reason}"
    except TimeoutError:
        return (), f"the USB bus does not answer within {LOOK_SECONDS:.0f} s"
