"""What a capture has set and still owes the camera, in a file: it outlives this process, and the service."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LIMIT_BYTES = 64 * 1024
"""Of the file: it holds a few names and values."""


class _Owed(msgspec.Struct):
    serial: str
    back: dict[str, str]


class Loan:
    """Settings that a capture borrows from the camera with this serial number, in a file at ``path``.

    ``None``: nowhere, and so they do not outlive this process.
    """

    def __init__(self, path: Path | None, serial: str) -> None:
        self._path = path
        self._serial = serial

    def take(self, back: Mapping[str, str]) -> None:
        """From now on these values are owed, by libgphoto2's names. Raises ``OSError``."""
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_suffix(".new")
        new.write_bytes(msgspec.json.encode(_Owed(self._serial, dict(back))))
        new.replace(self._path)

    def repay(self) -> None:
        """Everything has been set back."""
        if self._path is not None:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)

    def owed(self) -> dict[str, str]:
        """What an earlier process did not set back on this camera; nothing where the file says nothing of it."""
        if self._path is None:
            return {}
        try:
            with self._path.open("rb") as file:
                owed = msgspec.json.decode(file.read(LIMIT_BYTES), type=_Owed)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return {}
        return owed.back if owed.serial == self._serial else {}
