"""``photonic``: puts the commands together and turns every error into one line and an exit code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from photonic.cli.bench import bench
from photonic.cli.body import body
from photonic.cli.cameras import cameras
from photonic.cli.capture import capture
from photonic.cli.config import config
from photonic.cli.demo import demo
from photonic.cli.doctor import doctor
from photonic.cli.focus import focus
from photonic.cli.gphoto2 import gphoto2
from photonic.cli.invite import invite
from photonic.cli.link import link
from photonic.cli.look import look
from photonic.cli.open_page import open_page
from photonic.cli.optional_values import with_values
from photonic.cli.outcome import ExitCode, exit_code, one_line
from photonic.cli.photos import photos
from photonic.cli.sequence import bracket, burst, stack, timelapse
from photonic.cli.serve import serve
from photonic.cli.settings import profile, set_settings, settings
from photonic.cli.simulate import simulate
from photonic.cli.status import status
from photonic.cli.token import token
from photonic.cli.verify import reindex, verify
from photonic.cli.view import view
from photonic.errors import PhotonicError
from photonic.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

_ANY_OPTIONS = {"allow_extra_args": True, "ignore_unknown_options": True}
_SPECIAL: dict[str, dict[str, Any]] = {
    # The arguments are gphoto2's, --help among them.
    "gphoto2": {
        "add_help_option": False,
        "context_settings": {**_ANY_OPTIONS, "allow_interspersed_args": False},
    }
}
COMMANDS: dict[str, dict[str, Callable[..., None] | typer.Typer]] = {
    "Begin": {"demo": demo, "serve": serve, "simulate": simulate, "open": open_page},
    "Take photos": {
        "capture": capture,
        "burst": burst,
        "bracket": bracket,
        "stack": stack,
        "timelapse": timelapse,
    },
    "Set up the camera": {
        "look": look,
        "view": view,
        "settings": settings,
        "set": set_settings,
        "profile": profile,
        "focus": focus,
    },
    "Stored photos": {"photos": photos, "verify": verify, "reindex": reindex},
    "What is going on": {"status": status, "cameras": cameras, "doctor": doctor, "body": body, "config": config},
    "Let others in": {"invite": invite, "token": token, "link": link},
    "In the place of another program": {"gphoto2": gphoto2},
}
"""The commands by the panel of ``--help`` that shows them."""


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"photonic {__version__}")
        raise typer.Exit


def photonic(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Live view that never freezes and captures that are never lost, for tethered cameras."""


def help_text(command: Callable[..., None]) -> str:
    """The docstring of a command with one line per paragraph, so that lines are wrapped to the terminal's width."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in (command.__doc__ or "").split("\n\n"))


def create(only: str | None = None) -> typer.Typer:
    """The command line.

    ``only``: with this command alone, whose help and errors are the same. Typer reads the signature of each command
    that it has, which takes longer than importing all of them.
    """
    application = typer.Typer(
        name="photonic",
        help="Live view that never freezes and captures that are never lost, for tethered cameras.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    application.callback()(photonic)
    known = any(only in commands for commands in COMMANDS.values())
    for panel, commands in COMMANDS.items():
        for name, command in commands.items():
            if known and name != only:
                continue
            if isinstance(command, typer.Typer):
                application.add_typer(command, name=name, rich_help_panel=panel)
            else:
                special = _SPECIAL.get(name, {})
                application.command(name, help=help_text(command), rich_help_panel=panel, **special)(command)
    if not known:
        # Accepts its former options, so that the error message names the new place of the benchmark.
        application.command("bench", hidden=True, context_settings=_ANY_OPTIONS)(bench)
    return application


application = create()


def run() -> None:
    """Run this process's command line; exit with an ``outcome.ExitCode``."""
    try:
        arguments = with_values(sys.argv[1:])
        create(arguments[0] if arguments else None)(arguments)
    except PhotonicError as error:
        typer.echo(f"photonic: {one_line(error)}", err=True)
        sys.exit(exit_code(error))
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
