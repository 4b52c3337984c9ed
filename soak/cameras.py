"""The simulated camera of a run, on the network or on a simulated USB bus."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.simulated import simulated_camera
from tests.support.usb_bus import usb_bus

from photonic.simulator.usb.umockdev import find_library
from soak.image_format import ANY_USB_PORT

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from photonic.simulator.control import ControlClient

FAST_BODY = (
    *("--speed", "8", "--fps", "15", "--frame-size", "480x320", "--frame-kb", "16", "--card-gb", "64"),
    *("--continuous-frames", "3", "--fault", "odd_model"),
)
TWO_CARDS = ("--second-card", "backup")
USB_PORTS = ("2.1", "3.4")
"""The ports that the camera's cable is in, each behind a hub; the first at the start."""


@dataclass(frozen=True, slots=True)
class Camera:
    """``address`` as the service takes it, ``library_port`` as ``soak.image_format`` does; ``pid`` is the simulation.

    ``environment``: what a program needs to see the camera.
    """

    address: str
    library_port: str
    control: ControlClient
    pid: int
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


@contextmanager
def camera(journal: Path, megapixels: float, cards: int, *, usb: bool) -> Generator[Camera]:
    """A camera that runs while the context lasts. Raises ``BadInput`` if a simulated USB bus is not possible here."""
    options = (*FAST_BODY, *(TWO_CARDS if cards > 1 else ()), "--log", str(journal))
    if usb:
        find_library(Path("/"))
        with usb_bus(*options, f"--device=canon,port={USB_PORTS[0]}", megapixels=megapixels, pictures=()) as bus:
            seen = bus.camera
            yield Camera(seen.address, ANY_USB_PORT, seen.control, seen.process.pid, bus.environment)
    else:
        with simulated_camera(*options, megapixels=megapixels) as seen:
            yield Camera(seen.address, f"{seen.address}:{seen.port}", seen.control, seen.process.pid)
