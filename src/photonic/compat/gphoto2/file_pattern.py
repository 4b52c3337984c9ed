"""Names of saved files, made from a pattern as gphoto2 makes them (``get_path_for_file`` in its ``main.c``)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from photonic.compat.gphoto2.results import ActionFailed, ResultCode

if TYPE_CHECKING:
    from datetime import datetime

WIDEST_NUMBER = 20
TIME_LETTERS = "aAbBdHkIljmMSyY"
"""The letters that are passed on to ``strftime``."""

_FIELD = re.compile(r"%(?P<zero>0?)(?P<digits>\d*)(?P<letter>.?)", re.DOTALL)


class FilePattern:
    """Makes names from one pattern, and counts its ``%n``.

    Args:
        pattern: ``None`` or empty: the names on the camera.
        first_number: The first ``%n``.
    """

    def __init__(self, pattern: str | None, first_number: int = 1) -> None:
        self._pattern = pattern or ""
        self._number = first_number

    def name_for(self, name: str, folder: str, modified: datetime) -> str:
        """The path of the saved file; it may be in folders.

        Args:
            name: Of the file on the camera.
            folder: Its folder there.
            modified: When the file was made, in local time.

        Raises:
            ActionFailed: The pattern cannot be used, at all or for this name.
        """
        if not self._pattern:
            return name
        made: list[str] = []
        at = 0
        while at < len(self._pattern):
            if self._pattern[at] != "%":
                made.append(self._pattern[at])
                at += 1
                continue
            found = _FIELD.match(self._pattern, at)
            assert found is not None  # noqa: S101 - it is at a percent sign
            _check_padding(found)
            made.append(self._field(found, name, folder, modified))
            at = found.end()
        return "".join(made)

    def _field(self, found: re.Match[str], name: str, folder: str, modified: datetime) -> str:
        letter = found["letter"]
        if letter == "n":
            return self._counted(found["digits"])
        if letter and letter in TIME_LETTERS:
            return modified.strftime(f"%{letter}")
        stem, dot, suffix = name.rpartition(".")
        if letter == "C" and not dot:
            raise _refused(f"The filename provided by the camera ('{name}') does not contain a suffix!")
        folders = folder.removeprefix("/") or "."
        texts = {"C": suffix, "f": stem if dot else name, "F": folders, ":": name.lower(), "%": "%"}
        if letter not in texts:
            raise _refused(f"Invalid format '{self._pattern}' (error at position {found.start('letter') + 1}).")
        return texts[letter]

    def _counted(self, digits: str) -> str:
        number = self._number
        self._number += 1
        width = min(max(int(digits or "1"), 1), WIDEST_NUMBER)
        return f"{number:0{width}d}" if width > 1 else str(number)


def _check_padding(found: re.Match[str]) -> None:
    if found["letter"] == "n":
        return
    if found["digits"]:
        raise _refused("Zero padding numbers in file names is only possible with %n.")
    if found["zero"]:
        raise _refused("You cannot use %n zero padding without a precision value!")


def _refused(why: str) -> ActionFailed:
    return ActionFailed(ResultCode.BAD_PARAMETERS, why)


def preview_name(name: str) -> str:
    """The name of a saved preview: with the prefix ``thumb_`` and a JPEG's suffix."""
    folder, slash, base = name.rpartition("/")
    stem = base.rpartition(".")[0] if "." in base else base
    return f"{folder}{slash}thumb_{stem}.jpg"
