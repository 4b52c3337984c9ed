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

**Never waited for.** The disk may hang: everything here blocks, and is called on ``thread`` only. Errors of the second
disk are ``OSError``; a file of the photo root that cannot be read, or is not what was stored, is a ``StorageError``.
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from photonic.machine.private_folder import PRIVATE
from photonic.model.reason import Reason, ReasonCode, reason
from photonic.service.files import disk, second_copy
from photonic.service.files.devices import same_device
from photonic.service.files.directories import Directories
from photonic.service.files.disk_thread import PIECE_SECONDS, DiskThread, InPieces, NoAnswerError
from photonic.service.files.second_copy import SecondCopy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import PurePosixPath

    from photonic.service.photo.staged import StoredFile

_Result = TypeVar("_Result")

MARKER = ".photonic-second"
SPARE_BYTES = 1024 * 1024
"""What must be free besides the next file."""
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_GONE = frozenset({errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.ENOTCONN, errno.ESTALE, errno.ENOTDIR})


@dataclass(frozen=True, slots=True)
class SecondDisk:
    """The state of the second disk: why it takes no copies, ``None``: it does; and its free bytes, where known."""

    fault: Reason | None
    free_bytes: int | None = None


class SecondDiskError(Exception):
    """The second disk refuses something, or does not answer. ``why``: for people and programs."""

    def __init__(self, why: Reason) -> None:
        super().__init__(why.text)
        self.why = why


class SecondRoot:
    """The second folder of one camera.

    Args:
        path: The configured folder; it has to exist.
        folder: The camera's folder in it; empty: the camera has it for itself.
        first: The photo root of the camera.

    ``thread``: does all work on the second disk.
    """

    def __init__(self, path: Path, folder: str, first: Path) -> None:
        self._disk_root = path.absolute()
        self._root = self._disk_root / folder
        self._parts = self._disk_root / MARKER
        self._name = folder or "photos"
        self._first = first.absolute()
        self._directories = Directories()
        self.thread = DiskThread("second-disk")

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
            return self.gone()
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

    def no_answer(self) -> Reason:
        """Why nothing can be done while the second disk hangs. Does not touch it."""
        text = (
            f"the second disk has not answered for {PIECE_SECONDS:.0f} s: check its cable or network connection, "
            f"and mount {self._disk_root} again"
        )
        return reason(ReasonCode.SECOND_DISK_HANGS, text)

    def gone(self, why: str = "it is not there") -> Reason:
        """Why nothing can be done without the second disk. Does not touch it."""
        return reason(ReasonCode.SECOND_DISK_GONE, f"the second disk is gone: {why}")

    async def do(self, work: Callable[[], _Result]) -> _Result:
        """Run a piece of work on ``thread``. Raises ``SecondDiskError`` (never ``OSError``), ``StorageError``."""
        try:
            return await self.thread.do(lambda: self._explaining(work))
        except NoAnswerError:
            raise SecondDiskError(self.no_answer()) from None

    async def through(self, work: InPieces[_Result], between: Callable[[], Awaitable[None]] | None = None) -> _Result:
        """Do all pieces of a work, as ``do``; ``between``: awaited between two of them.

        If it is given up, what it has begun is undone as soon as the disk allows.
        """
        try:
            while (result := await self.do(work.advance)) is None:
                if between is not None:
                    await between()
        except BaseException:
            self.thread.later(work.close)
            raise
        return result

    def copy(self, file: StoredFile, purpose: str) -> SecondCopy:
        """A copy of a stored file that is to be made. ``purpose``: names its part, one copy at a time for each."""
        part = self._parts / f"{self._name}-{purpose}.part"
        return SecondCopy(self._first, self._root, file, part, self._directories)

    def fetched(self, place: PurePosixPath, sha256: str, target: Path) -> InPieces[bool]:
        """Fetch the content of a copy into the new file ``target``: whether it is whole. Raises ``OSError``."""
        return InPieces(second_copy.fetching(self._root / place, sha256, target))

    def removed(self, place: PurePosixPath, sha256: str) -> InPieces[bool]:
        """Delete a copy: whether it was there; a file that somebody has changed stays. Raises ``OSError``."""
        return InPieces(second_copy.removing(self._root / place, sha256))

    def _explaining(self, work: Callable[[], _Result]) -> _Result:
        try:
            return work()
        except OSError as error:  # explained here: that touches the disk
            raise SecondDiskError(self.explained(error)) from error

    def _not_this_disk(self, *, used: bool) -> Reason | None:
        """Why copies would not be on the second disk; ``None``: they would be. Raises ``OSError``."""
        if not self._disk_root.is_dir():
            return self.gone(f"{self._disk_root} does not exist: mount the disk, or create the folder on it")
        place = next(path for path in (self._first, *self._first.parents) if path.exists())
        same = same_device(self._disk_root, place)
        if used and not self._parts.is_dir() and (same or disk.mount_of(self._disk_root) == Path("/")):
            return self.gone(
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
