"""Many photos as one ZIP file, of which only one piece at a time is in memory."""

from __future__ import annotations

import io
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from photonic.service.files import disk
from photonic.service.library.zip_writer import ZipWriter, spool

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from photonic.service.library.zip_writer import Moment

MISSING = "missing.txt"
MANIFEST = "sha256.txt"
_EARLIEST = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an archive.

    ``name``: in the archive; ``path``: on disk; ``taken_at``: unix seconds; ``sha256``: of what the camera sent.
    """

    name: str
    path: Path
    taken_at: float
    sha256: str


class ZipArchive:
    """An archive whose files are all in ``folder``; close it in the end.

    The last file is the manifest ``sha256.txt``, in the format of ``sha256sum``. A missing file is left out and listed
    in ``missing.txt``. Both are collected in temporary files. Every method blocks: ask for each piece on a thread.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._writer = self._stack.enter_context(ZipWriter())
        self._newest: Moment = _EARLIEST
        self._missing = self._list()
        self._manifest = self._list()

    def close(self) -> None:
        """Delete the temporary files."""
        self._stack.close()

    def add(self, entries: Iterable[Entry]) -> Iterator[bytes]:
        """Add files; yield the archive in pieces, as far as one is complete.

        Raises ``OSError`` if a file cannot be read to its end; the archive sent so far is then incomplete.
        """
        for entry in entries:
            try:
                content = disk.opened(entry.path)
            except OSError:
                self._missing.write(f"{entry.name}\r\n".encode())
                continue
            self._manifest.write(f"{entry.sha256}  {entry.name}\n".encode())
            with content:
                size_bytes = entry.path.stat().st_size
                self._newest = max(self._newest, _moment(entry.taken_at))
                name = f"{self._folder}/{entry.name}"
                yield from self._writer.add(name, content, size_bytes, _moment(entry.taken_at))

    def end(self) -> Iterator[bytes]:
        """Yield the rest of the archive."""
        if self._missing.tell():
            yield from self._added(MISSING, self._missing)
        yield from self._added(MANIFEST, self._manifest)
        yield from self._writer.end()

    def _list(self) -> IO[bytes]:
        return self._stack.enter_context(spool())

    def _added(self, name: str, text: IO[bytes]) -> Iterator[bytes]:
        size_bytes = text.seek(0, io.SEEK_END)
        text.seek(0)
        return self._writer.add(f"{self._folder}/{name}", text, size_bytes, self._newest)


class EntryNames:
    """Gives each file of an archive a unique name: its own, without characters that a file system may not accept."""

    def __init__(self) -> None:
        # Hashes are enough: if two names share one, the second one gets a number that it did not need.
        self._taken = {hash(MISSING), hash(MANIFEST)}
        self._numbers: dict[int, int] = {}

    def unique(self, own_name: str) -> str:
        """Return the name in the archive of a file with this name."""
        own = "".join(letter if letter.isprintable() and letter not in '\\/:*?"<>|' else "_" for letter in own_name)
        stem, dot, ending = (own.lstrip(".") or "photo").rpartition(".")
        stem, ending = (stem, dot + ending) if dot else (ending, "")
        name = f"{stem}{ending}"
        first = hash(name.lower())
        number = self._numbers.get(first, 1)
        while hash(name.lower()) in self._taken:
            number += 1
            name = f"{stem}_{number}{ending}"
        if number > 1:
            self._numbers[first] = number
        self._taken.add(hash(name.lower()))
        return name


def _moment(unix_seconds: float) -> Moment:
    """Return the local time, as used in ZIP files, which cannot represent times before 1980."""
    year, month, day, hour, minute, second, *_rest = time.localtime(unix_seconds)
    return max((year, month, day, hour, minute, second), _EARLIEST)
