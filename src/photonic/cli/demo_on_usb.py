"""``photonic demo --usb``: the demo with its camera on a simulated USB bus.

Programs see the bus only if they are started under umockdev's preload library. So the command first becomes
``photonic simulate --usb``, which starts the command again under it; ``simulated`` tells the two apart.
"""

from __future__ import annotations

import os
import secrets
import sys
from functools import partial
from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from photonic.simulator.control import ControlClient

CAMERA = "auto"
"""Nothing but the simulated bus is there to be found."""

HOW_TO_PULL_THE_CABLE = "on a simulated USB bus; type unplug, plug or press here"


def simulated() -> bool:
    """Whether this process already sees a simulated camera."""
    from photonic.simulator.usb.program import CONTROL_VARIABLE

    return CONTROL_VARIABLE in os.environ


def start_again(arguments: list[str]) -> NoReturn:
    """Become ``photonic simulate --usb``, which runs ``photonic demo`` with these arguments."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, *simulation(arguments)])  # noqa: S606  our own program


def simulation(arguments: list[str]) -> list[str]:
    """The arguments of Python: a body whose serial number is its own, so that demos do not lock each other's camera."""
    photonic = ["-m", "photonic.cli"]
    serial = str(secrets.randbelow(9 * 10**11) + 10**11)
    return [*photonic, "simulate", "--usb", "--serial", serial, "--", sys.executable, *photonic, "demo", *arguments]


async def demonstrate(flags: Mapping[str, object], introduction: Callable[[str, str, Path], str], camera: str) -> None:
    """Serve the camera on the simulated bus, and obey the words that are typed; ``camera``: what is said of it."""
    import asyncio

    from photonic.cli.control_words import obey
    from photonic.cli.hosting import host
    from photonic.machine.environment import forget
    from photonic.service.config.sources import read_settings, variables

    settings = read_settings({**flags, "camera": CAMERA})
    forget(variables())
    words = asyncio.create_task(obey(_control(), partial(typer.echo, err=True)))
    try:
        await host(settings, lambda url: typer.echo(introduction(url, camera, settings.photo_root)))
    finally:
        words.cancel()
        await asyncio.wait([words])


def _control() -> ControlClient:
    from photonic.simulator.control import ControlClient
    from photonic.simulator.usb.program import CONTROL_VARIABLE

    return ControlClient.at(os.environ[CONTROL_VARIABLE])
