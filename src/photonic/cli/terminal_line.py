"""A terminal line that changes in place, and output that is printed above it."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Generator

    from rich.console import Console, ConsoleRenderable, RichCast

REFRESHES_PER_SECOND = 5


class Printer:
    """Prints results and notices while the line is shown; ``console`` is the line's, ``None`` without a line.

    Both share one console, because output that bypassed it would appear in the middle of the line.
    """

    def __init__(self, console: Console | None) -> None:
        self._console = console

    def result(self, text: str) -> None:
        """Print a result on stdout."""
        # If stdout is a pipe, the text does not collide with the line.
        if self._console is None or not sys.stdout.isatty():
            typer.echo(text)
        else:
            self._above(text)

    def notice(self, text: str) -> None:
        """Print a notice on stderr."""
        if self._console is None:
            typer.echo(text, err=True)
        else:
            self._above(text)

    def _above(self, text: str) -> None:
        from rich.text import Text

        if self._console is not None:
            # The terminal wraps a long path, so that it can be copied as a whole.
            self._console.print(Text(text), soft_wrap=True)


@contextmanager
def terminal_line(line: ConsoleRenderable | RichCast) -> Generator[Printer]:
    """Show ``line`` on stderr inside the context and remove it afterwards; shows nothing if stderr is no terminal."""
    if not typer.get_text_stream("stderr").isatty():
        yield Printer(None)
        return
    from rich.console import Console
    from rich.live import Live

    console = Console(stderr=True)
    with Live(line, console=console, refresh_per_second=REFRESHES_PER_SECOND, transient=True, redirect_stdout=False):
        yield Printer(console)
