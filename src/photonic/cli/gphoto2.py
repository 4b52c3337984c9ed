"""``photonic gphoto2`` and ``photonic-gphoto2``: gphoto2's command line, carried out by the service."""

from __future__ import annotations

import sys

import typer


def gphoto2(context: typer.Context) -> None:
    """Take gphoto2's arguments, and carry them out through the running service.

    Prints what gphoto2 prints, and exits as it does. `photonic gphoto2 --help` lists the options. Scripts need no
    change if `photonic-gphoto2` is linked as `gphoto2`. The service's address and token are taken from PHOTONIC_URL and
    PHOTONIC_TOKEN, or from --url and --token.
    """
    from photonic.compat.gphoto2.program import run_command_line

    raise typer.Exit(run_command_line(context.args))


def main() -> None:
    """Entry point of ``photonic-gphoto2``."""
    try:
        from photonic.compat.gphoto2.program import run_command_line

        sys.exit(run_command_line(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
