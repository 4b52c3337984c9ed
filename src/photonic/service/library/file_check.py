"""Compares one recorded file with what is on the disks."""

from __future__ import annotations

import asyncio
import errno
import stat
from typing import TYPE_CHECKING

from photonic.model.verification import FindingKind
from photonic.service.files.disk_thread import NoAnswerError

if TYPE_CHECKING:
    from pathlib import Path, PurePosixPath

    from photonic.service.files.disk_thread import DiskThread
    from photonic.service.files.paced_reading import PacedReading
    from photonic.service.journal.verification import RecordedFile, VerificationJournal

MOVING_SECONDS = 2.0
"""A photo on its way to the trash or back has a moment in which its record and its place differ."""
_GONE = frozenset({errno.ENOENT, errno.ENOTDIR})


class FileCheck:
    """Checks the files below ``root``, the photo root or the folder of the second copies.

    ``thread``: that of a disk that may hang; methods then raise ``NoAnswerError``, too.
    """

    def __init__(
        self, root: Path, journal: VerificationJournal, reading: PacedReading, thread: DiskThread | None = None
    ) -> None:
        self._root = root
        self._journal = journal
        self._reading = reading
        self._thread = thread

    async def fault(self, file: RecordedFile) -> tuple[FindingKind | None, RecordedFile]:
        """What is wrong with a photo (``None``: nothing), and its record as it is now. Raises ``StorageError``.

        It counts only if it is so at two looks between which, and after which, the record names the same place: the
        photo may be deleted or restored meanwhile.
        """
        settled = False
        while (found := await self.fault_at(file.path, file)) is not None:
            if found is FindingKind.MISSING and not settled:
                await asyncio.sleep(MOVING_SECONDS)
            now = await self._journal.file(file.capture_id, file.number)
            if now is None:  # removed permanently
                return None, file
            if settled and now.path == file.path:
                moving = found is FindingKind.MISSING and await self._is_not_moved_yet(now)
                return None if moving else found, now
            settled, file = now.path == file.path, now
        return None, file

    async def _is_not_moved_yet(self, file: RecordedFile) -> bool:
        """Whether the move of a photo to the trash was cut off: the trash finishes it, and the photo is whole.

        A repair would make a second one, and leave this one in its folder without a record.
        """
        before = await self._journal.moved_from(file)
        return before is not None and await self.fault_at(before, file) is None

    async def fault_at(self, place: PurePosixPath, file: RecordedFile) -> FindingKind | None:
        """What is wrong with the file at a place; ``None``: nothing."""
        path = self._root / place
        try:
            status = await (asyncio.to_thread(path.lstat) if self._thread is None else self._thread.do(path.lstat))
            if not stat.S_ISREG(status.st_mode):
                return FindingKind.CHANGED
            if status.st_size == 0 and file.size_bytes:
                return FindingKind.EMPTY
            if status.st_size != file.size_bytes:
                return FindingKind.CHANGED
            _size, sha256 = await self._reading.sha256(path, self._thread)
        except NoAnswerError:
            raise
        except OSError as error:
            return FindingKind.MISSING if error.errno in _GONE else FindingKind.UNREADABLE
        return None if sha256 == file.sha256 else FindingKind.CHANGED
