"""Writes a ZIP file to a stream: nothing is compressed, and what it holds for each file does not stay in memory.

Source: PKWARE APPNOTE 6.3.10. The stream cannot go back, so each file's checksum follows the file (data descriptor,
4.3.9). Large files, archives and numbers of files use ZIP64 (4.3.14, 4.5.3). The central directory, which repeats all
names at the end, is collected in a temporary file; the standard library's ``zipfile`` needs a kilobyte of memory for
each file instead.
"""

from __future__ import annotations

import struct
import tempfile
import zlib
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

SPOOL_BYTES = 1024 * 1024
"""A central directory up to this size stays in memory."""
PIECE_BYTES = 256 * 1024
_LIMIT = 0xFFFF_FFFF
_COUNT_LIMIT = 0xFFFF
_VERSION = 20
_VERSION_64 = 45
_UNIX = 3
_FLAGS = 0x0808
"""A data descriptor follows the file; names are UTF-8."""
_MODE = 0o100644 << 16
_LOCAL = struct.Struct("<4s5H3L2H")
_DESCRIPTOR = struct.Struct("<4s3L")
_DESCRIPTOR_64 = struct.Struct("<4sL2Q")
_CENTRAL = struct.Struct("<4s2B5H3L5H2L")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")
_END = struct.Struct("<4s4H2LH")

Moment = tuple[int, int, int, int, int, int]
"""Year, month, day, hour, minute, second."""


class ZipWriter:
    """One archive; use it as a context manager. ``taken`` returns what has been written since the last call."""

    def __init__(self) -> None:
        self._directory: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES)  # noqa: SIM115 - see __exit__
        self._written: list[bytes] = []
        self._offset = 0
        self._count = 0
        self.waiting_bytes = 0

    def __enter__(self) -> ZipWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._directory.close()

    def taken(self) -> bytes:
        """Return what has been written since the last call."""
        written, self._written, self.waiting_bytes = self._written, [], 0
        return b"".join(written)

    def add(self, name: str, content: IO[bytes], size_bytes: int, moment: Moment) -> Iterator[bytes]:
        """Add a file; yield the archive in pieces of ``PIECE_BYTES``, as far as it is that long.

        ``size_bytes``: what is expected of ``content``, which is read to its end. Raises ``OSError``.
        """
        # A margin, as the file might grow while it is read.
        large = size_bytes > _LIMIT * 0.95
        began_at, encoded, when = self._offset, name.encode(), _dos(moment)
        version = _VERSION_64 if large else _VERSION
        extra = struct.pack("<2H2Q", 1, 16, 0, 0) if large else b""
        sizes = (0, _LIMIT, _LIMIT) if large else (0, 0, 0)
        self._put(_LOCAL.pack(b"PK\3\4", version, _FLAGS, 0, *when, *sizes, len(encoded), len(extra)) + encoded + extra)
        checksum = length = 0
        while piece := content.read(max(1, PIECE_BYTES - self.waiting_bytes)):
            checksum = zlib.crc32(piece, checksum)
            length += len(piece)
            self._put(piece)
            if self.waiting_bytes >= PIECE_BYTES:
                yield self.taken()
        descriptor = _DESCRIPTOR_64 if large else _DESCRIPTOR
        self._put(descriptor.pack(b"PK\7\10", checksum, length, length))
        self._list(encoded, when, checksum, length, began_at)

    def end(self) -> Iterator[bytes]:
        """Yield the rest of the archive."""
        began_at = self._offset
        self._directory.seek(0)
        while piece := self._directory.read(PIECE_BYTES):
            self._put(piece)
            yield self.taken()
        size = self._offset - began_at
        if self._count > _COUNT_LIMIT or began_at > _LIMIT or size > _LIMIT:
            end_64 = self._offset
            counts = (self._count, self._count, size, began_at)
            self._put(_END_64.pack(b"PK\6\6", _END_64.size - 12, _VERSION_64, _VERSION_64, 0, 0, *counts))
            self._put(_LOCATOR_64.pack(b"PK\6\7", 0, end_64, 1))
        count = min(self._count, _COUNT_LIMIT)
        self._put(_END.pack(b"PK\5\6", 0, 0, count, count, min(size, _LIMIT), min(began_at, _LIMIT), 0))
        yield self.taken()

    def _put(self, data: bytes) -> None:
        self._written.append(data)
        self.waiting_bytes += len(data)
        self._offset += len(data)

    def _list(self, name: bytes, when: tuple[int, int], checksum: int, length: int, began_at: int) -> None:
        """Add a file to the central directory."""
        extra = b""
        if length > _LIMIT:
            extra += struct.pack("<2Q", length, length)
        if began_at > _LIMIT:
            extra += struct.pack("<Q", began_at)
        if extra:
            extra = struct.pack("<2H", 1, len(extra)) + extra
        version = _VERSION_64 if extra else _VERSION
        length, began_at = min(length, _LIMIT), min(began_at, _LIMIT)
        fixed = (b"PK\1\2", version, _UNIX, version, _FLAGS, 0, *when, checksum, length, length)
        self._directory.write(_CENTRAL.pack(*fixed, len(name), len(extra), 0, 0, 0, _MODE, began_at) + name + extra)
        self._count += 1


def _dos(moment: Moment) -> tuple[int, int]:
    """The time and the date as ZIP files contain them."""
    year, month, day, hour, minute, second = moment
    return hour << 11 | minute << 5 | second // 2, (year - 1980) << 9 | month << 5 | day
