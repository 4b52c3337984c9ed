"""``photonic``: puts the commands together and turns every error into one line and an exit code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from photonic.cli.bench import bench
from photonic.cli.body import body
from photonic.cli.cameras import cameras
from photonic.cli.capture import capture
from photonic.cli.demo import demo
from photonic.cli.doctor import doctor
from photonic.cli.focus import focus
from photonic.cli.gphoto2 import gphoto2
from photonic.cli.invite import invite
from photonic.cli.link import link
from photonic.cli.look import look
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

application = typer.Typer(
    name="photonic",
    help="Live view that never freezes and captures that are never lost, for tethered cameras.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"photonic {__version__}")
        raise typer.Exit


@application.callback()
def photonic(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Live view that never freezes and captures that are never lost, for tethered cameras."""


def help_text(command: Callable[..., None]) -> str:
    """The docstring of a command with one line per paragraph, so that lines are wrapped to the terminal's width."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in (command.__doc__ or "").split("\n\n"))


for name, command in (
    ("demo", demo),
    ("serve", serve),
    ("simulate", simulate),
    ("capture", capture),
    ("burst", burst),
    ("bracket", bracket),
    ("stack", stack),
    ("timelapse", timelapse),
    ("look", look),
    ("settings", settings),
    ("set", set_settings),
    ("profile", profile),
    ("focus", focus),
    ("photos", photos),
    ("verify", verify),
    ("reindex", reindex),
    ("view", view),
    ("status", status),
    ("cameras", cameras),
    ("doctor", doctor),
    ("invite", invite),
):
    application.command(name, help=help_text(command))(command)
application.add_typer(token)
application.add_typer(body)
application.add_typer(link)
# The arguments are gphoto2's, --help among them.
application.command(
    "gphoto2",
    help=help_text(gphoto2),
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "allow_interspersed_args": False},
)(gphoto2)
# Accepts its former options, so that the error message names the new place of the benchmark.
application.command("bench", hidden=True, context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(
    bench
)


def run() -> None:
    """Run this process's command line; exit with an ``outcome.ExitCode``."""
    try:
        application(with_values(sys.argv[1:]))
    except PhotonicError as error:
        typer.echo(f"photonic: {one_line(error)}", err=True)
        sys.exit(exit_code(error))
    except KeyboardInterrupt:
        sys.exit(ExitCode.INTERRUPTED)
