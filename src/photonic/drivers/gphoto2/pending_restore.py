"""A record on disk of everything on the camera that still has to be restored.

Two things are recorded before they are sent to the camera: settings that a capture changes, and buttons that are held
down. The file outlives this process and the service, so the next process restores both first. Settings outlive the
machine, too: a camera keeps them when its host loses power, so they are flushed before the camera is told. A button is
not flushed on its own: a camera releases it when its cable goes dead. Nor is the end of a record: a record that comes
back sets what was set back already.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LIMIT_BYTES = 64 * 1024
"""Upper bound for the file, which holds a few names and values; the rest of a larger one is not read."""


class _Record(msgspec.Struct, omit_defaults=True):
    """The file's content; its field names are the file format.

    ``back``: the values to set again, by libgphoto2's names. ``held``: the value that releases each pressed button.
    """

    serial: str
    back: dict[str, str] = {}
    held: dict[str, str | int] = {}


class PendingRestore:
    """What has to be restored on the camera with this serial number.

    Args:
        path: The record; ``None`` keeps it in memory only, so it does not outlive this process.
        serial: A record of another camera is ignored, and overwritten by the next entry.
    """

    def __init__(self, path: Path | None, serial: str) -> None:
        self._path = path
        self._record = self._read(serial)

    def settings(self) -> Mapping[str, str]:
        """The settings that have not been restored yet, including those of an earlier process."""
        return dict(self._record.back)

    def record_settings(self, back: Mapping[str, str]) -> None:
        """Replace the settings to restore. Raises ``OSError``."""
        self._record.back = dict(back)
        self._write()

    def settings_restored(self) -> None:
        """Remove all settings from the record."""
        self._record.back = {}
        self._update()

    def buttons(self) -> Mapping[str, str | int]:
        """The buttons that have not been released yet, including those of an earlier process."""
        return dict(self._record.held)

    def record_press(self, name: str, up: str | int) -> None:
        """Add a button; writing ``up`` to the entry ``name`` releases it. Raises ``OSError``."""
        self._record.held[name] = up
        self._write()

    def button_released(self, name: str) -> None:
        """Remove a button from the record."""
        if self._record.held.pop(name, None) is not None:
            self._update()

    def _read(self, serial: str) -> _Record:
        """The record of this camera; an empty one if the file is missing, damaged or of another camera."""
        if self._path is not None:
            with suppress(OSError, ValueError, RecursionError, msgspec.ValidationError):
                with self._path.open("rb") as file:
                    record = msgspec.convert(json.loads(file.read(LIMIT_BYTES)), _Record)
                if record.serial == serial:
                    return record
        return _Record(serial)

    def _update(self) -> None:
        with suppress(OSError):
            if self._path is not None and not (self._record.back or self._record.held):
                self._path.unlink(missing_ok=True)
            else:
                self._write()

    def _write(self) -> None:
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_suffix(".new")
        lasting = bool(self._record.back)
        with new.open("w", encoding="ascii") as file:
            # Escaped (RFC 8259, 7), so that a camera's bytes survive even if they are not UTF-8.
            file.write(json.dumps(msgspec.structs.asdict(self._record)))
            if lasting:
                file.flush()
                os.fsync(file.fileno())
        new.replace(self._path)
        if lasting:
            folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
