"""A command of ``photonic`` in the test's own process, which costs no start of an interpreter."""

from __future__ import annotations

from typer.testing import CliRunner

from photonic.cli.application import application


def said(*arguments: str) -> str:
    """What the command writes to stdout. Raises its error."""
    result = CliRunner().invoke(application, arguments)
    if result.exception is not None:
        raise result.exception
    return result.stdout
