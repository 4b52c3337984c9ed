"""A terminal of so many columns: what a command leaves on it, drawn as a person would see it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time

ENDS_WITHIN_SECONDS = 90.0
_PIECE = re.compile(r"\x1b\[(?P<private>\??)(?P<number>\d*)(?:;\d+)*(?P<final>[A-Za-z])|(?P<plain>.)", re.DOTALL)


class Screen:
    """Rows of text; wraps at its right edge, and knows the controls that a line which changes in place needs."""

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._rows: list[list[str]] = [[]]
        self._row = self._column = 0

    def feed(self, text: str) -> None:
        for found in _PIECE.finditer(text):
            if (plain := found["plain"]) is not None:
                self._put(plain)
            elif not found["private"]:
                self._control(found["final"], int(found["number"] or 0))

    @property
    def text(self) -> str:
        """What stands there; a row that is full goes on in the next one."""
        return "".join("".join(row) + ("" if len(row) == self._columns else "\n") for row in self._rows)

    def _put(self, plain: str) -> None:
        if plain == "\n":
            self._down()
        elif plain == "\r":
            self._column = 0
        elif plain >= " ":
            if self._column == self._columns:
                self._down()
                self._column = 0
            row = self._rows[self._row]
            row.extend(" " * (self._column - len(row)))
            row[self._column : self._column + 1] = [plain]
            self._column += 1

    def _down(self) -> None:
        self._row += 1
        if self._row == len(self._rows):
            self._rows.append([])

    def _control(self, final: str, number: int) -> None:
        if final == "A":
            self._row = max(0, self._row - max(1, number))
        elif final == "K" and number == 2:
            self._rows[self._row] = []
        elif final != "m":
            raise AssertionError(f"a control that this terminal does not know: {number}{final}")


def on_terminal(*arguments: str, columns: int, piped: bool = False) -> tuple[str, str]:
    """What ``photonic`` with these arguments leaves on a terminal, and what it wrote to a pipe in its stdout's place.

    ``piped``: stdout is a pipe, stderr the terminal; else both are the terminal.
    """
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "photonic.cli", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if piped else theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": str(columns)},
    )
    os.close(theirs)
    screen, heard = Screen(columns), bytearray()
    deadline = time.monotonic() + ENDS_WITHIN_SECONDS
    try:
        while select.select([ours], [], [], max(0.0, deadline - time.monotonic()))[0]:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # EIO: nobody has the terminal any more
                break
            heard += piece
        written = process.communicate(timeout=ENDS_WITHIN_SECONDS)[0] if piped else b""
    finally:
        os.close(ours)
        process.kill()
        process.wait()
    screen.feed(heard.decode())
    return screen.text, written.decode()
