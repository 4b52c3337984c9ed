"""A simulated USB bus for a test: programs that are started with its environment see the bodies on it."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from unittest import mock

import pytest
from tests.support.preload import preload_library
from tests.support.simulated import END_SECONDS, MEGAPIXELS, SMALL, START_SECONDS, SimulatedCamera, simulated_camera

from photonic.simulator.control import ControlClient

if TYPE_CHECKING:
    from collections.abc import Generator

SERIAL = "012345678901"
"""The default of ``photonic simulate``, for the first body."""

SHOWN = ("LD_PRELOAD", "UMOCKDEV_DIR", "XDG_RUNTIME_DIR", "PHOTONIC_SIMULATOR_CONTROL")
_SHOW_AND_WAIT = "; ".join([*(f'echo "${name}"' for name in SHOWN), "exec cat"])


@dataclass(frozen=True)
class UsbBus:
    """``environment``: what a program needs to see the bus; ``controls``: the hand on each body, in their order."""

    environment: dict[str, str]
    controls: tuple[ControlClient, ...]
    process: subprocess.Popen[str]

    @property
    def camera(self) -> SimulatedCamera:
        """The first body, as programs that see the bus address it."""
        return SimulatedCamera(f"usb:{SERIAL}", SERIAL, self.controls[0], self.process)

    @contextmanager
    def seen(self) -> Generator[None]:
        """Programs that this process starts meanwhile see the bus."""
        with mock.patch.dict(os.environ, self.environment):
            yield


@contextmanager
def usb_bus(*options: str, megapixels: float = MEGAPIXELS, pictures: tuple[str, ...] = SMALL) -> Generator[UsbBus]:
    """A bus that lasts as long as the context; ``options`` are those of ``photonic simulate``."""
    preload_library()
    command = [sys.executable, "-m", "photonic.cli", "simulate", "--usb", "--photo-megapixels", str(megapixels)]
    command += [*pictures, *options, "--", "sh", "-c", _SHOW_AND_WAIT]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None or not select.select([process.stdout], [], [], START_SECONDS)[0]:
                raise TimeoutError(f"the simulated bus did not start within {START_SECONDS:.0f} s")
            values = [process.stdout.readline().strip() for _ in SHOWN]
            if not all(values):
                raise RuntimeError(f"the simulated bus ended with {process.wait(END_SECONDS)}")
            controls = tuple(map(ControlClient.at, values[-1].split(",")))
            yield UsbBus(dict(zip(SHOWN, values, strict=True)), controls, process)
        finally:
            process.terminate()
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


NETWORK, USB = "network", "usb"
TRANSPORTS = (NETWORK, pytest.param(USB, marks=pytest.mark.long))
"""The parameters of a fixture whose tests run on both; those on USB are long."""


@contextmanager
def camera_on(transport: str, *options: str) -> Generator[SimulatedCamera]:
    """A camera that is reached on this transport while the context lasts; ``options`` as for ``simulated_camera``."""
    if transport == NETWORK:
        with simulated_camera(*options) as camera:
            yield camera
    else:
        with usb_bus(*options, megapixels=1.0) as bus, bus.seen():
            yield bus.camera
