"""The second folder for photos: one copy of each stored file, on another device than the photo root.

Theory of operation
-------------------
**A copy is whole or not there.** It is written under a name of its own in the folder ``.photonic-second``, hashed as it
is read from the photo root, flushed, read back past the page cache and hashed again. Then it gets its place, and the
folder is flushed. The place is that of the photo below the photo root; a name that is taken gets a number, and no file
is overwritten. A file that is already there with the right content counts as the copy: a crash came after it.

**Which disk it is.** A mount point whose disk is not mounted is an empty folder on another disk, usually the system's.
The folder contains ``.photonic-second`` since the first copy, so a folder without it is not the second disk, unless
nothing was ever copied, or it is on a disk of its own (a new one). A folder on the photo root's device takes no copies:
they would be lost together. The folder itself is never created, for the same reason.

**In pieces.** ``SecondCopy.advance`` does one piece of the work, so that a caller can stop between two of them.

Everything here blocks: call it on a thread. Errors of the second disk are ``OSError``; a file of the photo root that
cannot be read, or is not what was stored, is a ``StorageError``.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from photonic.errors import StorageError
from photonic.machine.private_folder import PRIVATE
from photonic.model.reason import Reason, ReasonCode, reason
from photonic.service.files import claims, disk
from photonic.service.files.devices import same_device
from photonic.service.files.directories import Directories
from photonic.service.photo import naming

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import PurePosixPath

    from photonic.service.photo.staged import StoredFile

MARKER = ".photonic-second"
PIECE_BYTES = 4 * 1024 * 1024
SPARE_BYTES = 1024 * 1024
"""What must be free besides the next file."""
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_GONE = frozenset({errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.ENOTCONN, errno.ESTALE, errno.ENOTDIR})


@dataclass(frozen=True, slots=True)
class SecondDisk:
    """The state of the second disk: why it takes no copies, ``None``: it does; and its free bytes, where known."""

    fault: Reason | None
    free_bytes: int | None = None


class SecondRoot:
    """The second folder of one camera.

    Args:
        path: The configured folder; it has to exist.
        folder: The camera's folder in it; empty: the camera has it for itself.
        first: The photo root of the camera.
    """

    def __init__(self, path: Path, folder: str, first: Path) -> None:
        self._disk_root = path.absolute()
        self._root = self._disk_root / folder
        self._parts = self._disk_root / MARKER
        self._name = folder or "photos"
        self._first = first.absolute()
        self._directories = Directories()

    @property
    def path(self) -> Path:
        """The folder that the camera's copies are in."""
        return self._root

    def is_there(self) -> bool:
        """Whether the folder is the second disk, by its mark."""
        return self._parts.is_dir()

    def check(self, *, used: bool, wanted_bytes: int = 0) -> SecondDisk:
        """Like ``state``, and mark a folder that takes copies."""
        found = self.state(used=used, wanted_bytes=wanted_bytes)
        if found.fault is None:
            try:
                self._directories.make(self._parts, mode=PRIVATE)
            except OSError as error:
                return SecondDisk(self.explained(error), found.free_bytes)
        return found

    def state(self, *, used: bool, wanted_bytes: int = 0) -> SecondDisk:
        """Whether the second disk takes copies, as far as it shows without writing. Raises nothing.

        Args:
            used: Whether a copy was ever made.
            wanted_bytes: The size of the next file.
        """
        try:
            if (fault := self._not_this_disk(used=used)) is not None:
                return SecondDisk(fault)
            facts = os.statvfs(self._disk_root)
        except OSError as error:
            return SecondDisk(self.explained(error))
        free = facts.f_bavail * facts.f_frsize
        if facts.f_flag & os.ST_RDONLY:
            return SecondDisk(self._refused(errno.EROFS), free)
        if free < wanted_bytes + SPARE_BYTES or (facts.f_files > 0 and facts.f_favail == 0):
            return SecondDisk(self._refused(errno.ENOSPC), free)
        return SecondDisk(None, free)

    def explained(self, error: OSError) -> Reason:
        """Why the second disk refused something, for people and programs."""
        if error.errno in _GONE:
            return self._gone("it is not there")
        code = ReasonCode.SECOND_DISK_FAILING
        if error.errno in _FULL:
            code = ReasonCode.SECOND_DISK_FULL
        elif error.errno == errno.EROFS:
            code = ReasonCode.SECOND_DISK_READ_ONLY
        try:
            text = disk.refusal(error, self._disk_root).reason
        except OSError:
            text = f"{self._disk_root}: {error.strerror or error}"
        return reason(code, f"the second disk: {text}")

    def copy(self, file: StoredFile, purpose: str) -> SecondCopy:
        """A copy of a stored file that is to be made. ``purpose``: names its part, one copy at a time for each."""
        part = self._parts / f"{self._name}-{purpose}.part"
        return SecondCopy(self._first, self._root, file, part, self._directories)

    def holds(self, place: PurePosixPath, sha256: str) -> bool:
        """Whether the copy at a place below the folder has this content, read from the disk. Raises ``OSError``."""
        return disk.holds(self._root / place, sha256)

    def remove(self, place: PurePosixPath, sha256: str) -> None:
        """Delete a copy; a file that somebody has changed stays. Raises ``OSError``."""
        path = self._root / place
        if not disk.holds(path, sha256):
            return
        path.unlink()
        disk.flush(path.parent)

    def _not_this_disk(self, *, used: bool) -> Reason | None:
        """Why copies would not be on the second disk; ``None``: they would be. Raises ``OSError``."""
        if not self._disk_root.is_dir():
            return self._gone(f"{self._disk_root} does not exist: mount the disk, or create the folder on it")
        place = next(path for path in (self._first, *self._first.parents) if path.exists())
        same = same_device(self._disk_root, place)
        if used and not self._parts.is_dir() and (same or disk.mount_of(self._disk_root) == Path("/")):
            return self._gone(
                f"{self._disk_root} has no folder {MARKER}, so its disk is not mounted: mount it; if this is the right "
                f"folder, create {self._parts}"
            )
        if same:
            text = (
                f"the second folder {self._disk_root} is on the same device as the photo root {self._first}: "
                "choose a folder on another disk; no copies are made there"
            )
            return reason(ReasonCode.SECOND_DISK_SAME, text)
        return None

    def _refused(self, number: int) -> Reason:
        return self.explained(OSError(number, os.strerror(number)))

    def _gone(self, why: str) -> Reason:
        return reason(ReasonCode.SECOND_DISK_GONE, f"the second disk is gone: {why}")


class SecondCopy:
    """One copy in progress: call ``advance`` until it returns the place of the copy. Thread-safe.

    Args:
        first: The photo root.
        root: The folder for the copies.
        file: The stored file; the name of the copy gets a number if it is taken.
        part: Where the copy is written before it is whole.
        directories: Creates directories in ``root``.
    """

    def __init__(self, first: Path, root: Path, file: StoredFile, part: Path, directories: Directories) -> None:
        self._source = first / file.path
        self._root = root
        self._file = file
        self._part = part
        self._directories = directories
        self._steps = self._all_steps()
        self._lock = threading.Lock()

    def advance(self) -> PurePosixPath | None:
        """Do one piece of the work. Returns the place of the copy below its folder; ``None``: there is more to do.

        A copy that was given up has no more pieces: a thread that comes late does nothing.

        Raises:
            StorageError: The stored file cannot be read, or is not what was stored.
            OSError: The second disk refuses, or does not return what was written.
        """
        with self._lock:
            # A future does not take a ``StopIteration``: it would never be done, and those that wait for it would hang.
            return next(self._steps, None)

    def close(self) -> None:
        """Give the copy up; waits for the piece that is being worked on."""
        with self._lock:
            self._steps.close()

    def _all_steps(self) -> Generator[PurePosixPath | None]:
        directory = (self._root / self._file.path).parent
        self._directories.make(directory)
        try:
            # Never written over: after a loss of power, it can be a second name of a copy that is in its place.
            self._part.unlink(missing_ok=True)
            yield from self._written()
            yield from self._read_back()
            place = self._placed(directory)
            disk.flush(directory)
        finally:
            with suppress(OSError):
                self._part.unlink(missing_ok=True)
        yield place

    def _written(self) -> Generator[None]:
        hashed = hashlib.sha256()
        with self._part.open("xb") as target:
            for piece in self._pieces():
                hashed.update(piece)
                target.write(piece)
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
        hashed = hashlib.sha256()
        with disk.opened(self._part) as written:
            disk.drop_cached(written.fileno())
            while piece := written.read(PIECE_BYTES):
                hashed.update(piece)
                yield
        if hashed.hexdigest() != self._file.sha256:
            raise OSError(errno.EIO, "the disk does not return what was written")

    def _placed(self, directory: Path) -> PurePosixPath:
        wanted = self._file.path
        for stem in naming.stems(wanted.stem):
            place = directory / f"{stem}{wanted.suffix}"
            if claims.take_name(self._part, place) or disk.holds(place, self._file.sha256):
                return wanted.with_name(place.name)
        raise FileExistsError(errno.EEXIST, f"{naming.CLASH_LIMIT} files of that name exist", str(directory))
