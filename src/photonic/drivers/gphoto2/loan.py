"""What a capture has set and still owes the camera, in a file: it outlives this process, and the service."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


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
        # Escaped (RFC 8259, 7): bytes of a camera that are no UTF-8 have to outlive this process, too.
        new.write_text(json.dumps({"serial": self._serial, "back": dict(back)}), encoding="ascii")
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
            owed = msgspec.convert(json.loads(self._path.read_bytes()), _Owed)
        except (OSError, ValueError, RecursionError, msgspec.ValidationError):
            return {}
        return owed.back if owed.serial == self._serial else {}
