"""What a capture has set or holds down on the camera, in a file: it outlives this process, and the service."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LIMIT_BYTES = 64 * 1024
"""Of the file: it holds a few names and values."""


class _Owed(msgspec.Struct, omit_defaults=True):
    """``back``: values of settings; ``held``: for each button that is down, the value that lets it go."""

    serial: str
    back: dict[str, str] = {}
    held: dict[str, str | int] = {}


class Loan:
    """What is borrowed from the camera with this serial number, by libgphoto2's names, in a file at ``path``.

    ``None``: nowhere, and so it does not outlive this process.
    """

    def __init__(self, path: Path | None, serial: str) -> None:
        self._path = path
        self._owed = self._read(serial)

    def take(self, back: Mapping[str, str]) -> None:
        """From now on these values are owed. Raises ``OSError``."""
        self._owed.back = dict(back)
        self._write()

    def repay(self) -> None:
        """Every setting has been set back."""
        self._owed.back = {}
        self._settle()

    def owed(self) -> Mapping[str, str]:
        """What has not been set back on this camera, by an earlier process either."""
        return dict(self._owed.back)

    def hold(self, name: str, up: str | int) -> None:
        """From now on this button is down; ``up`` lets it go. Raises ``OSError``."""
        self._owed.held[name] = up
        self._write()

    def let_go(self, name: str) -> None:
        """This button is up."""
        if self._owed.held.pop(name, None) is not None:
            self._settle()

    def held(self) -> Mapping[str, str | int]:
        """Which buttons have not been let go on this camera, by an earlier process either."""
        return dict(self._owed.held)

    def _read(self, serial: str) -> _Owed:
        """What the file says of this camera; nothing where it says nothing, or of another one."""
        if self._path is not None:
            with suppress(OSError, ValueError, RecursionError, msgspec.ValidationError):
                with self._path.open("rb") as file:
                    owed = msgspec.convert(json.loads(file.read(LIMIT_BYTES)), _Owed)
                if owed.serial == serial:
                    return owed
        return _Owed(serial)

    def _settle(self) -> None:
        with suppress(OSError):
            if self._path is not None and not (self._owed.back or self._owed.held):
                self._path.unlink(missing_ok=True)
            else:
                self._write()

    def _write(self) -> None:
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_suffix(".new")
        # Escaped (RFC 8259, 7): bytes of a camera that are no UTF-8 have to outlive this process, too.
        new.write_text(json.dumps(msgspec.structs.asdict(self._owed)), encoding="ascii")
        new.replace(self._path)
