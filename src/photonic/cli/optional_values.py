"""Options whose value may be left out, such as ``--allow-anonymous`` or ``--allow-anonymous guest``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WITHOUT_VALUE = {"--allow-anonymous": "true"}
"""The value that stands for none, by option."""


def with_values(arguments: Sequence[str]) -> list[str]:
    """The arguments of a command, with a value for each option that may be without one."""
    complete: list[str] = []
    for argument, following in zip(arguments, [*arguments[1:], "-"], strict=False):
        complete.append(argument)
        if argument in WITHOUT_VALUE and following.startswith("-"):
            complete.append(WITHOUT_VALUE[argument])
    return complete
