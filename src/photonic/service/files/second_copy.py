"""What is done with one copy on the second disk: it is made, fetched or removed, piece by piece.

Each piece reads, writes or flushes at most ``FLUSHED_BYTES``, so one that takes long means that the disk hangs, and not
that a film is large (``disk_thread``). Everything here blocks.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from photonic.errors import StorageError
from photonic.service.files import claims, disk
from photonic.service.files.disk_thread import InPieces
from photonic.service.photo import naming

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path, PurePosixPath

    from photonic.service.files.directories import Directories
    from photonic.service.photo.staged import StoredFile

PIECE_BYTES = 4 * 1024 * 1024
FLUSHED_BYTES = 4 * PIECE_BYTES
"""So much is written before it is flushed: at the end, a slow disk would need minutes for what the memory holds."""
_NO_FILE = frozenset({errno.ENOENT, errno.ELOOP, errno.EISDIR})


class SecondCopy(InPieces["PurePosixPath"]):
    """One copy in progress; its result is the place of the copy below its folder.

    ``advance`` raises ``StorageError`` if the stored file cannot be read, or is not what was stored; ``OSError`` if the
    second disk refuses, or does not return what was written.

    Args:
        first: The photo root.
        root: The folder for the copies.
        file: The stored file; the name of the copy gets a number if it is taken.
        part: Where the copy is written before it is whole.
        directories: Creates directories in ``root``.
    """

    def __init__(self, first: Path, root: Path, file: StoredFile, part: Path, directories: Directories) -> None:
        super().__init__(self._all_steps())
        self._source = first / file.path
        self._root = root
        self._file = file
        self._part = part
        self._directories = directories

    def _all_steps(self) -> Generator[PurePosixPath | None]:
        directory = (self._root / self._file.path).parent
        self._directories.make(directory)
        try:
            # Never written over: after a loss of power, it can be a second name of a copy that is in its place.
            self._part.unlink(missing_ok=True)
            yield from self._written()
            yield from self._read_back()
            place = yield from self._placed(directory)
            disk.flush(directory)
        finally:
            with suppress(OSError):
                self._part.unlink(missing_ok=True)
        yield place

    def _written(self) -> Generator[None]:
        hashed = hashlib.sha256()
        unflushed = 0
        with self._part.open("xb") as target:
            for piece in self._pieces():
                hashed.update(piece)
                target.write(piece)
                unflushed += len(piece)
                if unflushed >= FLUSHED_BYTES:
                    target.flush()
                    os.fdatasync(target.fileno())
                    unflushed = 0
                yield
            if hashed.hexdigest() != self._file.sha256:
                raise StorageError(f"{self._source} is not what was stored: no second copy is made of it")
            target.flush()
            self._keep_facts(target.fileno())
            os.fsync(target.fileno())
        yield

    def _pieces(self) -> Generator[bytes]:
        try:
            with disk.opened(self._source) as source:
                while piece := source.read(PIECE_BYTES):
                    yield piece
        except OSError as error:
            raise StorageError(f"cannot read {self._source} ({error.strerror or error})") from error

    def _keep_facts(self, descriptor: int) -> None:
        """Give the copy the permissions and times of the stored file, where the file system has them."""
        with suppress(OSError):
            status = self._source.stat()
            os.fchmod(descriptor, stat.S_IMODE(status.st_mode))
            os.utime(descriptor, ns=(status.st_atime_ns, status.st_mtime_ns))

    def _read_back(self) -> Generator[None]:
        if not (yield from _holds(self._part, self._file.sha256)):
            raise OSError(errno.EIO, "the disk does not return what was written")

    def _placed(self, directory: Path) -> Generator[None, None, PurePosixPath]:
        wanted = self._file.path
        for stem in naming.stems(wanted.stem):
            place = directory / f"{stem}{wanted.suffix}"
            if claims.take_name(self._part, place) or (yield from _holds(place, self._file.sha256)):
                return wanted.with_name(place.name)
        raise FileExistsError(errno.EEXIST, f"{naming.CLASH_LIMIT} files of that name exist", str(directory))


def fetching(copy: Path, sha256: str, target: Path) -> Generator[bool | None]:
    """Write the content of a copy to the new file ``target``, with its times; yields at the end whether it is whole."""
    hashed = hashlib.sha256()
    target.unlink(missing_ok=True)
    try:
        with disk.opened(copy) as source, target.open("xb") as fetched:
            disk.drop_cached(source.fileno())
            while piece := source.read(PIECE_BYTES):
                hashed.update(piece)
                fetched.write(piece)
                yield None
            status = os.fstat(source.fileno())
            os.utime(fetched.fileno(), ns=(status.st_atime_ns, status.st_mtime_ns))
    except OSError as error:
        target.unlink(missing_ok=True)
        if error.errno not in _NO_FILE:
            raise
        yield False
        return
    except BaseException:  # it was given up
        target.unlink(missing_ok=True)
        raise
    yield hashed.hexdigest() == sha256


def removing(copy: Path, sha256: str) -> Generator[bool | None]:
    """Delete a copy that has this content; yields at the end whether it was there."""
    held = yield from _holds(copy, sha256)
    if held:
        copy.unlink()
        disk.flush(copy.parent)
    yield held


def _holds(path: Path, sha256: str) -> Generator[None, None, bool]:
    """Like ``disk.holds``, piece by piece."""
    hashed = hashlib.sha256()
    try:
        with disk.opened(path) as content:
            disk.drop_cached(content.fileno())
            while piece := content.read(PIECE_BYTES):
                hashed.update(piece)
                yield
    except OSError as error:
        if error.errno in _NO_FILE:
            return False
        raise
    return hashed.hexdigest() == sha256
