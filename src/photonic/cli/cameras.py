"""``photonic cameras``: lists the cameras and the program that holds each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from photonic.cli import options
from photonic.cli.service_address import DEFAULT_URL, Json, Token, Url

if TYPE_CHECKING:
    from photonic.diagnosis.inventory import Inventory
    from photonic.model.api import CameraSummary


def cameras(
    *,
    url: Url = DEFAULT_URL,
    token: Token = None,
    json: Json = False,
    config: options.Config = None,
) -> None:
    """List this computer's cameras and webcams, the service's cameras, and the program that is using each.

    If no service is running, lists the cameras in the settings instead. Does not open any camera.
    """
    import asyncio
    from dataclasses import asdict

    from photonic.diagnosis.inventory import take_inventory
    from photonic.service.config.sources import read_settings

    found = asyncio.run(take_inventory(read_settings({}, config), url, token))
    if json:
        from json import dumps

        service = None if found.service is None else [camera.model_dump(mode="json") for camera in found.service]
        typer.echo(dumps(asdict(found) | {"service": service}, indent=2, ensure_ascii=False))
        return
    for title, rows in tables(found):
        typer.echo("\n  ".join([title, *lines(rows)]))


def tables(found: Inventory) -> list[tuple[str, list[tuple[str, ...]]]]:
    """The tables to print: each a title and its rows."""
    usb = [(one.address, one.model, ", ".join(one.abilities), _hold(one.held_by)) for one in found.usb]
    nothing = found.usb_problem or "none: switch the camera on, plug it in, and set its USB mode to PC or PTP"
    shown: list[tuple[str, list[tuple[str, ...]]]] = [("On USB", [*usb] or [(nothing,)])]
    if found.webcams:
        shown.append(("Webcams", [(one.address, one.model, _hold(one.held_by)) for one in found.webcams]))
    if found.service is not None:
        return [*shown, (f"Served at {found.url}", [_served(camera) for camera in found.service])]
    settings = [
        (one.name or "-", one.address, "any camera on USB" if one.address == "auto" else _hold(one.held_by))
        for one in found.configured
    ]
    return [*shown, ("Served", [(f"none: {found.silence}",)]), ("In the settings", settings)]


def _hold(held_by: str | None) -> str:
    return f"held by {held_by}" if held_by else "free"


def _served(camera: CameraSummary) -> tuple[str, ...]:
    status = camera.camera
    state = f"{status.state.value}: {status.reason}" if status.reason else status.state.value
    names = " ".join(filter(None, (camera.id, "(default)" if camera.default else "")))
    serial = f"serial {camera.serial}" if camera.serial else "serial number not known yet"
    return names, camera.address, status.model or "-", serial, state, f"live view {camera.live.state.value}"


def lines(rows: list[tuple[str, ...]]) -> list[str]:
    """The rows with aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
