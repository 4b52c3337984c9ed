"""``photonic doctor --fix``: shows the udev rule for cameras that this user may not open, and installs it if agreed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from photonic.service.config.settings import ServiceSettings
    from photonic.worker.supervision.usb import UsbCamera

PROBE_SECONDS = 10.0
NOTHING = "nothing to fix: --fix installs the udev rule for a camera on USB that this user may not open"


def fix(
    settings: ServiceSettings,
    *,
    agreed: Callable[[], bool],
    locked: Callable[[ServiceSettings], tuple[UsbCamera, ...]] | None = None,
    add: Callable[[Sequence[str]], None] | None = None,
) -> bool:
    """Print the rule and its command; if ``agreed``, install it and return whether the cameras can be opened now.

    ``locked`` finds the cameras that cannot be opened, ``add`` adds rules; ``None``: on this machine. Raises
    ``CameraError`` if a command fails.
    """
    from photonic.diagnosis import udev_rule
    from photonic.diagnosis.doctor import group_name

    locked = locked or locked_cameras
    rules = udev_rule.rules_for(locked(settings), group_name())
    if not rules:
        typer.echo(NOTHING)
        return False
    typer.echo(f"udev rule for {udev_rule.RULES}:")
    for rule in rules:
        typer.echo(f"  {rule}")
    typer.echo(f"command:\n  {udev_rule.command(rules)}")
    if not agreed():
        typer.echo("not installed; photonic doctor --fix --yes installs it")
        return False
    (add or add_rules)(rules)
    if remaining := locked(settings):
        names = ", ".join(camera.name for camera in remaining)
        typer.echo(f"installed, but {names} is still locked: unplug it and plug it in, or log out and in again")
        return False
    typer.echo("installed; the camera can be opened now")
    return True


def locked_cameras(settings: ServiceSettings) -> tuple[UsbCamera, ...]:
    """The cameras on USB that these settings name and that this user may not open; empty if the bus hangs."""
    import asyncio

    from photonic.diagnosis.body import locked
    from photonic.diagnosis.camera import inspect_bus
    from photonic.diagnosis.deadline import within
    from photonic.service.config import cameras

    try:
        facts = asyncio.run(within(PROBE_SECONDS, inspect_bus))
    except TimeoutError:
        return ()
    found = (camera for one in cameras.singles(settings) for camera in locked(facts, one.camera))
    return tuple(dict.fromkeys(found))


def add_rules(rules: Sequence[str]) -> None:
    """Add rules on this machine, under sudo unless this is the superuser. Raises ``CameraError``."""
    import os

    from photonic.diagnosis import udev_rule

    udev_rule.add(rules, superuser=os.geteuid() == 0)


def asked() -> bool:
    """Ask on the terminal; without one, nobody agrees."""
    import sys

    return sys.stdin.isatty() and typer.confirm("Install it now?")
