"""``photonic settings``, ``photonic set`` and ``photonic profile``: read and change the camera's settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from photonic.cli.service_address import DEFAULT_URL, Ca, Camera, Json, Token, Url
from photonic.errors import BadInput, FailureKind, ServiceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from photonic.model.profile import ProfileList
    from photonic.model.setting import Setting

SHOWN_CHOICES = 60
"""Width of the choices column in characters; ``photonic settings NAME`` prints all choices."""


def settings(
    *,
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Settings to print with all their choices, such as iso, aperture or a path."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Print every setting, by its path.")] = False,
    url: Url = DEFAULT_URL,
    camera: Camera = None,
    token: Token = None,
    ca: Ca = None,
    json: Json = False,
) -> None:
    """Print the camera's common settings, or all of them, with their choices."""
    import asyncio

    found = asyncio.run(_read(url, camera, token, ca))
    if names:
        found = [_named(found, name) for name in names]
    elif not every:
        found = [setting for setting in found if not setting.name.startswith("/")]
    if not (found or json):
        typer.echo("this camera has no settings" if every else "this camera has no common settings: try --all")
        return
    _print(found, json=json, whole=bool(names))


def set_settings(
    *,
    changes: Annotated[
        list[str], typer.Argument(metavar="NAME=VALUE...", help="Settings to change: iso=400 aperture=f/5.6.")
    ],
    url: Url = DEFAULT_URL,
    camera: Camera = None,
    token: Token = None,
    ca: Ca = None,
    json: Json = False,
) -> None:
    """Change settings, all or none, and print their new values.

    Values can be written as usual: 1/125, f/5.6, "ISO 400". The error for an unknown value names the nearest choices.
    """
    import asyncio

    values = _values(changes)
    try:
        found = asyncio.run(_change(url, camera, token, ca, values))
    except ServiceError as error:
        raise with_settings_command(error) from error
    _print([_named(found, name) for name in values], json=json, whole=False)


def profile(
    *,
    name: Annotated[str | None, typer.Argument(help="The profile to activate.", show_default=False)] = None,
    none: Annotated[bool, typer.Option("--none", help="Deactivate the profile.")] = False,
    url: Url = DEFAULT_URL,
    camera: Camera = None,
    token: Token = None,
    ca: Ca = None,
    json: Json = False,
) -> None:
    """Activate a named profile of settings, or list the profiles.

    A profile has settings for live view and settings that apply during each capture.
    """
    import asyncio

    if none and name is not None:
        raise BadInput("give a name or --none, not both")
    found = asyncio.run(_profiles(url, camera, token, ca, name, choose=none or name is not None))
    if json:
        typer.echo(found.model_dump_json(indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(show_header=False, box=None)
    for one, held in found.profiles.items():
        settings = [
            f"{use}: {', '.join(f'{key}={value}' for key, value in values.items())}"
            for use, values in (("live view", held.live), ("captures", held.capture))
            if values
        ]
        table.add_row("*" if one == found.active else "", one, "; ".join(settings))
    if found.profiles:
        Console(markup=False).print(table)
    else:
        typer.echo("no profiles are configured: see docs/reference/configuration.md")


async def _profiles(
    url: str, which: str | None, token: str | None, ca: Path | None, name: str | None, *, choose: bool
) -> ProfileList:
    from photonic.client.camera import CameraClient
    from photonic.client.trust import trusting

    async with CameraClient(url, which, token, ssl_context=trusting(ca)) as camera:
        return await (camera.settings.choose(name) if choose else camera.settings.profiles())


def with_settings_command(error: ServiceError) -> ServiceError:
    """The same error, with the command that lists the names and values of settings."""
    if error.kind is not FailureKind.BAD_INPUT:
        return error
    reason = f"{error.reason}; `photonic settings --all` lists names and values"
    return ServiceError(reason, status=error.status, kind=error.kind)


def _values(changes: Sequence[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for change in changes:
        name, equals, value = change.partition("=")
        if not (name.strip() and equals):
            raise BadInput(f"{change!r} is not NAME=VALUE, for example iso=400; `photonic settings` lists names")
        if name.strip() in values:
            raise BadInput(f"{name.strip()} is given twice")
        values[name.strip()] = value.strip()
    return values


def _named(found: Sequence[Setting], name: str) -> Setting:
    """The setting with this common name, path, or last part of a path."""
    import difflib

    from photonic.model.setting_name import SettingName

    common = SettingName.parse(name)
    wanted = {name, common.value if common is not None else name}
    for setting in found:
        if wanted & {setting.name, setting.path, setting.path.rpartition("/")[2]}:
            return setting
    names = [part for setting in found for part in (setting.name, setting.path.rpartition("/")[2])]
    close = tuple(dict.fromkeys(difflib.get_close_matches(name, names)))
    raise BadInput(f"this camera has no setting {name!r}: `photonic settings --all` lists them", choices=close)


def _print(found: Sequence[Setting], *, json: bool, whole: bool) -> None:
    if json:
        from json import dumps

        typer.echo(dumps([setting.model_dump(mode="json") for setting in found], indent=2, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(show_header=False, box=None)
    for setting in found:
        choices = _choices(setting)
        if not whole and len(choices) > SHOWN_CHOICES:
            choices = f"{choices[:SHOWN_CHOICES].rpartition(', ')[0]}, ..."
        table.add_row(setting.name, _value(setting), choices if setting.writable else f"({setting.reason})")
    Console(markup=False).print(table)


def _value(setting: Setting) -> str:
    match setting.kind:
        case "toggle":
            return {True: "on", False: "off", None: "-"}[setting.value]
        case "range":
            return f"{setting.value:g}"
        case "date":
            return setting.value.replace(tzinfo=None).isoformat(" ")
        case "choice" | "text":
            return setting.value


def _choices(setting: Setting) -> str:
    match setting.kind:
        case "choice":
            return ", ".join(setting.choices)
        case "toggle":
            return "on, off"
        case "range":
            return f"{setting.minimum:g} to {setting.maximum:g}, step {setting.step:g}"
        case "text" | "date":
            return ""


async def _read(url: str, which: str | None, token: str | None, ca: Path | None) -> list[Setting]:
    from photonic.client.camera import CameraClient
    from photonic.client.trust import trusting

    async with CameraClient(url, which, token, ssl_context=trusting(ca)) as camera:
        return list(await camera.settings.read())


async def _change(
    url: str, which: str | None, token: str | None, ca: Path | None, values: dict[str, str]
) -> list[Setting]:
    from photonic.client.camera import CameraClient
    from photonic.client.trust import trusting

    async with CameraClient(url, which, token, ssl_context=trusting(ca)) as camera:
        return list(await camera.settings.change(values))
