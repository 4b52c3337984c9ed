"""One line of the terminal that changes in place, and what is printed beside it: above it, and whole."""

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
    """Prints results and notices while the line is shown; ``console`` is the line's own, ``None``: there is no line.

    One console has both: what is written past it lands in the middle of the line.
    """

    def __init__(self, console: Console | None) -> None:
        self._console = console

    def result(self, text: str) -> None:
        """What the command was asked for, on stdout."""
        # A pipe is nobody's terminal: nothing is in its way.
        if self._console is None or not sys.stdout.isatty():
            typer.echo(text)
        else:
            self._above(text)

    def notice(self, text: str) -> None:
        """What a person should know besides, on stderr."""
        if self._console is None:
            typer.echo(text, err=True)
        else:
            self._above(text)

    def _above(self, text: str) -> None:
        from rich.text import Text

        if self._console is not None:
            # A path is copied as it stands: the terminal may wrap it, we do not.
            self._console.print(Text(text), soft_wrap=True)


@contextmanager
def terminal_line(line: ConsoleRenderable | RichCast) -> Generator[Printer]:
    """``line`` on stderr, drawn anew for as long as the context lasts, and gone afterwards; none where that is no
    terminal."""
    if not typer.get_text_stream("stderr").isatty():
        yield Printer(None)
        return
    from rich.console import Console
    from rich.live import Live

    console = Console(stderr=True)
    with Live(line, console=console, refresh_per_second=REFRESHES_PER_SECOND, transient=True, redirect_stdout=False):
        yield Printer(console)
