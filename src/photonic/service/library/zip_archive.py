"""Streams many photos as one ZIP file: nothing is compressed, and only one piece at a time is in memory.

Source: PKWARE APPNOTE 6.3.10. The standard library's ``zipfile`` writes to a stream that does not support seeking, so
each file's checksum follows the file (data descriptor, 4.3.9). Files of 2 GiB and more use ZIP64 (4.5.3).
"""

from __future__ import annotations

import time
import zipfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, cast

from photonic.service.files import claims

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

PIECE_BYTES = 256 * 1024
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


def pieces(entries: Iterable[Entry], folder: str) -> Iterator[bytes]:
    """Yield the archive in pieces; all its files are in ``folder``. Blocks: request each piece on a thread.

    The last file is the manifest ``sha256.txt``, in the format of ``sha256sum``. A missing file is left out and listed
    in ``missing.txt``. Raises ``OSError`` if a file cannot be read to its end;
    the archive sent so far is then incomplete.
    """
    sink = _Sink()
    missing: list[str] = []
    manifest: list[str] = []
    with zipfile.ZipFile(cast("IO[bytes]", sink), "w", zipfile.ZIP_STORED) as archive:
        for entry in entries:
            facts = zipfile.ZipInfo(f"{folder}/{entry.name}", _moment(entry.taken_at))
            facts.external_attr = 0o644 << 16
            try:
                content = claims.opened(entry.path)
            except OSError:
                missing.append(entry.name)
                continue
            manifest.append(f"{entry.sha256}  {entry.name}\n")
            with content:
                facts.file_size = entry.path.stat().st_size
                with archive.open(facts, "w") as part:
                    while piece := content.read(PIECE_BYTES):
                        part.write(piece)
                        yield sink.taken()
        if missing:
            archive.writestr(f"{folder}/{MISSING}", "".join(f"{name}\r\n" for name in missing))
        archive.writestr(f"{folder}/{MANIFEST}", "".join(manifest))
    yield sink.taken()


def entry_names(paths: Sequence[str]) -> list[str]:
    """Return a unique name for each file: its own, without characters that a file system may not accept."""
    taken: set[str] = {MISSING, MANIFEST}
    found: list[str] = []
    for path in paths:
        own = "".join(letter if letter.isprintable() and letter not in '\\/:*?"<>|' else "_" for letter in path)
        stem, dot, ending = (own.lstrip(".") or "photo").rpartition(".")
        stem, ending = (stem, dot + ending) if dot else (ending, "")
        name, number = f"{stem}{ending}", 1
        while name.lower() in taken:
            number += 1
            name = f"{stem}_{number}{ending}"
        taken.add(name.lower())
        found.append(name)
    return found


class _Sink:
    """The stream without seeking that ``zipfile`` writes to; holds the data until it is taken."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._written.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass

    def taken(self) -> bytes:
        written, self._written = self._written, []
        return b"".join(written)


def _moment(unix_seconds: float) -> tuple[int, int, int, int, int, int]:
    """Return the local time, as used in ZIP files, which cannot represent times before 1980."""
    moment = time.localtime(unix_seconds)[:6]
    return max(moment, _EARLIEST)
