"""``open`` on the simulated disk: the layers of ``io`` on a raw file."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, Any

from tests.simulation.disk.open_files import FIRST_DESCRIPTOR, RawFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulation.disk.routing import Routing

BUFFER_BYTES = 8192
FLAGS = {
    "r": os.O_RDONLY,
    "w": os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
    "x": os.O_WRONLY | os.O_CREAT | os.O_EXCL,
    "a": os.O_WRONLY | os.O_CREAT | os.O_APPEND,
}


def opener_of(routing: Routing) -> Callable[..., Any]:
    """The function that takes the place of ``open``."""
    real = io.open
    disk = routing.disk

    def opened_file(
        file: Any,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        closefd: bool = True,
        opener: Any = None,
    ) -> Any:
        place = routing.ours(file)
        if place is None and not (type(file) is int and file >= FIRST_DESCRIPTOR):
            return real(file, mode, buffering, encoding, errors, newline, closefd, opener)
        flags = _flags(mode)
        if place is None:
            opened = disk.files.get(file)
        elif opener is not None:
            opened = disk.files.get(opener(file, flags))
        else:
            opened = disk.files.open(place, flags, 0o666)
        try:
            opened.file()  # a folder cannot be read
        except OSError:
            if closefd:
                disk.files.close(opened.number)
            raise
        if "a" in mode:
            opened.position = len(opened.file().content)
        raw = RawFile(disk.files, opened, file, mode.replace("t", ""), closefd=closefd)
        return _layered(raw, mode, buffering, encoding, errors, newline)

    return opened_file


def _flags(mode: str) -> int:
    kinds = [letter for letter in mode if letter in FLAGS]
    if len(kinds) != 1 or set(mode) - set("rwxabt+") or ("b" in mode and "t" in mode):
        raise ValueError(f"invalid mode: {mode!r}")
    flags = FLAGS[kinds[0]]
    if "+" in mode:
        flags = flags & ~(os.O_WRONLY | os.O_RDONLY) | os.O_RDWR
    return flags | os.O_CLOEXEC


def _layered(
    raw: RawFile, mode: str, buffering: int, encoding: str | None, errors: str | None, newline: str | None
) -> Any:
    if buffering == 0:
        if "b" not in mode:
            raise ValueError("can't have unbuffered text I/O")
        return raw
    size = BUFFER_BYTES if buffering in {-1, 1} else buffering
    if "+" in mode:
        buffered: Any = io.BufferedRandom(raw, size)
    elif "r" in mode:
        buffered = io.BufferedReader(raw, size)
    else:
        buffered = io.BufferedWriter(raw, size)
    if "b" in mode:
        return buffered
    text = io.TextIOWrapper(buffered, encoding, errors, newline, line_buffering=buffering == 1)
    text.mode = mode  # pyright: ignore[reportAttributeAccessIssue] - as open() does
    return text
