"""Gives a damaged photo its content back, from a whole copy, without destroying anything.

Theory of operation. The copy is written under a hidden name beside the photo's place, flushed, and read back: only a
copy that is what the camera sent goes on. Then a file that is in the place, and is not what it should be, gets another
name in the folder ``changed`` of the index, and that name is flushed. Then the copy takes the place.
So at every moment the place has the one or the other file, and no content is lost.

Everything here blocks: call it on a thread.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

from photonic.service.files import claims, copied_claims, disk
from photonic.service.photo import naming

if TYPE_CHECKING:
    from pathlib import Path, PurePosixPath

    from photonic.service.files.photo_root import PhotoRoot

CHANGED = "changed"
"""The folder for files that were in the place of a photo, in the folder of the index."""


class FileReplacement:
    """Repairs files of one photo root. Methods raise ``StorageError`` when the disk refuses."""

    def __init__(self, root: PhotoRoot, *, photo_mode: int) -> None:
        self._root = root
        self._photo_mode = photo_mode

    def put_back(self, source: Path, place: PurePosixPath, sha256: str) -> tuple[bool, Path | None]:
        """Put the content of ``source`` in ``place``, below the photo root.

        Returns whether the source was whole, and so the place is now; and where a file went that was in the place.
        """
        with self._root.translated():
            target = self._root.path / place
            if disk.holds(target, sha256):
                return True, None
            self._root.directories.make(target.parent)
            part = target.with_name(f".{hashlib.sha256(os.fsencode(str(place))).hexdigest()[:32]}.mend")
            try:
                if not self._copy(source, part, sha256):
                    return False, None
                aside = self._keep(target, place)
                part.replace(target)
            finally:
                part.unlink(missing_ok=True)
            disk.flush(target.parent)
            return True, aside

    def _copy(self, source: Path, part: Path, sha256: str) -> bool:
        part.unlink(missing_ok=True)
        with disk.opened(source) as content, part.open("xb") as target:
            shutil.copyfileobj(content, target, copied_claims.COPY_BYTES)
            target.flush()
            with suppress(PermissionError):  # this file system has no permissions
                os.fchmod(target.fileno(), self._photo_mode)
            os.fsync(target.fileno())
        with suppress(OSError):  # some file systems store no times
            status = source.stat()
            os.utime(part, ns=(status.st_atime_ns, status.st_mtime_ns))
        return disk.holds(part, sha256)

    def _keep(self, target: Path, place: PurePosixPath) -> Path | None:
        if not os.path.lexists(target):
            return None
        folder = self._root.path / naming.INDEX / CHANGED
        self._root.directories.make(folder)
        for number in range(1, naming.CLASH_LIMIT):
            aside = folder / (place.name if number == 1 else f"{number}-{place.name}")
            if claims.claim(target, aside):
                copied_claims.forget(target)
                disk.flush(folder)
                return aside
        raise FileExistsError(errno.EEXIST, f"{naming.CLASH_LIMIT} files of that name exist", str(folder))
