"""Ranges of file numbers, such as ``1-5,7``, as gphoto2 reads them (its ``range.c``)."""

from __future__ import annotations

import re

from photonic.compat.gphoto2.results import ActionFailed, ResultCode

HIGHEST_NUMBER = 65536
_PART = re.compile(r"(\d+)(?:-(\d+))?")


def is_file_number(text: str) -> bool:
    """Whether ``--get-file`` takes this for numbers, and not for a name: digits and dashes only."""
    return all(character in "0123456789-" for character in text)


def file_numbers(text: str) -> list[int]:
    """The numbers in a range, in ascending order; one that is named twice is left out.

    Raises:
        ActionFailed: It is no range.
    """
    chosen: set[int] = set()
    for part in text.split(","):
        if not part:
            continue
        found = _PART.fullmatch(part)
        if found is None:
            why = "Ranges need to start with a number." if part.startswith("-") else f"Unexpected text '{part}'."
            raise _refused(text, why)
        first, last = int(found[1]), int(found[2] or found[1])
        if first < 1 or last < 1:
            raise _refused(text, "Image IDs must be a number greater than zero.")
        if max(first, last) > HIGHEST_NUMBER:
            raise _refused(text, f"Image ID {max(first, last)} too high.")
        if last < first:
            why = f"Decreasing ranges are not allowed. You specified a range from {first} to {last}."
            raise _refused(text, why)
        chosen ^= set(range(first, last + 1))
    return sorted(chosen)


def _refused(text: str, why: str) -> ActionFailed:
    return ActionFailed(ResultCode.BAD_PARAMETERS, f"{text}\n{why}")
