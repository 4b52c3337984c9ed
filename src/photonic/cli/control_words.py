"""Words that a person types while a simulated camera runs: ``unplug``, ``plug`` and ``press``."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from photonic.errors import BadInput, ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from photonic.simulator.control import ControlClient

WORDS = ("unplug", "plug", "press")
LONGEST_LINE = 1000


async def obey(control: ControlClient, say: Callable[[str], None], descriptor: int = 0) -> None:
    """Do what is typed, line by line, until the end of the input.

    Args:
        control: The simulated camera's control.
        say: Gets the line that answers each word.
        descriptor: The input; an ordinary file, ``/dev/null`` and a terminal in the background are not read.
    """
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    typed = bytearray()

    def read() -> None:
        piece = b""
        # In the background, reading would stop the whole process group (SIGTTIN).
        if _in_foreground(descriptor):
            with suppress(OSError):
                piece = os.read(descriptor, LONGEST_LINE)
        typed.extend(piece)
        if not piece or len(typed) > LONGEST_LINE:
            loop.remove_reader(descriptor)
            lines.put_nowait(None)
        while b"\n" in typed:
            line, _, rest = bytes(typed).partition(b"\n")
            typed[:] = rest
            lines.put_nowait(line.decode(errors="replace").strip())

    try:
        loop.add_reader(descriptor, read)
    except (OSError, ValueError):
        return  # an ordinary file or a closed descriptor cannot be waited for
    try:
        while (line := await lines.get()) is not None:
            if line:
                say(await asyncio.to_thread(_carry_out, control, line))
    finally:
        loop.remove_reader(descriptor)


def _carry_out(control: ControlClient, word: str) -> str:
    try:
        match word:
            case "unplug":
                control.unplug()
                return "unplugged; plug connects the camera again"
            case "plug":
                control.plug()
                return "plugged in"
            case "press":
                control.press()
                return "the camera's own button was pressed"
            case _:
                return f"unknown word {word[:40]!r}; known words: {', '.join(WORDS)}"
    except (BadInput, ServiceError) as error:
        return f"{word}: {error.reason}"


def _in_foreground(descriptor: int) -> bool:
    try:
        return not os.isatty(descriptor) or os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:
        return False  # the terminal is gone
