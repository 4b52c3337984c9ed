"""The audit log on the disk: JSON lines, rotated, readable by the service's user only."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from photonic.access.audit import AuditQuotas
from photonic.machine.private_folder import PRIVATE_FILE

if TYPE_CHECKING:
    from pathlib import Path

    from photonic.access.audit import AuditEvent
    from photonic.machine.timekeeping import Timekeeping

NAME = "audit.log"
FILE_LIMIT_BYTES = 1_000_000
FILES = 5

log = logging.getLogger(__name__)


class AuditLog:
    """Writes events to ``audit.log`` in ``folder``; ``audit.log.1`` is the file before it, and so on.

    A disk that fails stops nothing that is recorded here: that is logged once, until it works again.

    Args:
        folder: An existing folder of the service's own; ``None``: nothing is written, and nothing is read.
        time: The monotonic clock for the quotas, the time of day for the entries.
        file_limit_bytes: The size of one of the ``FILES`` files.
    """

    def __init__(
        self,
        folder: Path | None,
        *,
        time: Timekeeping,
        file_limit_bytes: int = FILE_LIMIT_BYTES,
    ) -> None:
        self._time = time
        self._quotas = AuditQuotas()
        self._file = None if folder is None else _RotatedFile(folder / NAME, file_limit_bytes)
        self._failing = False

    async def record(self, event: AuditEvent) -> None:
        """Record an event, or count it if its quota is used up."""
        admitted = self._quotas.admit(event, self._time.monotonic())
        if admitted is None or self._file is None:
            return
        at = self._time.wall().isoformat(timespec="seconds")
        try:
            await asyncio.to_thread(self._file.append, json.dumps({"at": at, **admitted.fields()}))
        except OSError as error:
            if not self._failing:
                log.warning("the audit log cannot be written: %s", error)
            self._failing = True
        else:
            self._failing = False

    async def newest(self, limit: int) -> list[dict[str, Any]]:
        """At most ``limit`` entries, the newest first; lines that cannot be read are left out."""
        return [] if self._file is None else await asyncio.to_thread(self._file.newest, limit)

    @property
    def omitted(self) -> int:
        """How many events were left out that no entry reports yet."""
        return self._quotas.omitted


class _RotatedFile:
    """Lines of JSON in files of limited size. Methods block; any thread may call them."""

    def __init__(self, path: Path, limit_bytes: int) -> None:
        self._path = path
        self._limit_bytes = limit_bytes
        self._guard = threading.Lock()
        self._torn = False

    def append(self, line: str) -> None:
        """Append one line. Raises ``OSError``."""
        # The line break in front: a line that was cut by a full disk must not swallow this one.
        with self._guard:
            data = (b"\n" if self._torn else b"") + line.encode() + b"\n"
            if self._size_bytes() + len(data) > self._limit_bytes:
                self._rotate()
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(self._path, flags, PRIVATE_FILE)
            try:
                self._torn = True
                self._torn = os.write(descriptor, data) < len(data)
            finally:
                os.close(descriptor)

    def newest(self, limit: int) -> list[dict[str, Any]]:
        """At most ``limit`` entries, the newest first."""
        found: list[dict[str, Any]] = []
        for path in self._paths():
            with suppress(OSError):
                for line in reversed(path.read_bytes().splitlines()):
                    if len(found) >= limit:
                        return found
                    if (entry := _entry(line)) is not None:
                        found.append(entry)
        return found

    def _paths(self) -> list[Path]:
        """The current file, and the older ones, the newest first."""
        return [self._path, *(self._path.with_name(f"{self._path.name}.{number}") for number in range(1, FILES))]

    def _size_bytes(self) -> int:
        try:
            return self._path.stat().st_size
        except FileNotFoundError:
            return 0

    def _rotate(self) -> None:
        paths = self._paths()
        for newer, older in reversed(list(itertools.pairwise(paths))):
            with suppress(FileNotFoundError):
                newer.rename(older)


def _entry(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return cast("dict[str, Any]", entry) if isinstance(entry, dict) else None
