"""Reads a command line as popt reads gphoto2's: short forms together, values after ``=`` or in the next argument."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from photonic.compat.gphoto2.options import BY_LETTER, BY_NAME, OptionRow, ValueRule

if TYPE_CHECKING:
    from collections.abc import Sequence

_NUMBER = re.compile(r"\s*([+-]?\d+)")


@dataclass(frozen=True, slots=True)
class GivenOption:
    """An option of the command line; ``value``: ``None`` if it has none."""

    name: str
    value: str | None = None

    @property
    def number(self) -> int:
        """The value as C's ``atoi`` reads it: the digits that it begins with, otherwise 0."""
        found = _NUMBER.match(self.value or "")
        return int(found[1]) if found else 0


@dataclass(frozen=True, slots=True)
class CommandLine:
    """What was read.

    Args:
        options: In the order in which they were given.
        operands: The arguments that are neither options nor their values.
        unknown: An option that gphoto2 does not have; nothing after it was read. ``None``: all are known.
    """

    options: tuple[GivenOption, ...]
    operands: tuple[str, ...] = ()
    unknown: str | None = None

    def has(self, *names: str) -> bool:
        """Whether one of these options was given."""
        return any(option.name in names for option in self.options)


class _Stop(Exception):
    """Reading ends here: ``unknown`` option, or ``None``: a value is missing, or is one too many."""

    def __init__(self, unknown: str | None = None) -> None:
        super().__init__(unknown)
        self.unknown = unknown


@dataclass
class _Reader:
    waiting: list[str]
    options: list[GivenOption] = field(default_factory=list[GivenOption])
    operands: list[str] = field(default_factory=list[str])

    def read(self) -> None:
        while self.waiting:
            argument = self.waiting.pop(0)
            if argument == "--":
                self.operands += self.waiting
                self.waiting.clear()
            elif argument == "-" or not argument.startswith("-"):
                self.operands.append(argument)
            elif argument.startswith("--"):
                name, equals, value = argument[2:].partition("=")
                self._take(BY_NAME.get(name), argument, value if equals else None)
            else:
                self._letters(argument[1:])

    def _letters(self, letters: str) -> None:
        while letters:
            row, rest = BY_LETTER.get(letters[0]), letters[1:]
            if row is not None and row.rule is ValueRule.NONE:
                if rest.startswith("="):
                    raise _Stop
                self._take(row, letters[0], None)
                letters = rest
            else:
                self._take(row, letters[0], rest.removeprefix("=") or None)
                return

    def _take(self, row: OptionRow | None, written: str, value: str | None) -> None:
        if row is None:
            raise _Stop(written)
        match row.rule:
            case ValueRule.NONE:
                if value is not None:
                    raise _Stop
            case ValueRule.REQUIRED:
                if value is None:
                    if not self.waiting:
                        raise _Stop
                    value = self.waiting.pop(0)
            case ValueRule.OPTIONAL:
                if value is None and self.waiting and not self.waiting[0].startswith("-"):
                    value = self.waiting.pop(0)
        self.options.append(GivenOption(row.name, value))


def read_arguments(arguments: Sequence[str]) -> CommandLine:
    """Read the arguments of a command.

    Reading ends at a missing or surplus value; what was given before it is carried out, as gphoto2 does.
    """
    reader = _Reader(list(arguments))
    unknown = None
    try:
        reader.read()
    except _Stop as stop:
        unknown = stop.unknown
    return CommandLine(tuple(reader.options), tuple(reader.operands), unknown)
