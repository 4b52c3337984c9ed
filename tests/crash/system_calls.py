r"""Lines of ``strace -f -y -xx`` as system calls; no input or output.

A call that another process interrupts is printed in two lines, ``name(... <unfinished ...>`` and
``<... name resumed>...``. Every string is printed as ``\x..``, so that no text of a file looks like a part of the line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LINE = re.compile(r"(\d+) +(.*)", re.DOTALL)
_UNFINISHED = " <unfinished ...>"
_RESUMED = re.compile(r"<\.\.\. (\w+) resumed>(.*)", re.DOTALL)
_CALL = re.compile(r"(\w+)\((.*)\)\s+= (-?\d+)(.*)", re.DOTALL)
_WITHOUT_RESULT = re.compile(r"\w+\(.*\)?\s*= \?.*", re.DOTALL)
_STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
_DESCRIPTOR = re.compile(r"(-?\d+|AT_FDCWD)(?:<(.*)>)?(?:\(deleted\))?", re.DOTALL)
_TOKEN = re.compile(r'"[^"]*"|[^",()\[\]{}]+|.', re.DOTALL)
_OPENING, _CLOSING = "([{", ")]}"


class UnreadableTrace(ValueError):
    """A line that is no line of strace as it is called here, or one whose data was cut."""


@dataclass(frozen=True, slots=True)
class SystemCall:
    """One call that has returned.

    Args:
        process: The thread that made it.
        name: As in the manual.
        arguments: As strace prints them.
        result: What it returned; negative: it failed.
        began: The number of the line in which it was called.
        ended: The number of the line in which it returned.
    """

    process: int
    name: str
    arguments: tuple[str, ...]
    result: int
    began: int
    ended: int


@dataclass(frozen=True, slots=True)
class CallBegun:
    """A call that has not returned yet, when another process interrupts its line."""

    process: int
    name: str
    arguments: tuple[str, ...]


def parse(lines: Iterable[str]) -> Iterator[SystemCall | CallBegun]:
    """The calls in the order in which they returned. Raises ``UnreadableTrace``."""
    begun: dict[int, tuple[str, int]] = {}
    for number, line in enumerate(lines):
        found = _LINE.fullmatch(line.rstrip("\n"))
        if found is None:
            raise UnreadableTrace(f"line {number + 1}: {line[:200]!r}")
        process, text = int(found[1]), found[2]
        if text.startswith(("+++", "---")):
            begun.pop(process, None)  # it ended within the call
            continue
        if text.endswith(_UNFINISHED):
            head = text.removesuffix(_UNFINISHED)
            begun[process] = (head, number)
            name, _, rest = head.partition("(")
            yield CallBegun(process, name, tuple(split(rest)))
            continue
        began = number
        if (resumed := _RESUMED.fullmatch(text)) is not None:
            if process not in begun:
                raise UnreadableTrace(f"line {number + 1}: {resumed[1]} resumed, and never begun")
            head, began = begun.pop(process)
            text = head + resumed[2]
        if (call := _CALL.fullmatch(text)) is not None:
            yield SystemCall(process, call[1], tuple(split(call[2])), int(call[3]), began, number)
        elif _WITHOUT_RESULT.fullmatch(text) is None:
            raise UnreadableTrace(f"line {number + 1}: {text[:200]!r}")


def split(text: str) -> list[str]:
    """The arguments of a call, as strace prints them."""
    found: list[str] = []
    depth, start = 0, 0
    for token in _TOKEN.finditer(text):
        if token[0] in _OPENING:
            depth += 1
        elif token[0] in _CLOSING:
            depth -= 1
        elif token[0] == "," and depth == 0:
            found.append(text[start : token.start()].strip())
            start = token.end()
    if text[start:].strip():
        found.append(text[start:].strip())
    return found


def data(argument: str) -> bytes:
    """The bytes of one string, or of all strings of a list of buffers, in order. Raises ``UnreadableTrace``."""
    pieces: list[bytes] = []
    for string, cut in _STRING.findall(argument):
        if cut:
            raise UnreadableTrace(f"strace has cut a string after {len(string) // 4} bytes")
        pieces.append(bytes.fromhex(string.replace("\\x", "")))
    if not pieces and '"' in argument:
        raise UnreadableTrace(f"no string: {argument[:200]}")
    return b"".join(pieces)


def descriptor(argument: str) -> tuple[int | None, str]:
    """A file descriptor and what it is open on: a path, ``socket:[..]``, ``pipe:[..]``.

    ``None`` stands for the working directory. Raises ``UnreadableTrace``.
    """
    found = _DESCRIPTOR.fullmatch(argument)
    if found is None:
        raise UnreadableTrace(f"no file descriptor: {argument[:200]}")
    target = found[2] or ""
    if target.startswith("\\x"):
        target = bytes.fromhex(target.replace("\\x", "")).decode(errors="surrogateescape")
    return None if found[1] == "AT_FDCWD" else int(found[1]), target
